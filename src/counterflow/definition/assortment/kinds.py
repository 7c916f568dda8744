"""Kinds: candidates that everybody likes equally, of which a line has the best earners."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from counterflow.definition.assortment.partial_line import Pairs
from counterflow.kernels.line_search import (
    Line,
    LineProblem,
    ValuedLine,
    is_allowed,
    line_profit,
)

_NUMBERS_AT_ONCE = 10_000


def kinds_of(problem: LineProblem, preferred: Pairs) -> list[Line]:
    """Return the chains of preferred pairs, best earner first; the others each on their own.

    Examples
    --------
    >>> odds = np.ones((1, 3), np.float32)
    >>> alike = LineProblem(odds, odds, np.ones(1), np.arange(3), 0.0, np.zeros(0),
    ...     np.zeros((3, 0), bool), n_offers=3)
    >>> kinds_of(alike, np.array([[1, 0]]))
    [(1, 0), (2,)]
    """
    following = dict(preferred.tolist())
    firsts = sorted(set(range(len(problem.group))) - set(following.values()))
    kinds = []
    for first in firsts:
        chain = [first]
        while chain[-1] in following:
            chain.append(following[chain[-1]])
        kinds.append(tuple(chain))
    return kinds


def count_numbers(kinds: Sequence[Line]) -> int:
    """Return how many lines there are that have the best earners of each kind, none included."""
    return math.prod(len(kind) + 1 for kind in kinds)


def best_of_kinds(problem: LineProblem, kinds: Sequence[Line]) -> ValuedLine | None:
    """Return the best line of all; None if the best numbers of each kind make no allowed line.

    Every number of offers of every kind is tried. Candidates of a group, and those that
    conditions name, are kinds of their own; then the best numbers may not be allowed.
    """
    shape = tuple(len(kind) + 1 for kind in kinds)
    best: Line = ()
    best_profit = -np.inf
    tables = [_sums(problem, kind) for kind in kinds]
    for first in range(0, math.prod(shape), _NUMBERS_AT_ONCE):
        flat = np.arange(first, min(first + _NUMBERS_AT_ONCE, math.prod(shape)))
        numbers = np.array(np.unravel_index(flat, shape))
        profits = _profits(problem, kinds, tables, numbers)
        at = int(profits.argmax())
        if profits[at] > best_profit:
            best_profit = float(profits[at])
            best = tuple(c for kind, n in zip(kinds, numbers[:, at], strict=True) for c in kind[:n])
    line: Line = tuple(sorted(best))
    return ValuedLine(line_profit(problem, line), line) if is_allowed(problem, line) else None


def _sums(problem: LineProblem, kind: Line) -> Float[np.ndarray, "2 n m"]:
    """Return each person's odds and earnings of the first 0, 1, ... candidates together."""
    each = np.array([problem.odds[:, kind], problem.earnings[:, kind]], dtype=float)
    return np.pad(each.cumsum(axis=2), ((0, 0), (0, 0), (1, 0))).transpose(0, 2, 1)


def _profits(
    problem: LineProblem,
    kinds: Sequence[Line],
    tables: Sequence[Float[np.ndarray, "2 n m"]],
    numbers: Int[np.ndarray, "kinds lines"],
) -> Float[np.ndarray, " lines"]:
    odds, earnings = np.zeros((2, numbers.shape[1], len(problem.weights)))
    paid = np.zeros((numbers.shape[1], len(problem.fees)), dtype=bool)
    for kind, table, n in zip(kinds, tables, numbers, strict=True):
        odds += table[0, n]
        earnings += table[1, n]
        paid |= (n > 0)[:, None] & problem.uses[kind[0]]
    n_offers = numbers.sum(axis=0)
    profits = earnings / (1.0 + odds) @ problem.weights
    profits -= problem.fixed_per_offer * n_offers + paid @ problem.fees
    profits[(n_offers == 0) | (n_offers > problem.n_offers)] = -np.inf
    return profits
