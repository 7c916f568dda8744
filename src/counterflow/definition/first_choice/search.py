"""The search of `[search]` by first choice: the best line of the programme's candidates, proved."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np

from counterflow.definition.feasibility.completion import complete_line
from counterflow.definition.feasibility.conflict import no_line_found
from counterflow.definition.first_choice.best_line import (
    BestLine,
    LineSearch,
    OnProgress,
    best_first_choice_line,
)
from counterflow.definition.first_choice.lines import FirstChoiceLines
from counterflow.definition.search import N_RUNNERS_UP, Found, bounding_in_words
from counterflow.domain.cutting import OpenProgramme
from counterflow.domain.deadline import Deadline
from counterflow.domain.progress import Report
from counterflow.domain.random_streams import random_stream
from counterflow.domain.settings import Search
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.first_choice import FirstChoiceProblem, profits_with
from counterflow.kernels.line_search import Line, ValuedLine

ROUND_ENTRIES = 20_000_000
"""How many entries of lists rounds of cuts may read: on two cores, some seconds."""

PART_ENTRIES = 4_000_000
"""The same for parts of the search after the first ones."""


def search_first_choices(
    lines: FirstChoiceLines,
    search: Search,
    open_programme: OpenProgramme,
    *,
    seed: int,
    deadline: Deadline | None = None,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> Found:
    """Return the best line that was found, and what no line is worth more than.

    `deadline` ends the search as that of `search_line` does; without one the effort depends on the
    size of the problem only, so that the same file gives the same answer on any machine.

    Raises
    ------
    NoLineError
        If no line was found that the rules allow, with the rules that exclude them.
    """
    problem = lines.problem
    work = partial(
        best_first_choice_line,
        problem,
        open_programme,
        effort(problem, search, deadline or Deadline(), seed=seed),
        map_blocks=map_blocks,
        on_progress=_progress(report or (lambda *_: None)),
    )
    if lines.knows_everything:
        best = work()
        # A line was asked for even where each loses: then the one that loses least.
        if not best.line:
            best = work(worth=lines.worth, starts=[_best_alone(problem)])
    else:
        best = work(worth=lines.worth, starts=_allowed_starts(lines, search.n_restarts, seed))
    return _as_found(best, problem)


def effort(
    problem: FirstChoiceProblem, search: Search, deadline: Deadline, *, seed: int
) -> LineSearch:
    """Return how long to search: by the clock if there is a deadline, else by size alone."""
    asked = LineSearch(
        n_starts=search.n_restarts, n_kicks=0, time_limit_s=deadline.seconds_left, seed=seed
    )
    if math.isfinite(deadline.at_s):
        return asked
    size = max(1, len(problem.listed))
    return replace(
        asked,
        most_parts=max(1, PART_ENTRIES // size),
        n_root_rounds=min(asked.n_root_rounds, max(6, ROUND_ENTRIES // size)),
    )


def _best_alone(problem: FirstChoiceProblem) -> Line:
    return (int(profits_with(problem, ()).argmax()),)


def _allowed_starts(lines: FirstChoiceLines, n_restarts: int, seed: int) -> list[Line]:
    """Return allowed lines to start from, each once.

    The first prefers candidates that sell most by themselves, the second those that sell least;
    further ones take candidates at random.
    """
    alone = lines.alone()
    starts: list[Line] = []
    for restart in range(n_restarts + 1):
        if restart < 2:
            order = np.argsort(alone if restart else -alone, kind="stable")
        else:
            order = random_stream(seed, "allowed starts", restart).permutation(len(alone))
        start = complete_line(lines.rules, order).line
        if start is not None:
            starts.append(start)
        elif not starts and restart > 4:
            raise no_line_found(lines.rules, alone)
    if not starts:
        raise no_line_found(lines.rules, alone)
    return list(dict.fromkeys(starts))


def _progress(report: Report) -> OnProgress:
    """Return what tells the best line and the bound as the search by logit does.

    How far the proof has come is the share of the first gap that is closed.
    """
    first: list[float] = []

    def told(_line: Line, profit: float, bound: float) -> None:
        gap = (bound - profit) / max(abs(profit), 1e-12)
        first.append(gap)
        done = 1.0 - gap / first[0] if first[0] > 0.0 else 1.0
        report(0.2 + 0.8 * min(1.0, max(0.0, done)), bounding_in_words(profit, bound))

    return told


def _as_found(best: BestLine, problem: FirstChoiceProblem) -> Found:
    return Found(
        best=ValuedLine(best.profit, best.line),
        bound=max(best.bound, best.profit),
        status="optimal" if best.status == "optimal" else "local_optimum",
        method=f"first choice: {best.method}",
        n_starts=best.n_starts,
        n_starts_at_best=best.n_starts_at_best,
        runners_up=_runners_up(best, problem),
    )


def _runners_up(best: BestLine, problem: FirstChoiceProblem) -> tuple[ValuedLine, ...]:
    """Return the best lines of other configurations than those of the best, best first."""
    different: dict[frozenset[int], ValuedLine] = {}
    for end in best.ends:
        if end.line:
            different.setdefault(frozenset(problem.group[list(end.line)].tolist()), end)
    different.pop(frozenset(problem.group[list(best.line)].tolist()), None)
    return tuple(different.values())[:N_RUNNERS_UP]
