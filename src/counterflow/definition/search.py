"""The search: every line where they are few, else product swaps and a bound on what they miss."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from counterflow.definition.feasibility.allowed_lines import (
    LineTerms,
    allowed_start,
    best_allowed_with,
    search_allowed,
    value_line,
)
from counterflow.definition.feasibility.conditions import with_conditions
from counterflow.definition.feasibility.conflict import check_some_line_found
from counterflow.domain.deadline import Deadline
from counterflow.domain.progress import Report
from counterflow.domain.random_streams import random_stream
from counterflow.domain.settings import Search
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.line_bound import PROOF_TOLERANCE, LineBound, bound_lines
from counterflow.kernels.line_search import (
    Line,
    LineProblem,
    ValuedLine,
    best_lines,
    best_with_prefix,
    count_lines,
    local_search,
    neighbours,
    prefixes,
)

N_RUNNERS_UP = 5

BOUND_CELLS = 40_000_000_000
"""Nodes times people times candidates, at most. `bound_lines` ends by its work, mostly earlier."""

_PREFIXES_AT_ONCE = 64


@dataclass(frozen=True, kw_only=True)
class Found:
    """The best line, what it earns from the buyers searched, and how sure it is to be the best."""

    best: ValuedLine
    bound: float
    status: Literal["optimal", "local_optimum"]
    method: str
    n_starts: int
    n_starts_at_best: int
    runners_up: tuple[ValuedLine, ...]


def search_line(
    problem: LineProblem,
    search: Search,
    *,
    seed: int,
    terms: LineTerms | None = None,
    deadline: Deadline | None = None,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> Found:
    """Return the best line that was found; the same, however many threads `map_blocks` uses.

    `terms` are what the arrays of the problem leave out: rules on lines, and costs beyond theirs.
    After `deadline`, `search.time_limit_s` from now if absent, only what is needed for some line
    and some bound is still done.

    Raises
    ------
    NoLineError
        If no line was found that the rules allow, with the rules that exclude them.
    """
    n_lines = count_lines(problem.group, problem.n_offers)
    report = report or (lambda *_: None)
    deadline = deadline or Deadline.after(search.time_limit_s)
    if terms is not None and not terms.changes_anything:
        terms = None
    if n_lines <= search.exhaustive_up_to:
        half = deadline.part(0.5)
        if tried := _try_every_line(problem, terms, n_lines, half, map_blocks):
            return tried
    if terms is not None:
        return _search_allowed(problem, terms, search, seed, deadline, map_blocks, report)
    return _search_locally(problem, search, seed, deadline, map_blocks, report)


def random_line(problem: LineProblem, *, seed: int, restart: int) -> Line:
    """Return candidates of different groups at random, as many as a line may have."""
    stream = random_stream(seed, "restarts", restart)
    groups = np.unique(problem.group)
    chosen = stream.permutation(groups)[: problem.n_offers]
    return tuple(int(stream.choice(np.flatnonzero(problem.group == g))) for g in chosen)


def _try_every_line(
    problem: LineProblem,
    terms: LineTerms | None,
    n_lines: int,
    deadline: Deadline,
    map_blocks: MapBlocks,
) -> Found | None:
    """Return the best of all lines; None if they were too many to be tried before `deadline`."""
    # One more than the runners-up, as the best line itself is among them.
    most = N_RUNNERS_UP + 1
    blocks = _batches(prefixes(problem.group, problem.n_offers), _PREFIXES_AT_ONCE)
    best: list[ValuedLine] = []
    work = partial(_best_of_prefixes, problem, terms, most, deadline)
    for found in map_blocks(work, list(blocks)):
        if found is None:
            return None
        best = best_lines(problem, [*best, *found], most=most)
    if terms is not None:
        check_some_line_found(problem, terms.rules, best)
    return Found(
        best=best[0],
        bound=best[0].profit,
        status="optimal",
        method=f"every line tried ({n_lines:,})",
        n_starts=0,
        n_starts_at_best=0,
        runners_up=_runners_up(problem, best[0], best),
    )


def _best_of_prefixes(
    problem: LineProblem,
    terms: LineTerms | None,
    most: int,
    deadline: Deadline,
    batch: tuple[Line, ...],
) -> list[ValuedLine] | None:
    found: list[ValuedLine] = []
    for prefix in batch:
        if deadline.is_over:
            return None
        if terms is None:
            found += best_with_prefix(problem, prefix, most=most)
        else:
            first = prefix[-1] + 1 if prefix else 0
            found += best_allowed_with(problem, terms, prefix, first=first, most=most)
    return best_lines(problem, found, most=most)


def _search_allowed(
    problem: LineProblem,
    terms: LineTerms,
    search: Search,
    seed: int,
    deadline: Deadline,
    map_blocks: MapBlocks,
    report: Report,
) -> Found:
    """Search among the lines that the rules allow, at all that they cost."""
    half = deadline.part(0.5)
    starts = _allowed_starts(problem, terms, search.n_restarts, seed, half)
    work = partial(search_allowed, problem, terms, go_on=half.go_on)
    ends = _ends(work, starts, half, map_blocks, report)
    check_some_line_found(problem, terms.rules, ends)
    ruled = with_conditions(problem, terms.rules)
    bounded = _bound(ruled, _best(ends), deadline, map_blocks, report)
    # The bound knows neither all rules nor all costs: its line counts only where it is allowed.
    also = value_line(problem, terms, bounded.best.line)
    best = _best(ends)
    if also:
        best = max(best, search_allowed(problem, terms, also.line, go_on=deadline.go_on))
    return _found(problem, best, bounded.bound, ends, method="product swap among allowed lines")


def _allowed_starts(
    problem: LineProblem, terms: LineTerms, n_restarts: int, seed: int, deadline: Deadline
) -> list[Line]:
    """Return the allowed lines to start from, each once; none if the first few tries find none."""
    starts: list[Line] = []
    for restart in range(n_restarts + 1):
        if starts and deadline.is_over:
            break
        start = allowed_start(problem, terms, seed=seed, restart=restart)
        if start is not None:
            starts.append(start)
        elif not starts and restart > 4:
            break
    return list(dict.fromkeys(starts))


def _search_locally(
    problem: LineProblem,
    search: Search,
    seed: int,
    deadline: Deadline,
    map_blocks: MapBlocks,
    report: Report,
) -> Found:
    starts: list[Line] = [()]
    starts += [random_line(problem, seed=seed, restart=i) for i in range(search.n_restarts)]
    ends = _ends(partial(local_search, problem), starts, deadline.part(0.5), map_blocks, report)
    bounded = _bound(problem, _best(ends), deadline, map_blocks, report)
    best = max(bounded.best, local_search(problem, bounded.best.line))
    near = neighbours(problem, best.line, most=N_RUNNERS_UP + 1)
    return _found(problem, best, bounded.bound, ends, near, method="product swap")


def _ends(
    search_from: Callable[[Line], ValuedLine],
    starts: Sequence[Line],
    deadline: Deadline,
    map_blocks: MapBlocks,
    report: Report,
) -> list[ValuedLine]:
    """Return where the search from each start ends: from the first, and while there is time."""

    def end_of(i: int) -> ValuedLine | None:
        return search_from(starts[i]) if i == 0 or deadline.go_on() else None

    ends: list[ValuedLine] = []
    for end in map_blocks(end_of, range(len(starts))):
        ends += [] if end is None else [end]
        report(len(ends) / len(starts) * 0.2, "swapping products")
    return ends


def _best(ends: Sequence[ValuedLine]) -> ValuedLine:
    """Return the best line, of equals the first."""
    return max(ends, key=lambda valued: valued.profit)


def _bound(
    problem: LineProblem,
    best: ValuedLine,
    deadline: Deadline,
    map_blocks: MapBlocks,
    report: Report,
) -> LineBound:
    progress = _Progress(report)
    return bound_lines(
        problem,
        best,
        most_nodes=max(1, BOUND_CELLS // problem.odds.size),
        seconds=deadline.seconds_left,
        map_blocks=map_blocks,
        on_progress=progress.found,
        report=progress.bounding,
    )


def _found(
    problem: LineProblem,
    best: ValuedLine,
    bound: float,
    ends: Sequence[ValuedLine],
    near: Sequence[ValuedLine] = (),
    *,
    method: str,
) -> Found:
    """Return what was found from as many starts as `ends`, by them or by the bound."""
    tolerance = PROOF_TOLERANCE * abs(best.profit)
    best_end = _best(ends).profit
    least = best_end - PROOF_TOLERANCE * abs(best_end)
    return Found(
        best=best,
        bound=max(bound, best.profit),
        status="optimal" if bound <= best.profit + tolerance else "local_optimum",
        method=f"{method} from {len(ends)} starts, then branch and bound",
        n_starts=len(ends),
        n_starts_at_best=sum(end.profit >= least for end in ends),
        runners_up=_runners_up(problem, best, [*ends, *near]),
    )


class _Progress:
    """Says how far the bound has come, with the best line known and what none exceeds."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._known = "bounding what other lines can be worth"

    def found(self, best: ValuedLine, bound: float) -> None:
        """Note the best line known and the bound."""
        self._known = bounding_in_words(best.profit, bound)

    def bounding(self, done: float) -> None:
        """Report the share of the bound's nodes that was looked at."""
        self._report(0.2 + 0.8 * done, self._known)


def bounding_in_words(profit: float, bound: float) -> str:
    """Return what is done while other lines are bounded, and what is known so far.

    Examples
    --------
    >>> bounding_in_words(100.0, 102.0)
    'bounding what other lines can be worth: 100 found, at most 102 (gap 2.00%)'
    """
    gap = (bound - profit) / max(abs(profit), 1e-12)
    known = f": {profit:,.4g} found, at most {bound:,.4g} (gap {gap:.2%})"
    return f"bounding what other lines can be worth{known}"


def _runners_up(
    problem: LineProblem, best: ValuedLine, lines: Iterable[ValuedLine]
) -> tuple[ValuedLine, ...]:
    """Return the best lines of other configurations than those of the best."""
    taken = set(problem.group[list(best.line)].tolist())
    others = (v for v in lines if set(problem.group[list(v.line)].tolist()) != taken)
    return tuple(best_lines(problem, others, most=N_RUNNERS_UP))


def _batches(items: Iterable[Line], size: int) -> Iterable[tuple[Line, ...]]:
    remaining = iter(items)
    while batch := tuple(itertools.islice(remaining, size)):
        yield batch
