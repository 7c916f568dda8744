"""Search for choice designs: many starts, each improved by exchanges, swaps or annealing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.choice_design import Codes, DesignProblem
from counterflow.kernels.choice_design_parts import PartedStart
from counterflow.kernels.choice_design_start import (
    MOST_KICKED_TASKS,
    DesignSearch,
    DesignStart,
    End,
    Method,
    Size,
)
from counterflow.kernels.choice_design_watch import Report, Watch
from counterflow.kernels.task_rules import no_design

N_BLOCKS = 16
"""Starts are dealt out to so many blocks of work; as many threads can be at work."""


class Found(NamedTuple):
    """The best design of a search."""

    codes: Codes
    error: float
    """The problem's criterion, for one respondent."""
    n_starts: int
    """Starts that were begun."""
    was_stopped: bool
    """Whether the time was over before all starts were made, as without a number of starts."""
    is_settled: bool = True
    """Whether the start that led here came to its end; False where its time was too short."""
    is_balanced: bool = True
    """False where the rules kept swaps from showing each level as often as the others."""


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

    Designs of more than 200 tasks in all are started once, unless `n_starts` says otherwise: among
    so many tasks starts end within a thousandth of one another. Threads then work on parts of the
    design, else each on a start of its own.

    The search ends early once the criterion is at most `until`. Otherwise, if the time suffices,
    the same seed and number of starts give the same design, however many threads `map_blocks` uses.
    An interrupt ends all threads within a fraction of a second.

    Method "exchange" replaces levels (coordinate exchange), "fedorov" whole profiles (modified
    Fedorov), "swap" exchanges levels between alternatives, so that each version keeps showing each
    level as often as the others (or as nearly so as the rules allow), "annealing" tries random
    levels and takes worse ones ever less often, then exchanges.

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
    is_large = n_versions * n_tasks > MOST_KICKED_TASKS
    if is_large and n_starts is None:
        n_starts = 1
    watch = Watch(seconds, n_starts, until, report)
    search = DesignSearch.of(problem, size, method=method, seed=seed, watch=watch)
    try:
        ends = list(_ends_in_parts(search, map_blocks) if is_large else _ends(search, map_blocks))
    finally:
        watch.stop()
    if not ends:
        codes = np.empty((*size, len(problem.n_levels)), dtype=np.int16)
        raise no_design(codes)
    best = min(ends, key=_rank)
    was_stopped = n_starts is None or watch.n_begun < n_starts or not all(e.is_whole for e in ends)
    return Found(
        best.codes, best.error, watch.n_begun, was_stopped, best.is_whole, best.is_balanced
    )


def _rank(end: End) -> tuple[float, int]:
    return end.error, end.start


def _ends(search: DesignSearch, map_blocks: MapBlocks) -> Iterator[End]:
    """Yield the best end of each block of starts, of which several are at work at once."""
    watch = search.watch

    def run_block(block: int) -> list[End]:
        best: list[End] = []
        try:
            for number in _numbers(watch, block, N_BLOCKS):
                end = DesignStart(search, number).run()
                best = [min([*best, end], key=_rank)] if end else best
        except BaseException:
            # Whoever waits for another block would wait until the time is over.
            watch.stop()
            raise
        return best

    for block in map_blocks(run_block, list(range(N_BLOCKS))):
        yield from block


def _ends_in_parts(search: DesignSearch, map_blocks: MapBlocks) -> Iterator[End]:
    """Yield the end of one start after the other, of each of which several parts are at work."""
    for number in _numbers(search.watch, 0, 1):
        end = PartedStart(search, number, map_blocks).run()
        if end is not None:
            yield end


def _numbers(watch: Watch, first: int, step: int) -> Iterator[int]:
    """Yield numbers of starts until there are as many as asked for, or the time is over."""
    number = first
    while not (number > 0 and watch.is_over):
        if watch.n_starts is not None and number >= watch.n_starts:
            return
        watch.begin_start()
        yield number
        number += step
