"""Search for choice designs: many starts, each improved by exchanges, swaps or annealing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple

import numpy as np

from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.choice_design import (
    Codes,
    DesignProblem,
    criterion_of,
    pack_aim,
    pack_terms,
)
from counterflow.kernels.compiled import choice_design_search as compiled
from counterflow.kernels.compiled.choice_design_search import Designed
from counterflow.kernels.compiled.choice_information import desk_for
from counterflow.kernels.compiled.random_tasks import draw_balanced, draw_design
from counterflow.kernels.task_rules import no_design, pack_rules, random_state

Method = Literal["fedorov", "exchange", "swap", "annealing"]
Report = Callable[[float, float, int], None]
"""Told the share done, the least criterion so far, and the starts made; from any thread."""

N_BLOCKS = 16
"""Starts are dealt out to so many blocks of work; as many threads can be at work."""
_SECONDS_A_PIECE = 0.1
"""Compiled work is done in pieces of about this length, between which the clock is looked at."""
_MOST_VISITS = 2**16
_LEAST_GAIN = 1e-9
_SECONDS_BETWEEN_REPORTS = 0.25
_KICKS = 30
"""Times that each start is kicked; on published problems twice or half as many did no better."""
_MOST_KICKED_TASKS = 200
"""Larger designs are not kicked: among their many tasks local optima differ by less."""
_TRIES_OF_BALANCE = 200_000
_MOVES = {
    "exchange": compiled.LEVELS,
    "annealing": compiled.LEVELS,
    "fedorov": compiled.PROFILES,
}
_HOTTEST, _COLDEST = 0.02, 1e-4
"""Temperatures: shares by which the criterion may well get worse. Local optima of published
problems differ by 1 to 3 percent."""
_TEMPERATURES = 30
_REHEATS = 2
_VISITS_A_TEMPERATURE = 5


class Found(NamedTuple):
    """The best design of a search."""

    codes: Codes
    error: float
    """The problem's criterion, for one respondent."""
    n_starts: int
    """Starts that were begun."""
    was_stopped: bool
    """Whether the time was over before all starts were made, as without a number of starts."""


class Size(NamedTuple):
    """Versions, tasks and alternatives of a design."""

    n_versions: int
    n_tasks: int
    n_alternatives: int


def search_design(
    problem: DesignProblem,
    *,
    n_tasks: int,
    n_alternatives: int,
    n_versions: int = 1,
    method: Method = "exchange",
    n_starts: int | None = None,
    seconds: float = 20.0,
    until: float = 0.0,
    seed: int = 0,
    report: Report | None = None,
    map_blocks: MapBlocks = map,
) -> Found:
    """Return the best design of `n_starts`, or of as many as there is time for.

    The search ends early once the criterion is at most `until`. Otherwise, if the time suffices,
    the same seed and number of starts give the same design, however many threads `map_blocks` uses.
    An interrupt ends all threads within a fraction of a second.

    Method "exchange" replaces levels (coordinate exchange), "fedorov" whole profiles (modified
    Fedorov), "swap" exchanges levels between alternatives, so that each version keeps showing each
    level as often as the others, "annealing" tries random levels and takes worse ones ever less
    often, then exchanges.

    Raises
    ------
    NoDesignError
        If no design was found that keeps the rules.

    Examples
    --------
    Three attributes of three levels in nine tasks of three alternatives. At coefficients of 0 no
    design has less than 27^(-1/2), which an orthogonal array reaches:

    >>> from counterflow.kernels.choice_design import Term
    >>> effects = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    >>> terms = tuple(Term(effects, (a,)) for a in range(3))
    >>> problem = DesignProblem((3, 3, 3), terms, np.zeros((1, 6)))
    >>> found = search_design(problem, n_tasks=9, n_alternatives=3, n_starts=4)
    >>> bool(27**-0.5 <= found.error + 1e-9 < 0.2)
    True
    """
    size = Size(n_versions, n_tasks, n_alternatives)
    watch = _Watch(seconds, n_starts, until, report)
    search = _Search(problem, size, method, seed, watch)
    try:
        ended = [
            end for block in map_blocks(search.run_block, list(range(N_BLOCKS))) for end in block
        ]
    finally:
        watch.stop()
    if not ended:
        codes = np.empty((*size, len(problem.n_levels)), dtype=np.int16)
        raise no_design(codes, balanced=method == "swap")
    best = min(ended, key=_rank)
    was_stopped = n_starts is None or watch.n_begun < n_starts or not all(e.is_whole for e in ended)
    return Found(best.codes, best.error, watch.n_begun, was_stopped)


