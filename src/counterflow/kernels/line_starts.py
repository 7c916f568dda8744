"""Starts of a line search: the greedy line, the best earners first, and random ones."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from jaxtyping import Int

from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.compiled import line_search as compiled
from counterflow.kernels.line_search import Line, LineProblem, ValuedLine, local_search, may_join

_LENGTHS = (0.5, 1.0, 2.0)
"""Lengths of lines to start from, as multiples of that of the best line of best earners."""

_STARTS_AT_ONCE = 4


def search_from_starts(
    problem: LineProblem,
    *,
    n_random: int,
    seed: int,
    seconds: float = math.inf,
    map_blocks: MapBlocks = map,
    on_line: Callable[[ValuedLine], None] | None = None,
) -> ValuedLine:
    """Return the best line that local searches from all starts end at.

    `on_line` is told the best line known after each start. After `seconds` no further starts
    begin; without them the result depends neither on time nor on threads.
    """
    ends_at = time.monotonic() + seconds
    best = ValuedLine(-np.inf, ())
    starts = list(line_starts(problem, n_random=n_random, seed=seed))
    for first in range(0, len(starts), _STARTS_AT_ONCE):
        batch = starts[first : first + _STARTS_AT_ONCE]
        for found in map_blocks(partial(local_search, problem), batch):
            best = max(best, found, key=lambda valued: valued.profit)
            if on_line:
                on_line(best)
        if time.monotonic() >= ends_at:
            break
    return best


def line_starts(problem: LineProblem, *, n_random: int, seed: int) -> Iterator[Line]:
    """Yield the empty line, three lines of best earners and `n_random` random ones.

    Notes
    -----
    With one kind of people the best assortment is one of best earners (Talluri and van Ryzin,
    Management Science 50(1), 2004, proposition 6); with several it is a good start. Random lines
    are about as long as the best of these.
    """
    yield ()
    order = best_earners(problem)
    if len(order) == 0:
        return
    contributions = np.empty(len(order))
    compiled.prefix_contributions(
        problem.odds, problem.earnings, problem.weights, order, contributions
    )
    costs = problem.fixed_per_offer * np.arange(1, len(order) + 1)
    longest = int((contributions - costs).argmax()) + 1
    for length in _LENGTHS:
        yield tuple(order[: max(1, round(length * longest))].tolist())
    stream = np.random.Generator(np.random.Philox(seed))
    may_stand = np.flatnonzero(may_join(problem, ()))
    for _ in range(n_random):
        n_offers = stream.integers(1, max(2, 2 * longest))
        yield tuple(stream.permutation(may_stand)[:n_offers].tolist())


def best_earners(problem: LineProblem) -> Int[np.ndarray, " n"]:
    """Return candidates by the mean margin of those who like them, one a group, `n_offers` at most.

    Examples
    --------
    Two prices of one product, and another product that earns less:

    >>> odds = np.ones((1, 3), np.float32)
    >>> shop = LineProblem(odds, odds * np.array([[2, 3, 1]], np.float32), np.ones(1),
    ...     np.array([0, 0, 1]), 0.0, np.zeros(0), np.zeros((3, 0), bool), n_offers=3)
    >>> best_earners(shop).tolist()
    [1, 2]
    """
    liked = problem.weights @ problem.odds
    margins = np.divide(
        problem.weights @ problem.earnings, liked, out=np.zeros_like(liked), where=liked > 0.0
    )
    order = np.argsort(-margins, kind="stable")
    order = order[may_join(problem, ())[order]]
    first = np.unique(problem.group[order], return_index=True)[1]
    return order[np.sort(first)][: problem.n_offers]
