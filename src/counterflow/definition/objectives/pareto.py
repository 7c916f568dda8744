"""The Pareto front: lines than which none is better in both of two quantities."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from counterflow.definition.objectives.search import BestLine
from counterflow.kernels.line_search import Line, LineProblem, line_profit, profits_with

N_NEIGHBOURS = 4
"""Lines that are looked at beside each line found, by place and quantity."""

_LEAST_GAIN = 1e-10


@runtime_checkable
class Measured(Protocol):
    """A quantity of lines of the same candidates."""

    def value(self, line: Sequence[int]) -> float:
        """Return what the line has of it."""

    def values_with(self, line: Sequence[int]) -> Float[np.ndarray, " C"]:
        """Return what the line has at most with each candidate.

        Minus infinity where it has no place.
        """


@dataclass(frozen=True, eq=False)
class Earned:
    """What lines of a problem earn: profit, contribution, revenue, share.

    `cost_beyond` is what a line costs beyond the arrays of the problem; never below 0.
    """

    problem: LineProblem
    cost_beyond: Callable[[Line], float] = lambda _: 0.0

    def value(self, line: Sequence[int]) -> float:
        """Return the line's profit."""
        return line_profit(self.problem, line) - self.cost_beyond(tuple(line))

    def values_with(self, line: Sequence[int]) -> Float[np.ndarray, " C"]:
        """Return the profit of the line with each candidate, without costs beyond the arrays."""
        return profits_with(self.problem, line)


@dataclass(frozen=True, eq=False)
class WeightedSum:
    """A weighted sum of two quantities."""

    parts: tuple[Measured, Measured]
    weights: tuple[float, float]

    def value(self, line: Sequence[int]) -> float:
        """Return the sum for the line."""
        (a, b), (first, second) = self.weights, self.parts
        return a * first.value(line) + b * second.value(line)

    def values_with(self, line: Sequence[int]) -> Float[np.ndarray, " C"]:
        """Return the sum for the line with each candidate."""
        (a, b) = self.weights
        first, second = (part.values_with(line) for part in self.parts)
        has_place = np.isfinite(first) & np.isfinite(second)
        # A weight of 0 times minus infinity is no number.
        values = np.full(len(first), -np.inf)
        values[has_place] = a * first[has_place] + b * second[has_place]
        return values


SearchSum = Callable[[tuple[float, float]], BestLine]
"""Returns a line that is good under weights of both quantities, and what none exceeds."""


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
    first: Measured,
    second: Measured,
    search_sum: SearchSum,
    *,
    is_allowed: Callable[[Line], bool] = lambda _: True,
    n_weights: int = 9,
    go_on: Callable[[], bool] = lambda: True,
    report: Callable[[float], None] | None = None,
) -> tuple[FrontPoint, ...]:
    """Return the front of two quantities of the same candidates, by ascending first quantity.

    `go_on` is asked between searches whether there is time left. Both ends of the front are always
    searched; then come the weights that are farthest from those searched.

    Notes
    -----
    Each of `n_weights` weighted sums is searched (weighting method: Ehrgott, Multicriteria
    Optimization, 2nd ed. 2005, chapter 3). Lines between those that weights can find are taken from
    their neighbours by one offer.
    """
    gaps: dict[Line, float] = {}

    def search(weights: tuple[float, float]) -> Line:
        found = search_sum(weights)
        value = WeightedSum((first, second), weights).value(found.line)
        gap = max(0.0, found.bound - value) / max(abs(value), 1e-12)
        gaps[found.line] = min(gap, gaps.get(found.line, np.inf))
        return found.line

    ends = [_pair(first, second, search(weights)) for weights in ((1.0, 0.0), (0.0, 1.0))]
    # Each weighs as much as what it varies by between the ends of the front.
    scales = [abs(a - b) or 1.0 for a, b in zip(*ends, strict=True)]
    for k, share in enumerate(shares_apart(n_weights)):
        if not go_on():
            break
        # A trace of the other quantity at the ends: of equals the better in both is wanted.
        share = min(max(share, 1e-6), 1.0 - 1e-6)
        search((share / scales[0], (1.0 - share) / scales[1]))
        if report:
            report((k + 1) / n_weights)
    around = {
        other
        for line in gaps
        for measured in (first, second)
        if go_on()
        for other in _around(measured, line)
    }
    lines = sorted({*gaps, *filter(is_allowed, around)})
    pairs = np.array([_pair(first, second, line) for line in lines])
    kept = np.flatnonzero(~is_dominated(pairs)).tolist()
    points = [
        FrontPoint(
            line=lines[i],
            first=float(pairs[i, 0]),
            second=float(pairs[i, 1]),
            is_supported=lines[i] in gaps,
            gap=gaps.get(lines[i]),
        )
        for i in kept
    ]
    return tuple(sorted(points, key=lambda point: (point.first, point.second)))


def weighted_problem(
    first: LineProblem, second: LineProblem, weights: tuple[float, float]
) -> LineProblem:
    """Return the problem whose profit is the weighted sum of both problems' profits.

    Both are a sum over people of what the line brings over one plus its odds, and so is the sum.
    """
    if first.odds is not second.odds and not np.array_equal(first.odds, second.odds):
        raise ValueError("expected two quantities of the same people and candidates")
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


def shares_apart(n: int) -> list[float]:
    """Return evenly spaced shares from 0 to 1: the ends, then each in the widest gap left.

    Examples
    --------
    >>> shares_apart(5)
    [0.0, 1.0, 0.5, 0.25, 0.75]
    """
    left = np.linspace(0.0, 1.0, n).tolist()
    found = [left.pop(0), *([left.pop()] if left else [])]
    while left:
        widest = max(left, key=lambda share: min(abs(share - other) for other in found))
        left.remove(widest)
        found.append(widest)
    return found


def swap(
    measured: Measured,
    start: Line,
    *,
    n_offers: int,
    is_allowed: Callable[[Line], bool] = lambda _: True,
    go_on: Callable[[], bool] = lambda: True,
) -> Line:
    """Return the line that no swap or addition of one candidate improves.

    `start` is allowed. After `go_on` says no, the line is as good as it has become by then.
    """
    line, value, improved = start, measured.value(start), True
    while improved:
        improved = False
        for place in range(min(len(line) + 1, n_offers)):
            if not go_on():
                return line
            others = line[:place] + line[place + 1 :]
            least = value + _LEAST_GAIN * abs(value)
            for other in _additions(measured, others, above=least):
                if is_allowed(other) and (better := measured.value(other)) > least:
                    line, value, improved = other, better, True
                    break
    return line


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


def _around(measured: Measured, line: Line) -> Iterator[Line]:
    for place in range(len(line)):
        others = line[:place] + line[place + 1 :]
        if others:
            yield others
        yield from itertools.islice(_additions(measured, others), N_NEIGHBOURS)


def _additions(measured: Measured, others: Line, *, above: float = -np.inf) -> Iterator[Line]:
    """Yield the line with each candidate that may be worth more than `above`, the best first."""
    values = measured.values_with(others)
    for candidate in np.argsort(-values, kind="stable").tolist():
        if not values[candidate] > above:
            return
        yield tuple(sorted((*others, candidate)))


def _pair(first: Measured, second: Measured, line: Line) -> tuple[float, float]:
    return first.value(line), second.value(line)