class _End(NamedTuple):
    """Where a start, or the best of a block, led."""

    error: float
    start: int
    codes: Codes
    is_whole: bool


def _rank(end: _End) -> tuple[float, int]:
    return end.error, end.start


class _Watch:
    """What all threads share: the time, whether to stop, and the least criterion so far."""

    def __init__(
        self, seconds: float, n_starts: int | None, until: float, report: Report | None
    ) -> None:
        self.n_starts, self._until = n_starts, until
        self.n_begun = 0
        self._begin = self._reported = time.monotonic()
        self._seconds = seconds
        self._report = report
        self._least = np.inf
        self._is_stopped = False
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        return self._is_stopped or time.monotonic() - self._begin >= self._seconds

    def stop(self) -> None:
        self._is_stopped = True

    def begin_start(self) -> None:
        with self._lock:
            self.n_begun += 1

    def note(self, error: float) -> None:
        """Keep the least criterion, and report from time to time."""
        with self._lock:
            self._least = min(self._least, error)
            self._is_stopped |= self._least <= self._until
            now = time.monotonic()
            if self._report is None or now - self._reported < _SECONDS_BETWEEN_REPORTS:
                return
            self._reported = now
            done = (now - self._begin) / self._seconds
            if self.n_starts is not None:
                done = max(done, self.n_begun / (self.n_starts + 1))
            self._report(min(done, 1.0), self._least, self.n_begun)


class _Search:
    """One search, shared by the threads, each of which has a desk of its own."""

    def __init__(
        self, problem: DesignProblem, size: Size, method: Method, seed: int, watch: _Watch
    ) -> None:
        self.problem, self.size, self.method = problem, size, method
        self.seed, self.watch, self.pace = seed, watch, _Pace()
        self.terms = pack_terms(problem, size.n_alternatives)
        self.rules = pack_rules(problem, size.n_alternatives)
        self.aim = pack_aim(problem, size.n_versions)
        if method == "fedorov" and not len(self.rules.keys):
            raise ValueError(
                "the modified Fedorov algorithm needs a list of profiles: there are too many to "
                "list, or tasks show a few attributes. Use exchange, or give the profiles."
            )

    def run_block(self, block: int) -> list[_End]:
        """Return the best end of the block's starts; none if it began none or found no design."""
        best: list[_End] = []
        try:
            for start in self._starts(block):
                end = _Start(self, start).run()
                best = [min([*best, end], key=_rank)] if end else best
        except BaseException:
            # Whoever waits for another block would wait until the time is over.
            self.watch.stop()
            raise
        return best

    def _starts(self, block: int) -> Iterator[int]:
        start = block
        while not (start > 0 and self.watch.is_over):
            if self.watch.n_starts is not None and start >= self.watch.n_starts:
                return
            self.watch.begin_start()
            yield start
            start += N_BLOCKS


