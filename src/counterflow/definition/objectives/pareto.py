"""The Pareto front: lines than which none is better in both of two quantities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from counterflow.definition.objectives.search import BestLine
from counterflow.kernels.line_search import Line, LineProblem, line_profit, neighbours

N_NEIGHBOURS = 8
"""Lines that differ by one candidate and are looked at beside each line found."""


@dataclass(frozen=True, kw_only=True)
class FrontPoint:
    """A line of the front: what it has of both quantities.

    `is_supported` says whether it was best under some weights of the two; such a point lies on the
    upper hull, and `gap` says how far the search for it was from a proof. The others lie between.
    """

    line: Line
    first: float
    second: float
    is_supported: bool
    gap: float | None


def pareto_front(
    first: LineProblem,
    second: LineProblem,
    search: Callable[[LineProblem], BestLine],
    *,
    n_weights: int = 9,
) -> tuple[FrontPoint, ...]:
    """Return the front of two quantities of the same candidates, by ascending first quantity.

    Notes
    -----
    Both quantities are a sum over people of what the line brings over one plus its odds, so any
    weighted sum of them is a line problem again, with weighted earnings and fixed costs, and has
    an answer with a bound (weighting method: Ehrgott, Multicriteria Optimization, 2nd ed. 2005,
    chapter 3). Lines between those that weights can find are taken from their neighbours.
    """
    _check_alike(first, second)
    ends = [_pair(first, second, search(problem).line) for problem in (first, second)]
    # Each weighs as much as what it varies by between the ends of the front.
    scales = [abs(a - b) or 1.0 for a, b in zip(*ends, strict=True)]
    gaps: dict[Line, float] = {}
    for share in np.linspace(0.0, 1.0, n_weights).tolist():
        # A trace of the other quantity at the ends: of equals the better in both is wanted.
        share = min(max(share, 1e-6), 1.0 - 1e-6)
        weights = (share / scales[0], (1.0 - share) / scales[1])
        line, gap = _found(weighted_sum(first, second, weights), search)
        gaps[line] = min(gap, gaps.get(line, np.inf))
    around = {
        valued.line
        for line in gaps
        for problem in (first, second)
        for valued in neighbours(problem, line, most=N_NEIGHBOURS)
    }
    lines = sorted(gaps | dict.fromkeys(around))
    pairs = np.array([_pair(first, second, line) for line in lines])
    kept = [lines[i] for i in np.flatnonzero(~is_dominated(pairs)).tolist()]
    points = [
        FrontPoint(
            line=line,
            first=pair[0],
            second=pair[1],
            is_supported=line in gaps,
            gap=gaps.get(line),
        )
        for line in kept
        for pair in [_pair(first, second, line)]
    ]
    return tuple(sorted(points, key=lambda point: (point.first, point.second)))


def weighted_sum(
    first: LineProblem, second: LineProblem, weights: tuple[float, float]
) -> LineProblem:
    """Return the problem whose profit is the weighted sum of both problems' profits."""
    a, b = weights
    by_person = (
        a * first.weights[:, None] * first.earnings + b * second.weights[:, None] * second.earnings
    )
    return first._replace(
        earnings=by_person.astype(np.float32),
        weights=np.ones(len(first.weights)),
        fixed_per_offer=a * first.fixed_per_offer + b * second.fixed_per_offer,
        fees=a * first.fees + b * second.fees,
    )


def is_dominated(pairs: Float[np.ndarray, "n 2"]) -> Bool[np.ndarray, " n"]:
    """Return which pairs another is at least equal to in both and better in one; of twins, one.

    Examples
    --------
    >>> is_dominated(np.array([[1.0, 3.0], [2.0, 2.0], [1.0, 2.0], [2.0, 2.0]])).tolist()
    [False, False, True, True]
    """
    dominated = np.ones(len(pairs), dtype=bool)
    best = -np.inf
    # By falling first quantity, and of equals by falling second, only a new best second counts.
    for i in np.lexsort((-pairs[:, 1], -pairs[:, 0])).tolist():
        if pairs[i, 1] > best:
            best, dominated[i] = pairs[i, 1], False
    return dominated


def _found(problem: LineProblem, search: Callable[[LineProblem], BestLine]) -> tuple[Line, float]:
    best = search(problem)
    value = line_profit(problem, best.line)
    return best.line, max(0.0, best.bound - value) / max(abs(value), 1e-12)


def _pair(first: LineProblem, second: LineProblem, line: Iterable[int]) -> tuple[float, float]:
    members = tuple(line)
    return line_profit(first, members), line_profit(second, members)


def _check_alike(first: LineProblem, second: LineProblem) -> None:
    if first.odds is not second.odds and not np.array_equal(first.odds, second.odds):
        raise ValueError("expected two quantities of the same people and candidates")
