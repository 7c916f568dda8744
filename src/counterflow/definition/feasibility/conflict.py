"""Conflicts: which rules leave no line at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from counterflow.definition.candidates import Candidate
from counterflow.definition.feasibility.completion import complete_line, representatives
from counterflow.definition.feasibility.line_rules import LineRules, line_rules
from counterflow.definition.feasibility.volume_rules import sold_alone
from counterflow.domain.errors import NoLineError
from counterflow.domain.programme import Programme
from counterflow.kernels.line_search import LineProblem, ValuedLine


def check_some_line(programme: Programme, candidates: Sequence[Candidate]) -> None:
    """Check that some line of these candidates keeps to the rules of `[search]`, volumes apart.

    `candidates` are all of them, those that `search.never_offer` rules out included.

    Raises
    ------
    NoLineError
        If there is none, with a smallest set of rules that cannot all hold: take any one of them
        away, and there is a line.
    """
    rules = line_rules(programme, candidates)
    if _is_impossible(rules):
        raise NoLineError(_conflict(rules, _is_impossible))


def check_some_line_found(
    problem: LineProblem, rules: LineRules, found: Sequence[ValuedLine]
) -> None:
    """Check that the search found an allowed line, where rules on volumes count as well.

    Raises
    ------
    NoLineError
        If it found none, with rules of which each one seems to be needed for that.
    """
    if not found:
        raise no_line_found(rules, sold_alone(problem))


def no_line_found(rules: LineRules, alone: Float[np.ndarray, " C"]) -> NoLineError:
    """Return the error that names rules of which each one seems to be needed for there is no line.

    `alone` is what each candidate would sell as the only offer.
    """
    sells_most = np.argsort(-alone, kind="stable")
    orders = (sells_most, sells_most[::-1])
    return NoLineError(
        _conflict(rules, lambda some: all(not complete_line(some, o).line for o in orders))
    )


def _conflict(rules: LineRules, is_impossible: Callable[[LineRules], bool]) -> tuple[str, ...]:
    """Return rules that cannot all hold, though they can without any one of them.

    The deletion filter: drop what is not needed for the conflict, one after the other (Chinneck
    and Dravnieks, ORSA Journal on Computing 3(2), 1991).
    """
    needed = list(rules.rules)
    for rule in rules.rules:
        others = [other for other in needed if other is not rule]
        if others and is_impossible(replace(rules, rules=tuple(others))):
            needed = others
    return tuple(dict.fromkeys(rule.name for rule in needed))


def _is_impossible(rules: LineRules) -> bool:
    # No line needs more offers than one for each rule that asks for some, and a first one.
    order = representatives(rules, each=len(rules.rules) + 1)
    found = complete_line(rules, order)
    return found.line is None and found.is_certain
