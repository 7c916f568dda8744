"""The search: every line where they are few, else product swaps and a bound on what they miss."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
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
from counterflow.definition.feasibility.conflict import check_some_line_found
from counterflow.domain.progress import Report
from counterflow.domain.random_streams import random_stream
from counterflow.domain.settings import Search
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.line_bound import PROOF_TOLERANCE, bound_lines
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
"""How much the bound may cost: nodes times people times candidates. On two cores, some seconds."""

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
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> Found:
    """Return the best line that was found; the same, however many threads `map_blocks` uses.

    `terms` are what the arrays of the problem leave out: rules on lines, and costs beyond theirs.

    Raises
    ------
    NoLineError
        If no line was found that the rules allow, with the rules that exclude them.
    """
    n_lines = count_lines(problem.group, problem.n_offers)
    report = report or (lambda *_: None)
    if terms is not None and not terms.changes_anything:
        terms = None
    if n_lines <= search.exhaustive_up_to:
        return _try_every_line(problem, terms, n_lines, map_blocks)
    if terms is not None:
        return _search_allowed(problem, terms, search, seed, map_blocks, report)
    return _search_locally(problem, search, seed, map_blocks, report)


def random_line(problem: LineProblem, *, seed: int, restart: int) -> Line:
    """Return candidates of different groups at random, as many as a line may have."""
    stream = random_stream(seed, "restarts", restart)
    groups = np.unique(problem.group)
    chosen = stream.permutation(groups)[: problem.n_offers]
    return tuple(int(stream.choice(np.flatnonzero(problem.group == g))) for g in chosen)


def _try_every_line(
    problem: LineProblem, terms: LineTerms | None, n_lines: int, map_blocks: MapBlocks
) -> Found:
    # One more than the runners-up, as the best line itself is among them.
    most = N_RUNNERS_UP + 1
    blocks = _batches(prefixes(problem.group, problem.n_offers), _PREFIXES_AT_ONCE)
    best: list[ValuedLine] = []
    for found in map_blocks(partial(_best_of_prefixes, problem, terms, most), list(blocks)):
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
    problem: LineProblem, terms: LineTerms | None, most: int, batch: tuple[Line, ...]
) -> list[ValuedLine]:
    found: list[ValuedLine] = []
    for prefix in batch:
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
    map_blocks: MapBlocks,
    report: Report,
) -> Found:
    """Search among the lines that the rules allow; bound what they earn by what any line earns."""
    progress = _Progress(report)
    starts = _allowed_starts(problem, terms, search.n_restarts, seed)
    ends: list[ValuedLine] = []
    for end in map_blocks(partial(search_allowed, problem, terms), starts):
        ends.append(end)
        report(len(ends) / max(1, len(starts)) * 0.2, "swapping products")
    check_some_line_found(problem, terms.rules, ends)
    best = max(ends, key=lambda valued: valued.profit)
    at_best = sum(end.profit >= best.profit - PROOF_TOLERANCE * abs(best.profit) for end in ends)
    bounded = bound_lines(
        problem,
        best,
        most_nodes=max(1, BOUND_CELLS // problem.odds.size),
        seconds=search.time_limit_s or math.inf,
        map_blocks=map_blocks,
        on_progress=progress.found,
        report=progress.bounding,
    )
    # The bound's own line keeps to no rules: it counts only where it happens to be allowed.
    also = value_line(problem, terms, bounded.best.line)
    best = max(best, search_allowed(problem, terms, also.line)) if also is not None else best
    is_proved = bounded.bound <= best.profit + PROOF_TOLERANCE * abs(best.profit)
    return Found(
        best=best,
        bound=max(bounded.bound, best.profit),
        status="optimal" if is_proved else "local_optimum",
        method=f"product swap among allowed lines from {len(starts)} starts, then branch and bound",
        n_starts=len(starts),
        n_starts_at_best=at_best,
        runners_up=_runners_up(problem, best, ends),
    )


def _allowed_starts(
    problem: LineProblem, terms: LineTerms, n_restarts: int, seed: int
) -> list[Line]:
    """Return the allowed lines to start from, each once; none if the first few tries find none."""
    starts: list[Line] = []
    for restart in range(n_restarts + 1):
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
    map_blocks: MapBlocks,
    report: Report,
) -> Found:
    progress = _Progress(report)
    starts: list[Line] = [()]
    starts += [random_line(problem, seed=seed, restart=i) for i in range(search.n_restarts)]
    ends: list[ValuedLine] = []
    for end in map_blocks(partial(local_search, problem), starts):
        ends.append(end)
        report(len(ends) / len(starts) * 0.2, "swapping products")
    best = max(ends, key=lambda valued: valued.profit)
    at_best = sum(end.profit >= best.profit - PROOF_TOLERANCE * abs(best.profit) for end in ends)
    bounded = bound_lines(
        problem,
        best,
        most_nodes=max(1, BOUND_CELLS // problem.odds.size),
        seconds=search.time_limit_s or math.inf,
        map_blocks=map_blocks,
        on_progress=progress.found,
        report=progress.bounding,
    )
    best = max(bounded.best, local_search(problem, bounded.best.line))
    is_proved = bounded.bound <= best.profit + PROOF_TOLERANCE * abs(best.profit)
    others = [*ends, *neighbours(problem, best.line, most=N_RUNNERS_UP + 1)]
    return Found(
        best=best,
        bound=bounded.bound,
        status="optimal" if is_proved else "local_optimum",
        method=f"product swap from {len(starts)} starts, then branch and bound",
        n_starts=len(starts),
        n_starts_at_best=at_best,
        runners_up=_runners_up(problem, best, others),
    )


class _Progress:
    """Says how far the bound has come, with the best line known and what none exceeds."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._known = ""

    def found(self, best: ValuedLine, bound: float) -> None:
        """Note the best line known and the bound."""
        gap = (bound - best.profit) / max(abs(best.profit), 1e-12)
        self._known = f": {best.profit:,.4g} found, at most {bound:,.4g} (gap {gap:.2%})"

    def bounding(self, done: float) -> None:
        """Report the share of the bound's nodes that was looked at."""
        self._report(0.2 + 0.8 * done, f"bounding what other lines can be worth{self._known}")


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
