"""Which of the uncertain inputs makes the volume uncertain."""

from __future__ import annotations

import numpy as np

from counterflow.domain.volumes import VolumeDraws


def uncertainty_by_driver(volumes: VolumeDraws) -> dict[str, float]:
    """Return the share of the variance of log total volume that each driver explains; sum 1.

    Empty where the volume does not vary.

    Notes
    -----
    Total volume is the product of the drivers, so its logarithm is the sum of theirs, and
    cov(log driver, log volume) / var(log volume) splits the variance without remainder: the
    variance decomposition of a sum (Saltelli et al., Global Sensitivity Analysis, 2008, section
    1.2.5, with correlated terms sharing what they have in common). Negative where a driver moves
    against the volume by chance of the draws; such shares are near 0.
    """
    total = volumes.draws.sum(axis=(1, 2, 3))
    if not (total > 0).all():
        return {}
    log_total = np.log(total)
    variance = float(np.var(log_total))
    if variance < 1e-24:
        return {}
    centred = log_total - log_total.mean()
    return {
        name: float(np.mean((np.log(driver) - np.log(driver).mean()) * centred) / variance)
        for name, driver in volumes.drivers.items()
    }
