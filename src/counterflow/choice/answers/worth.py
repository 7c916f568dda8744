"""Willingness to pay for one unit more, from the parameters of any fitted model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from counterflow.choice.parameter_estimates import CovarianceKind, ParameterEstimates
from counterflow.choice.text_table import text_table


@dataclass(frozen=True, eq=False, kw_only=True)
class MarginalWorth:
    """What one unit more of each coefficient's column is worth, in units of the price.

    Intervals by three methods, each an array of low and high ends. They agree where the price
    coefficient is many standard errors from zero; where they do not, trust Fieller's.
    """

    price: str
    labels: tuple[str, ...]
    values: Float[np.ndarray, " outcomes"]
    standard_errors: Float[np.ndarray, " outcomes"]
    """Of the delta method."""
    delta: Float[np.ndarray, "outcomes 2"]
    krinsky_robb: Float[np.ndarray, "outcomes 2"]
    fieller: Float[np.ndarray, "outcomes 2"]
    """Infinite where the price coefficient may be zero: the data set no limit then."""
    level: float

    def __getitem__(self, label: str) -> float:
        """Return the estimate of a coefficient; ValueError if there is none of that label."""
        return float(self.values[self.labels.index(label)])

    def __str__(self) -> str:
        """Return a table with standard errors and the intervals of Fieller."""
        ends = (f"{100 * (0.5 + sign * self.level / 2):g} %" for sign in (-1, 1))
        rows = zip(self.labels, self.values, self.standard_errors, *self.fieller.T, strict=True)
        return text_table(
            (f"in {self.price}", "worth", "s.e.", *ends),
            [(row[0], *map(float, row[1:])) for row in rows],
        )


def marginal_worth(
    estimates: ParameterEstimates,
    price: str,
    *,
    labels: Sequence[str] | None = None,
    level: float = 0.9,
    n_draws: int = 10_000,
    seed: int = 0,
    kind: CovarianceKind | None = None,
) -> MarginalWorth:
    """Return willingness to pay for a unit of each column, by the ratio of its coefficient.

    For models whose price coefficient is the same for all. Where coefficients vary over people
    this is the ratio of the means; `worth_over_people` has the distribution.

    Parameters
    ----------
    estimates
        The parameters of a fitted model: `fitted.parameters`.
    price
        Label of the price coefficient.
    labels
        Coefficients that are valued; all others if absent.
    level
        Probability of the intervals.
    n_draws, seed
        Draws of the parameters for the intervals of Krinsky and Robb.
    kind
        Which covariance of the estimator; its default if absent.

    Notes
    -----
    w = -b / p (Train 2009, section 3.6). Delta method, Krinsky and Robb (1986) and Fieller (JRSS B
    16, 1954) as compared by Hole (Health Economics 16, 2007): Fieller's interval is all w with
    (b + w p)^2 <= z^2 Var(b + w p).

    Examples
    --------
    >>> estimates = ParameterEstimates(labels=("time", "price"), values=np.array([-2.0, -4.0]),
    ...     covariances={"clustered": np.diag([0.16, 0.04])}, free_labels=("time", "price"))
    >>> worth = marginal_worth(estimates, "price")
    >>> worth["time"], round(float(worth.standard_errors[0])**2, 9)
    (-0.5, 0.010625)
    """
    p = estimates.position(price)
    wanted = tuple(labels or (label for label in estimates.labels if label != price))
    at = np.array([estimates.position(label) for label in wanted])
    b, cost = estimates.values[at], -estimates.values[p]
    covariance, z = estimates.covariance(kind), float(ndtri(0.5 + level / 2.0))
    worth = b / cost
    v_b, v_p, v_bp = np.diag(covariance)[at], covariance[p, p], covariance[at, p]
    errors = np.sqrt(np.maximum(v_b + 2.0 * worth * v_bp + worth**2 * v_p, 0.0)) / abs(cost)
    draws = estimates.draws(n_draws, seed, kind)
    ratios = -draws[:, at] / draws[:, [p]]
    ends = [0.5 - level / 2.0, 0.5 + level / 2.0]
    return MarginalWorth(
        price=price,
        labels=wanted,
        values=worth,
        standard_errors=errors,
        delta=np.stack([worth - z * errors, worth + z * errors], axis=1),
        krinsky_robb=np.quantile(ratios, ends, axis=0).T,
        fieller=np.array([_fieller(*x, cost, v_p, z) for x in zip(b, v_b, v_bp, strict=True)]),
        level=level,
    )


def _fieller(
    b: float, v_b: float, v_bp: float, cost: float, v_p: float, z: float
) -> tuple[float, float]:
    """Return the ends of all w with (b - w cost)^2 <= z^2 (v_b + 2 w v_bp + w^2 v_p)."""
    a, half, c = cost**2 - z**2 * v_p, -(b * cost + z**2 * v_bp), b**2 - z**2 * v_b
    inside = half**2 - a * c
    # A price coefficient that may be zero leaves a set without ends, or one with a hole in it.
    if a <= 0.0:
        return -np.inf, np.inf
    root = float(np.sqrt(max(inside, 0.0)))
    return (-half - root) / a, (-half + root) / a
