"""Representative draws: a few draws of demand that stand for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, eq=False, kw_only=True)
class Scenarios:
    """R draws of vehicles wanted by offer and period, and the probability of each."""

    demand: Float[np.ndarray, "R O Q"]
    probability: Float[np.ndarray, " R"]


def representative_draws(demand: Float[np.ndarray, "S O Q"], *, n_scenarios: int) -> Scenarios:
    """Return at most `n_scenarios` draws whose mean is that of all, and whose totals spread alike.

    Draws are sorted by total volume and cut into strata of equal size; the middle draw of each
    stands for it. The demand of each offer and period is then scaled to its mean over all draws
    (the ratio estimator of stratified sampling: Cochran, Sampling Techniques, 3rd ed. 1977,
    section 6.10); what none of the chosen draws wants stays unwanted. Where there are no more draws
    than asked for, all are returned as they are, in rising order of their totals.

    Examples
    --------
    Six draws in three strata: 1 2 | 3 4 | 5 12; the upper middles are 2, 4 and 12, mean 6, and are
    scaled to the mean 4.5.

    >>> totals = np.array([5.0, 1.0, 12.0, 2.0, 4.0, 3.0])
    >>> representative_draws(totals[:, None, None], n_scenarios=3).demand.ravel()
    array([1.5, 3. , 9. ])
    """
    if n_scenarios < 1:
        raise ValueError(f"n_scenarios must be 1 or more, got {n_scenarios}")
    ascending = np.argsort(demand.sum(axis=(1, 2)), kind="stable")
    strata = np.array_split(ascending, min(n_scenarios, len(demand)))
    chosen = demand[[stratum[len(stratum) // 2] for stratum in strata]]
    probability = np.array([len(stratum) for stratum in strata]) / len(demand)
    mean, chosen_mean = demand.mean(axis=0), np.tensordot(probability, chosen, axes=1)
    scale = np.divide(mean, chosen_mean, out=np.ones_like(mean), where=chosen_mean > 0)
    return Scenarios(demand=chosen * scale, probability=probability)
