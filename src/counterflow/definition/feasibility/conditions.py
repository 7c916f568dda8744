"""Conditions: as much of the rules on lines as the arrays of a search can hold."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from counterflow.definition.feasibility.line_rules import LineRules
from counterflow.definition.feasibility.rule_on_line import Mask
from counterflow.kernels.line_search import LineProblem

_MOST_IN_PAIRS = 10_000
"""Among more candidates pairs are not listed: each pair takes a byte."""


def with_conditions(problem: LineProblem, rules: LineRules) -> LineProblem:
    """Return the problem, which has no conditions yet, with those that the rules imply.

    These are the candidates that no line may have, the sets that the rules need before there is any
    offer, and the pairs of which one forbids the other. Every line that keeps to the rules meets
    them; where a rule says more, so do others.
    """
    forbidden = ~rules.may_join(())
    apart = _apart(rules, forbidden)
    needs = _needs(rules)
    return problem._replace(
        forbidden=forbidden if forbidden.any() else problem.forbidden,
        needs=needs if needs.size else problem.needs,
        apart=apart if apart.any() else problem.apart,
    )


def _needs(rules: LineRules) -> Bool[np.ndarray, "needs C"]:
    broken = [rule for rule in rules.rules if rule.problem(()) is not None]
    cures = [cures for rule in broken if (cures := rule.cures(())) is not None]
    # What any candidate cures asks for nothing: no line is empty.
    needs = [mask for mask in cures if not mask.all()]
    return np.array(needs, dtype=bool).reshape(len(needs), len(rules.group))


def _apart(rules: LineRules, forbidden: Mask) -> Bool[np.ndarray, "C C"]:
    """Return the pairs that no line may have, both ways; none among too many candidates."""
    n = len(forbidden)
    if n > _MOST_IN_PAIRS:
        return np.zeros((0, 0), dtype=bool)
    apart = np.zeros((n, n), dtype=bool)
    for candidate in np.flatnonzero(~forbidden).tolist():
        for rule in rules.rules:
            apart[candidate] |= rule.forbids((candidate,))
    apart[:, forbidden] = False
    np.fill_diagonal(apart, val=False)
    return apart | apart.T
