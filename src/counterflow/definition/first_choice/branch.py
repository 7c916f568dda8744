"""Branch and bound over parts of the search, with the best line and the bound at every moment."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np

from counterflow.definition.first_choice.part import Part, only_line, places, roots, split
from counterflow.definition.first_choice.part_bound import Effort, bound_part
from counterflow.domain.cutting import OpenProgramme
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.first_choice import (
    FirstChoiceProblem,
    Listing,
    improve_line,
    line_profit,
    listing,
)
from counterflow.kernels.line_search import Line, ValuedLine

_ROOT_GAIN = 2e-4
_ROUNDS, _GAIN = 4, 1e-3
"""Rounds of cuts in a part, and the share of the best profit that the last of them must gain."""

_PARTS_AT_ONCE = 4
"""Parts split together, whatever the number of threads: so the result does not depend on it."""


Worth = Callable[[Line, float], float | None]
"""What a line is worth of which the problem says that it earns so much; None if it may not be.

A problem knows neither all rules on lines nor all costs. It must not say less than the worth.
"""


def as_it_earns(_line: Line, profit: float) -> float | None:
    """Return the profit: the problem knows everything."""
    return profit


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When to stop: at a bound near enough to the best line, in time, or after so many parts."""

    tolerance: float
    until_s: float
    """On the clock of `time.perf_counter`."""
    most_parts: int | None = None
    """With no limit in time the result does not depend on the machine."""
    n_root_rounds: int = 60


@dataclass(frozen=True)
class Proof:
    """The best line, what no line exceeds, and how many parts were looked at."""

    best: ValuedLine
    bound: float
    n_parts: int
    was_stopped: bool
    """Whether it was interrupted by hand."""


def prove(
    problem: FirstChoiceProblem,
    best: ValuedLine,
    open_programme: OpenProgramme,
    limits: Limits,
    *,
    worth: Worth = as_it_earns,
    map_blocks: MapBlocks = map,
    on_progress: Callable[[ValuedLine, float], None] = lambda *_: None,
) -> Proof:
    """Return the best line with a bound, better than the tolerance or as good as limits allowed.

    `on_progress` is told the best line and the bound whenever one of them is better. An interrupt
    (Ctrl+C) ends the work as the end of the time does.

    Notes
    -----
    Best-first branch and bound (Land and Doig, Econometrica 28(3), 1960). The bound of all lines is
    the largest of the parts that are open, or were closed as not better than the best line.
    """
    search = _Search(problem, best, open_programme, limits, worth, map_blocks, on_progress)
    try:
        search.run()
    except KeyboardInterrupt:
        return search.proof(was_stopped=True)
    return search.proof(was_stopped=False)


