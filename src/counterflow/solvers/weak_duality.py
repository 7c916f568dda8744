"""Weak duality: any prices of the rows bound what a linear programme can reach."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float

from counterflow.domain.linear_programme import LinearProgramme


def upper_bound(problem: LinearProgramme, row_prices: Float[np.ndarray, " rows"]) -> float:
    """Return a value that no feasible point exceeds, proved by one price a row.

    It is infinite where a variable without a bound would still gain at these prices. A price on
    the side of a row that has no limit is taken as 0.

    Notes
    -----
    c'x = (c - A'y)'x + y'Ax is at most the sum over variables of the larger of (c - A'y) times
    its bounds, and over rows of the larger of y times its limits (Vanderbei, Linear Programming,
    5th ed. 2020, chapter 5).

    Examples
    --------
    Maximise 3 a + 2 b where a + b <= 4 and both are at most 3: price 2 proves that 11 is best.

    >>> problem = LinearProgramme(
    ...     objective=np.array([3.0, 2.0]), lower=np.zeros(2), upper=np.full(2, 3.0),
    ...     row_starts=np.array([0, 2]), columns=np.array([0, 1]), values=np.ones(2),
    ...     row_lower=np.array([-np.inf]), row_upper=np.array([4.0]),
    ... )
    >>> upper_bound(problem, np.array([2.0]))
    11.0
    """
    limit = np.where(row_prices > 0, problem.row_upper, problem.row_lower)
    prices = np.where(np.isfinite(limit), row_prices, 0.0)
    shape = (len(problem.row_lower), len(problem.objective))
    matrix = sp.csr_array((problem.values, problem.columns, problem.row_starts), shape=shape)
    left = problem.objective - matrix.T @ prices
    end = np.where(left > 0, problem.upper, problem.lower)
    return _product(prices, limit) + _product(left, end)


def _product(weights: Float[np.ndarray, " n"], values: Float[np.ndarray, " n"]) -> float:
    used = weights != 0
    return float(weights[used] @ values[used])