class _Start:
    """One design on its way from a random start to its end."""

    def __init__(self, search: _Search, start: int) -> None:
        self.search, self.start = search, start
        self.state = random_state(search.seed, start)
        n_draws, n_columns = search.problem.draws.shape
        self.desk = desk_for(
            search.size.n_alternatives + len(search.aim.outside), n_columns, n_draws
        )
        self.design = self._empty(n_columns)
        self.kept = self._empty(0)

    def run(self) -> _End | None:
        """Return where the start led, None if it found no design to begin with."""
        if not self._draw():
            return None
        search = self.search
        self._take()
        is_whole = (search.method != "annealing" or self._anneal()) and self._improve()
        best = min(self.kept, self.design, key=lambda designed: float(designed.error[0])).codes
        # From the formula: a criterion that many changes led to has gathered rounding, and a ridge.
        return _End(criterion_of(search.problem, best), self.start, best, is_whole)

    def _empty(self, n_columns: int) -> Designed:
        size = self.search.size
        codes = np.empty((*size, len(self.search.problem.n_levels)), dtype=np.int16)
        columns = np.empty((size.n_versions * size.n_tasks, size.n_alternatives, n_columns))
        return Designed(codes, columns, np.full(1, np.inf))

    def _draw(self) -> bool:
        rules, codes = self.search.rules, self.design.codes
        if self.search.method == "swap":
            return bool(draw_balanced(rules, self.state, codes, 0, _TRIES_OF_BALANCE))
        return bool(draw_design(rules, self.state, codes))

    def _improve(self) -> bool:
        """Settle, then kick and settle again; return whether there was time for all of it.

        If the design that settles is no better than the one kept, that one is taken up again
        (iterated local search: Lourenco, Martin and Stuetzle, Handbook of Metaheuristics, 2003).
        """
        n_kicks = _KICKS if len(self.design.columns) <= _MOST_KICKED_TASKS else 0
        for kick in range(n_kicks + 1):
            if kick > 0:
                self._kick()
            if not self._settle():
                return False
            if self.design.error[0] < self.kept.error[0] * (1.0 - _LEAST_GAIN):
                self.kept.codes[:] = self.design.codes
                self.kept.error[:] = self.design.error
            else:
                self.design.codes[:] = self.kept.codes
        return True

    def _kick(self) -> None:
        """Draw a task anew; for swaps, exchange a few levels."""
        if self.search.method == "swap":
            compiled.swap_at_random(self.search.rules, self.state, self.design.codes)
        else:
            compiled.replace_task(self.search.rules, self.state, self.design.codes)
        self._take()

    def _settle(self) -> bool:
        """Improve one task after the other until none is left to; return whether there was time."""
        search, course = self.search, np.zeros(2, dtype=np.int64)
        what = search.terms, search.rules, search.aim, self.desk, self.design
        while course[compiled.SETTLED] < len(self.design.columns):
            if search.watch.is_over:
                return False
            with search.pace.piece() as n_visits:
                if search.method == "swap":
                    compiled.swap(*what, course, n_visits)
                else:
                    compiled.exchange(*what, _MOVES[search.method], course, n_visits)
            search.watch.note(float(min(self.design.error[0], self.kept.error[0])))
        return True

    def _take(self) -> None:
        """Set information and criterion to those of the codes."""
        compiled.take_design(self.search.terms, self.search.aim, self.desk, self.design)

    def _anneal(self) -> bool:
        """Cool down, in rounds that begin ever less hot; return whether there was time."""
        search = self.search
        n_visits = _VISITS_A_TEMPERATURE * len(self.design.columns)
        for temperature in _temperatures():
            left = n_visits
            while left > 0:
                if search.watch.is_over:
                    return False
                with search.pace.piece() as n:
                    compiled.anneal(
                        *(search.terms, search.rules, search.aim, self.desk, self.design),
                        *(self.kept, self.state, temperature, min(n, left)),
                    )
                left -= n
                search.watch.note(float(self.kept.error[0]))
        self.design.codes[:] = self.kept.codes
        self._take()
        self.kept.error[:] = np.inf
        return True


class _Pace:
    """How many tasks to visit between two looks at the clock: as many as take a tenth of a second.

    The first pieces tell: each that took less than half of it lets the next be twice as long.
    """

    def __init__(self) -> None:
        self._n_visits = 1

    @contextmanager
    def piece(self) -> Iterator[int]:
        n_visits, began = self._n_visits, time.monotonic()
        yield n_visits
        took = time.monotonic() - began
        if took < _SECONDS_A_PIECE / 2:
            self._n_visits = min(max(self._n_visits, 2 * n_visits), _MOST_VISITS)
        elif took > 2 * _SECONDS_A_PIECE:
            self._n_visits = max(n_visits // 2, 1)


def _temperatures() -> Iterator[float]:
    for round_ in range(_REHEATS + 1):
        hottest = _HOTTEST / 4.0**round_
        yield from np.geomspace(hottest, _COLDEST, _TEMPERATURES)
