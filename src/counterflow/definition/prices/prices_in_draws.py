"""Prices in single draws: which draws are looked at, and where the prices of all lead in each."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from counterflow.definition.prices.conditions import PriceProblem
from counterflow.definition.prices.solve import Ended, Stopping, solve_from

_STOPPING = Stopping(tolerance=1e-8)
"""Intervals over draws need no more."""


def spread_draws(n_draws: int, most: int) -> list[int]:
    """Return at most so many draws, evenly spaced.

    Examples
    --------
    >>> spread_draws(9, 3), spread_draws(2, 100)
    ([0, 4, 8], [0, 1])
    """
    return np.unique(np.linspace(0, n_draws - 1, min(n_draws, most)).round()).astype(int).tolist()


def solved_in_draw(problem: PriceProblem, start: Float[np.ndarray, " O"]) -> Ended:
    """Return where the prices that hold over all draws lead in the one draw of `problem`."""
    return solve_from(problem, start, stopping=_STOPPING)