class _Search:
    """Open parts by their bounds, and the best line so far."""

    def __init__(
        self,
        problem: FirstChoiceProblem,
        best: ValuedLine,
        open_programme: OpenProgramme,
        limits: Limits,
        worth: Worth,
        map_blocks: MapBlocks,
        on_progress: Callable[[ValuedLine, float], None],
    ) -> None:
        self.problem, self.best = problem, best
        self.open_programme, self.limits, self.worth = open_programme, limits, worth
        self.map_blocks, self.on_progress = map_blocks, on_progress
        self.lists: Listing = listing(problem)
        self.places = places(problem)
        self.open: list[tuple[float, int, Part]] = []
        self.closed = -np.inf
        self.bound = np.inf
        self.n_parts = 0
        self.n_kept = 0

    def run(self) -> None:
        parts = roots(self.problem, self.best.line)
        bound_root = partial(self._bounded, self.limits.n_root_rounds, _ROOT_GAIN)
        self._take(list(self.map_blocks(bound_root, parts)))
        while self.open and not self._is_over():
            n_chosen = min(_PARTS_AT_ONCE, len(self.open))
            chosen = [heapq.heappop(self.open)[2] for _ in range(n_chosen)]
            parts = list(chain(*(split(part, self.places) for part in chosen)))
            try:
                bounded = self.map_blocks(partial(self._bounded, _ROUNDS, _GAIN), parts)
                self._take(list(bounded))
            except KeyboardInterrupt:
                for part in chosen:
                    self._keep(part)
                raise

    def proof(self, *, was_stopped: bool) -> Proof:
        return Proof(self.best, self.bound, self.n_parts, was_stopped)

    def _is_over(self) -> bool:
        most = self.limits.most_parts
        return (
            time.perf_counter() >= self.limits.until_s
            or (most is not None and self.n_parts >= most)
            or -self.open[0][0] <= self._target()
        )

    def _target(self) -> float:
        return self.best.profit + self.limits.tolerance * abs(self.best.profit)

    def _bounded(self, n_rounds: int, gain: float, part: Part) -> tuple[Part, ValuedLine | None]:
        """Return the part with its bound, and a good line near to where its programme stood."""
        line = only_line(part)
        if line is not None:
            return self._valued(part, line)
        if time.perf_counter() >= self.limits.until_s:
            return part, None
        effort = Effort(
            target=self._target(),
            n_rounds=n_rounds,
            least_gain=gain * abs(self.best.profit),
            until_s=self.limits.until_s,
        )
        bounded = bound_part(self.problem, part, self.open_programme, effort)
        if bounded.bound <= effort.target:
            return bounded, None
        return bounded, self._near(bounded)

    def _near(self, part: Part) -> ValuedLine | None:
        """Return the best line near to the point of a part, None if those tried may not be."""
        rounded = self._rounded(part)
        better = improve_line(self.problem, self.lists, rounded)
        tried = [self._worthy(better)]
        if tried[0] is None:
            tried.append(self._worthy(self._earning(rounded)))
        return max((line for line in tried if line is not None), default=None)

    def _earning(self, line: Line) -> ValuedLine:
        return ValuedLine(line_profit(self.problem, line, self.lists), line)

    def _worthy(self, valued: ValuedLine) -> ValuedLine | None:
        worth = self.worth(valued.line, valued.profit)
        return None if worth is None else ValuedLine(worth, valued.line)

    def _valued(self, part: Part, line: Line) -> tuple[Part, ValuedLine | None]:
        is_double = len(np.unique(self.problem.group[list(line)])) < len(line)
        found = None if is_double else self._worthy(self._earning(line))
        return replace(part, bound=found.profit if found else -np.inf), found

    def _rounded(self, part: Part) -> Line:
        """Return as many candidates as the point has, those it offers most of, one of a group."""
        n_offers = min(self.problem.n_offers, max(1, round(float(part.point.sum()))))
        line = list(self.problem.kept)
        taken = set(self.problem.group[line].tolist())
        for c in np.argsort(-part.point, kind="stable").tolist():
            if len(line) >= n_offers or part.point[c] <= 0.0:
                break
            if int(self.problem.group[c]) not in taken:
                line.append(c)
                taken.add(int(self.problem.group[c]))
        return tuple(sorted(line))

    def _take(self, outcomes: list[tuple[Part, ValuedLine | None]]) -> None:
        """Keep the parts, the best line and the bound, and tell if one of these is better."""
        before = self.best.profit, self.bound
        for _, found in outcomes:
            if found is not None and found.profit > self.best.profit:
                self.best = found
        for part, _ in outcomes:
            self._keep(part)
        self.n_parts += len(outcomes)
        most_open = -self.open[0][0] if self.open else -np.inf
        self.bound = max(self.best.profit, self.closed, most_open)
        if (self.best.profit, self.bound) != before:
            self.on_progress(self.best, self.bound)

    def _keep(self, part: Part) -> None:
        self.n_kept += 1
        if part.bound <= self._target():
            self.closed = max(self.closed, part.bound)
        else:
            heapq.heappush(self.open, (-part.bound, self.n_kept, part))
