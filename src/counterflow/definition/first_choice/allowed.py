"""The search among lines that may be, where the problem leaves out rules or costs.

What a line earns in the problem is a bound on what it is worth. Candidates are tried in the order
of that bound, and the trial ends at the first that cannot beat what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from counterflow.definition.first_choice.branch import Worth
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.first_choice import (
    FirstChoiceProblem,
    Listing,
    line_profit,
    listing,
    profits_with,
)
from counterflow.kernels.line_search import Line, ValuedLine

_LEAST_GAIN = 1e-10
"""A move must gain more than this share of the worth, so that rounding cannot make a cycle."""


def search_worthy(
    problem: FirstChoiceProblem,
    worth: Worth,
    starts: Sequence[Line],
    *,
    go_on: Callable[[], bool] = lambda: True,
    map_blocks: MapBlocks = map,
) -> list[ValuedLine]:
    """Return lines that no swap, addition or removal of one candidate improves, best first.

    Once `go_on` says no, lines are returned as good as they are.

    Raises
    ------
    ValueError
        If none of the starts may be.
    """
    lists = listing(problem)
    ends = map_blocks(partial(_improved, problem, lists, worth, go_on), list(starts))
    found = sorted((e for e in ends if e is not None), key=lambda end: (-end.profit, end.line))
    if not found:
        raise ValueError(f"the search needs a start that may be a line, got {list(starts)}")
    return found


def _improved(
    problem: FirstChoiceProblem,
    lists: Listing,
    worth: Worth,
    go_on: Callable[[], bool],
    start: Line,
) -> ValuedLine | None:
    best = _valued(problem, lists, worth, start)
    improved = best is not None
    while improved and best is not None:
        improved = False
        for place in range(min(len(best.line) + 1, problem.n_offers)):
            if not go_on():
                return best
            if best.line[place : place + 1] and best.line[place] in problem.kept:
                continue
            others = best.line[:place] + best.line[place + 1 :]
            reached = _best_with(problem, lists, worth, others) or best
            emptied = _valued(problem, lists, worth, others)
            reached = max(reached, emptied) if emptied else reached
            if reached.profit > best.profit + _LEAST_GAIN * abs(best.profit):
                best, improved = reached, True
    return best


def _best_with(
    problem: FirstChoiceProblem, lists: Listing, worth: Worth, others: Line
) -> ValuedLine | None:
    """Return the best line of the others and one candidate more."""
    bounds = profits_with(problem, others, lists)
    best: ValuedLine | None = None
    for candidate in np.argsort(-bounds, kind="stable").tolist():
        if np.isneginf(bounds[candidate]) or (best and bounds[candidate] <= best.profit):
            break
        line = tuple(sorted((*others, candidate)))
        value = worth(line, float(bounds[candidate]))
        if value is not None and (best is None or value > best.profit):
            best = ValuedLine(value, line)
    return best


def _valued(
    problem: FirstChoiceProblem, lists: Listing, worth: Worth, line: Line
) -> ValuedLine | None:
    value = worth(line, line_profit(problem, line, lists))
    return None if value is None else ValuedLine(value, line)
