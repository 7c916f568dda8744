"""Allowed lines: search among the lines that keep to the rules, at all that they cost.

The arrays of the search know no rules and charge too little, never too much: what a line earns in
them is a bound on what it earns. Candidates are tried in the order of that bound, and the trial
ends at the first that cannot beat what was found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from counterflow.definition.feasibility.completion import complete_line
from counterflow.definition.feasibility.line_costs import LineCosts
from counterflow.definition.feasibility.line_rules import LineRules
from counterflow.definition.feasibility.volume_rules import sold_alone
from counterflow.domain.random_streams import random_stream
from counterflow.kernels.line_search import (
    Line,
    LineProblem,
    ValuedLine,
    best_lines,
    line_profit,
    profits_with,
)

_LEAST_GAIN = 1e-10
"""A move must gain more than this share of the profit, so that rounding cannot make a cycle."""

_MOST_TRIED = 200
"""Candidates that are tried for a start: more would take longer than the search from it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class LineTerms:
    """What lines must be and what they cost, as far as the arrays of the search leave it out."""

    rules: LineRules
    costs: LineCosts

    @property
    def changes_anything(self) -> bool:
        """Return whether the arrays say less than all."""
        return self.rules.has_any or self.costs.has_any


def value_line(problem: LineProblem, terms: LineTerms, line: Line) -> ValuedLine | None:
    """Return the line and what it earns after all costs; None if the rules do not allow it."""
    if not line or not terms.rules.allows(line):
        return None
    return ValuedLine(line_profit(problem, line) - terms.costs.of(problem, line), line)


def best_allowed_with(
    problem: LineProblem, terms: LineTerms, others: Line, *, first: int = 0, most: int = 1
) -> list[ValuedLine]:
    """Return the best allowed lines of `others` and one more candidate from `first` on."""
    bounds = profits_with(problem, others, first=first)
    bounds[~terms.rules.may_join(others)] = -np.inf
    found: list[ValuedLine] = []
    for candidate in np.argsort(-bounds, kind="stable").tolist():
        is_beaten = len(found) == most and bounds[candidate] <= found[-1].profit
        if np.isneginf(bounds[candidate]) or is_beaten:
            break
        line = tuple(sorted((*others, candidate)))
        if terms.rules.allows(line):
            profit = float(bounds[candidate]) - terms.costs.of(problem, line)
            found = best_lines(problem, [*found, ValuedLine(profit, line)], most=most)
    return found


def search_allowed(
    problem: LineProblem,
    terms: LineTerms,
    start: Line,
    *,
    go_on: Callable[[], bool] = lambda: True,
) -> ValuedLine:
    """Return an allowed line that no swap, addition or removal of one candidate improves.

    `start` is allowed. Product swapping as in `kernels.line_search.local_search`. `go_on` is asked
    before each place of the line; after a no, the line is returned as far as it was improved.
    """
    best = value_line(problem, terms, start)
    if best is None:
        raise ValueError(f"the search must start from an allowed line, got {start}")
    improved = True
    while improved:
        improved = False
        for place in range(min(len(best.line) + 1, problem.n_offers)):
            if not go_on():
                return best
            others = best.line[:place] + best.line[place + 1 :]
            emptied = value_line(problem, terms, others)
            better = [*best_allowed_with(problem, terms, others), *([emptied] if emptied else [])]
            reached = max(better, default=best)
            if reached.profit > best.profit + _LEAST_GAIN * abs(best.profit):
                best, improved = reached, True
    return best


def allowed_start(
    problem: LineProblem, terms: LineTerms, *, seed: int, restart: int
) -> Line | None:
    """Return an allowed line to start from, another for each `restart`; None if none was found.

    Start 0 prefers candidates that sell most by themselves, start 1 those that sell least; both
    have no more offers than the rules ask for. Further ones take candidates at random, as many as
    still go together: where a limit binds, several small offers are not reached from a single large
    one by exchanges of one offer.
    """
    if restart < 2:
        alone = sold_alone(problem)
        order = np.argsort(-alone if restart == 0 else alone, kind="stable")
    else:
        order = random_stream(seed, "allowed starts", restart).permutation(len(problem.group))
    start = complete_line(terms.rules, order).line
    return start if start is None or restart < 2 else _filled(problem, terms, start, order)


def _filled(
    problem: LineProblem, terms: LineTerms, line: Line, order: Int[np.ndarray, " C"]
) -> Line:
    """Return the line with candidates added that it may have, the first of `order` first."""
    for candidate in order[:_MOST_TRIED].tolist():
        if len(line) == problem.n_offers:
            break
        longer = tuple(sorted((*line, candidate)))
        if terms.rules.may_join(line)[candidate] and terms.rules.allows(longer):
            line = longer
    return line
