"""Quantities computed from a fitted model, with how far its parameters leave them open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from counterflow.choice.fitted_model import FittedModel
from counterflow.kernels.blocks import MapBlocks

Parameters = Float[np.ndarray, " P"] | None
"""Parameters of a model; None stands for the estimate."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Uncertain:
    """A quantity at the estimate, and at S draws from the distribution of the estimator.

    Examples
    --------
    >>> share = Uncertain(value=np.array([0.3]), draws=np.array([[0.2], [0.3], [0.4]]), level=0.5)
    >>> share.low, share.high
    (array([0.25]), array([0.35]))
    """

    value: Float[np.ndarray, " ..."]
    draws: Float[np.ndarray, "S ..."]
    level: float
    """Probability that the interval from `low` to `high` holds."""

    @property
    def low(self) -> Float[np.ndarray, " ..."]:
        """Return the lower end of the interval; NaN without draws."""
        return self.quantile(0.5 - self.level / 2.0)

    @property
    def high(self) -> Float[np.ndarray, " ..."]:
        """Return the upper end of the interval; NaN without draws."""
        return self.quantile(0.5 + self.level / 2.0)

    @property
    def standard_errors(self) -> Float[np.ndarray, " ..."]:
        """Return the standard deviation over draws; NaN with fewer than two."""
        if len(self.draws) < 2:
            return np.full_like(self.value, np.nan)
        return self.draws.std(axis=0, ddof=1)

    def quantile(self, share: float) -> Float[np.ndarray, " ..."]:
        """Return the quantile over draws."""
        if not len(self.draws):
            return np.full_like(self.value, np.nan)
        is_finite = bool(np.isfinite(self.draws).all())
        # Interpolation between infinities is no number.
        method: Literal["linear", "nearest"] = "linear" if is_finite else "nearest"
        return np.asarray(np.quantile(self.draws, share, axis=0, method=method))


def over_draws(
    fitted: FittedModel,
    quantity: Callable[[Parameters], Float[np.ndarray, " ..."]],
    *,
    level: float,
    n_draws: int,
    seed: int,
    map_blocks: MapBlocks = map,
) -> Uncertain:
    """Return a quantity at the estimate and at draws of the parameters (Krinsky and Robb 1986)."""
    value = quantity(None)
    draws = np.empty((n_draws, *value.shape))
    sets = list(parameter_draws(fitted, n_draws=n_draws, seed=seed))
    for s, found in enumerate(map_blocks(quantity, sets)):
        draws[s] = found
    return Uncertain(value=value, draws=draws, level=level)


def parameter_draws(fitted: FittedModel, *, n_draws: int, seed: int) -> Float[np.ndarray, "S P"]:
    """Return draws of the parameters; none where none are wanted."""
    if n_draws < 1:
        return np.empty((0, len(fitted.parameters.labels)))
    return fitted.parameters.draws(n_draws, seed)
