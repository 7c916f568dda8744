"""Which of the uncertain inputs makes the volume uncertain."""

from __future__ import annotations

import numpy as np

from counterflow.domain.volumes import VolumeDraws

_ROUNDING = 1e-24
"""Squared coefficient of variation below which a driver counts as known."""


def uncertainty_by_driver(volumes: VolumeDraws) -> dict[str, float]:
    """Return the share of the variance of total volume, 0 to 1, that each driver explains alone.

    It is by how much the variance would be expected to fall, relatively, if the driver were known
    exactly. What is left to 1 is due to drivers acting together. Empty where no driver varies.

    Notes
    -----
    Total volume is the product of the drivers, which are drawn independently. With v_i the
    squared coefficient of variation of driver i, the variance of the product over its squared
    mean is the product of all (1 + v_i), less 1 (Goodman, Journal of the American Statistical
    Association 55, 1960, for two factors), of which driver i alone makes v_i: its first-order
    index (Saltelli et al., Global Sensitivity Analysis, 2008, section 1.2). The formula uses that
    the drivers are independent; a correlation of their draws would mistake chance for a share.

    Examples
    --------
    Two factors that are each 1 or 3: v = 1/4 each, (1 + 1/4)^2 - 1 = 9/16, so 4/9 each alone.

    >>> volumes = VolumeDraws(
    ...     draws=np.array([1.0, 3.0, 3.0, 9.0]).reshape(4, 1, 1, 1),
    ...     variants=("red",), offer_of_variant=("car",), regions=("north",), periods=("Q1",),
    ...     drivers={"a": np.array([1.0, 1.0, 3.0, 3.0]), "b": np.array([1.0, 3.0, 1.0, 3.0])})
    >>> {name: round(share, 3) for name, share in uncertainty_by_driver(volumes).items()}
    {'a': 0.444, 'b': 0.444}
    """
    alone = {name: _relative_variance(driver) for name, driver in volumes.drivers.items()}
    together = float(np.expm1(sum(np.log1p(v) for v in alone.values())))
    if together <= 0.0:
        return {}
    return {name: v / together for name, v in alone.items()}


def _relative_variance(driver: np.ndarray) -> float:
    """Return the squared coefficient of variation; 0 for a driver that rounding alone moves."""
    mean = float(np.mean(driver))
    relative = float(np.var(driver)) / mean**2 if mean > 0.0 else 0.0
    return relative if relative > _ROUNDING else 0.0
