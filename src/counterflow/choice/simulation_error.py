"""How much an estimate owes to the draws that integrals were computed with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, kw_only=True)
class SimulationError:
    """The Monte Carlo error of a maximum-likelihood fit, measured by drawing anew.

    `shift` is how far the estimate would typically move with other draws: the root mean square
    over parameters, in standard errors. `log_likelihood` is that at the estimate under fresh
    draws, and `log_likelihood_error` its standard deviation from one set of these to another.
    """

    n_draws: int
    """A unit, in the fit."""
    kind: str
    seed: int
    n_fresh_draws: int
    log_likelihood: float
    log_likelihood_error: float
    shift: float
    wanted_shift: float
    least_effective_share: float
    """Effective sample of the weighted draws of the worst unit, as a share of the draws."""
    median_effective_share: float

    @property
    def is_small(self) -> bool:
        """Return whether the error is as small as was asked for."""
        return self.shift <= self.wanted_shift


def shift_of(gradients: Float[np.ndarray, "B F"], information: Float[np.ndarray, "F F"]) -> float:
    """Return how far the maximum moves with the draws, in standard errors a parameter.

    `gradients` are those at one point under B independent sets of draws.

    Notes
    -----
    The maximum under another set of draws lies information^-1 g away to first order, and its
    squared length in the metric of the information is g' information^-1 g.

    Examples
    --------
    >>> round(shift_of(np.array([[1.0], [-1.0]]), np.array([[4.0]])), 4)
    0.7071
    """
    deviations = gradients - gradients.mean(axis=0)
    lengths = np.einsum("bf,fb->b", deviations, np.linalg.solve(information, deviations.T))
    n, f = deviations.shape
    return float(np.sqrt(lengths.sum() / (n - 1) / max(f, 1)))


def pooled_log_likelihood(
    by_person: Float[np.ndarray, "B N"], weights: Float[np.ndarray, " N"]
) -> tuple[float, float]:
    """Return the log-likelihood under B sets of draws together, and its standard error.

    Notes
    -----
    The likelihood of a person is the mean over all draws; the logarithm is taken after that, as
    the mean of logarithms is too low by half their variance.

    Examples
    --------
    >>> value, error = pooled_log_likelihood(np.log([[0.2, 0.5], [0.4, 0.5]]), np.ones(2))
    >>> round(value, 4), round(error, 4)
    (-1.8971, 0.3466)
    """
    n_sets = len(by_person)
    top = by_person.max(axis=0)
    pooled = top + np.log(np.exp(by_person - top).mean(axis=0))
    totals = by_person @ weights
    return float(weights @ pooled), float(np.std(totals, ddof=1) / np.sqrt(n_sets))
