"""The line that is worth most to buyers, among those that the rules allow."""

from __future__ import annotations

from counterflow.definition.feasibility.allowed_lines import LineTerms, allowed_start
from counterflow.definition.feasibility.conflict import check_some_line_found
from counterflow.definition.objectives.pareto import swap
from counterflow.definition.objectives.search import BestLine
from counterflow.definition.objectives.welfare import Welfare
from counterflow.domain.deadline import Deadline
from counterflow.kernels.line_search import Line, ValuedLine

N_STARTS = 4
"""Allowed lines from which offers are swapped, where rules forbid the line found without them."""


def best_for_buyers(
    welfare: Welfare, terms: LineTerms, *, seed: int, deadline: Deadline
) -> BestLine:
    """Return a line that no allowed swap or addition improves, and what no line exceeds.

    The bound is that of all lines, allowed or not. After `deadline` only what is needed for some
    line is still done.

    Raises
    ------
    NoLineError
        If no allowed line was found, with the rules that exclude them.
    """
    freely = welfare.best(go_on=deadline.go_on)
    if terms.rules.allows(freely.line):
        return freely
    problem = welfare.problem
    found: list[ValuedLine] = []
    for restart in range(N_STARTS):
        if found and deadline.is_over:
            break
        start = allowed_start(problem, terms, seed=seed, restart=restart)
        if start is not None:
            found.append(_swapped(welfare, terms, start, deadline))
    check_some_line_found(problem, terms.rules, found)
    best = max(found)
    return BestLine(best.line, max(freely.bound, best.profit))


def _swapped(welfare: Welfare, terms: LineTerms, start: Line, deadline: Deadline) -> ValuedLine:
    line = swap(
        welfare,
        start,
        n_offers=welfare.problem.n_offers,
        is_allowed=terms.rules.allows,
        go_on=deadline.go_on,
    )
    return ValuedLine(welfare.value(line), line)
