"""Completion: an allowed line that contains some offers, or the proof that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from counterflow.definition.feasibility.line_rules import LineRules
from counterflow.definition.feasibility.rule_on_line import Mask
from counterflow.kernels.line_search import Line

_MOST_STEPS = 10_000


class Completion(NamedTuple):
    """An allowed line, or None; without one, whether it is certain that there is none."""

    line: Line | None
    is_certain: bool


def complete_line(
    rules: LineRules, order: Int[np.ndarray, " some"], start: Line = ()
) -> Completion:
    """Return an allowed line of `start` and candidates of `order`, those that come first if it can.

    Depth first: while a rule is broken, one of the candidates that cure it is added. The search
    ends without an answer after 10,000 lines.
    """
    open_ends: list[Line] = [start]
    for _ in range(_MOST_STEPS):
        if not open_ends:
            return Completion(None, is_certain=True)
        line = open_ends.pop()
        if line and rules.allows(line):
            return Completion(tuple(sorted(line)), is_certain=True)
        if not rules.is_hopeless(line):
            added = order[_useful(rules, line)[order]]
            open_ends += [(*line, c) for c in reversed(added.tolist())]
    return Completion(None, is_certain=False)


def representatives(rules: LineRules, *, each: int) -> Int[np.ndarray, " some"]:
    """Return candidates that stand for all in the eyes of the rules: `each` groups of every kind.

    Notes
    -----
    Where a line of at most `each` offers is allowed, one of these candidates is as well: a member
    that is not among them has `each` of its kind that are, in groups of their own, of which the
    other members of the line can hold `each` - 1.
    """
    features = np.column_stack([rule.features() for rule in rules.rules])
    _, kinds = np.unique(features, axis=0, return_inverse=True)
    chosen: list[int] = []
    held: dict[int, set[int]] = {}
    for candidate, kind in enumerate(kinds.ravel().tolist()):
        groups, group = held.setdefault(kind, set()), int(rules.group[candidate])
        if len(groups) < each and group not in groups:
            groups.add(group)
            chosen.append(candidate)
    return np.array(chosen, dtype=np.int64)


def _useful(rules: LineRules, line: Sequence[int]) -> Mask:
    """Return the candidates that cure the first rule that is broken, any if none is."""
    useful = rules.may_join(tuple(line))
    for rule in rules.rules:
        cures = rule.cures(tuple(line)) if rule.problem(tuple(line)) is not None else None
        if cures is not None:
            return np.asarray(useful & cures)
    return useful
