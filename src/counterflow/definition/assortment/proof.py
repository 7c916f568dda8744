"""Proof: what no line can exceed, by branch and bound over candidates with linear relaxations.

A node is a partial line. Its bound is the linear relaxation's; its point, rounded and improved by
swaps, gives lines. It is split by a candidate, in or out, that is far from both in the point and
would sell much.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.definition.assortment.partial_line import (
    Pairs,
    PartialLine,
    leaving,
    preferred_pairs,
    taking,
    whole_space,
)
from counterflow.definition.assortment.relaxation import relaxation
from counterflow.domain.linear_relaxation import Relax
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.line_bound import PROOF_TOLERANCE, LineBound
from counterflow.kernels.line_search import LineProblem, ValuedLine, line_profit, local_search

OnProgress = Callable[[ValuedLine, float], None]
"""Told the best line known and what no line exceeds, whenever more is known."""

MOST_CELLS = 20_000
"""People times candidates for which a relaxation takes seconds at most."""

_PARENTS_AT_ONCE = 4
"""Nodes that are split together: fixed, so that the result does not depend on the threads."""


class _Node(NamedTuple):
    lines: PartialLine
    likely: Float[np.ndarray, " C"]
    """How much of each candidate the point of the relaxation has; of the parent's if unknown."""
    bound: float
    best: ValuedLine
    """The best line found from the point."""


def prove_line(
    problem: LineProblem,
    best: ValuedLine,
    *,
    relax: Relax,
    gap: float = PROOF_TOLERANCE,
    most_nodes: int = 100_000,
    seconds: float = math.inf,
    map_blocks: MapBlocks = map,
    on_progress: OnProgress | None = None,
) -> LineBound:
    """Return a profit that no line exceeds, and the best line known then.

    It ends when the bound is within `gap` of the best line, as a share of its profit, after
    `most_nodes` nodes or a few more, or after `seconds`. Without a limit of time the result
    depends neither on time nor on threads. Meant for up to `MOST_CELLS` people times candidates.

    Notes
    -----
    Best-first branch and bound (Land and Doig, Econometrica 28(3), 1960).
    """
    ends_at = time.monotonic() + seconds
    preferred = preferred_pairs(problem)
    bound_all = partial(_bounded, problem, preferred, relax, ends_at)
    open_nodes: list[tuple[float, int, _Node]] = []
    n_nodes = 0
    children = _root(problem, preferred, best)
    while children:
        for node in map_blocks(bound_all, children):
            n_nodes += 1
            best = max(best, node.best, key=lambda valued: valued.profit)
            heapq.heappush(open_nodes, (-node.bound, n_nodes, node))
        bound = max(best.profit, -open_nodes[0][0])
        if on_progress:
            on_progress(best, bound)
        children = []
        if n_nodes < most_nodes and time.monotonic() < ends_at:
            good_enough = best.profit + gap * abs(best.profit)
            children = list(_next(problem, preferred, open_nodes, good_enough))
    bound = max(best.profit, -open_nodes[0][0]) if open_nodes else best.profit
    return LineBound(bound, best, n_nodes)


def _root(problem: LineProblem, preferred: Pairs, best: ValuedLine) -> list[_Node]:
    likely = np.zeros(len(problem.group))
    likely[list(best.line)] = 1.0
    lines = whole_space(problem, preferred)
    return [] if lines is None else [_Node(lines, likely, math.inf, best)]


def _next(
    problem: LineProblem,
    preferred: Pairs,
    open_nodes: list[tuple[float, int, _Node]],
    good_enough: float,
) -> Iterator[_Node]:
    """Yield the children of the nodes with the largest bounds, which leave the open ones."""
    if not open_nodes or -open_nodes[0][0] <= good_enough:
        return
    for _ in range(_PARENTS_AT_ONCE):
        if not open_nodes or -open_nodes[0][0] <= good_enough:
            return
        node = heapq.heappop(open_nodes)[2]
        candidate = _most_doubtful(problem, node)
        for part in (taking, leaving):
            lines = part(problem, preferred, node.lines, candidate)
            if lines is not None:
                yield node._replace(lines=lines)


def _most_doubtful(problem: LineProblem, node: _Node) -> int:
    """Return the open candidate that is far from in and out, and that would sell much."""
    # The root counts: what is half in doubt and sells much divides better than what is wholly in
    # doubt and sells little.
    doubt = np.sqrt(np.minimum(node.likely, 1.0 - node.likely))
    total = 1.0 + problem.odds @ node.likely
    mean = np.abs(problem.earnings @ node.likely) / total
    sold = (problem.weights * mean) @ (problem.odds / (total[:, None] + problem.odds))
    # A point with no doubt left may still be bounded loosely: then what sells most goes first.
    return int(np.where(node.lines.is_open, (doubt + 1e-6) * sold, -1.0).argmax())


def _bounded(
    problem: LineProblem, preferred: Pairs, relax: Relax, ends_at: float, node: _Node
) -> _Node:
    """Return the node with its own bound and point, and the best line found from there."""
    lines = node.lines
    if not lines.is_open.any():
        profit = line_profit(problem, lines.taken)
        return node._replace(bound=profit, best=ValuedLine(profit, lines.taken))
    made = relaxation(problem, lines, preferred, node.likely)
    relaxed = relax(made.programme, max(0.0, ends_at - time.monotonic()))
    bound = min(node.bound, relaxed.bound * made.scale + made.constant)
    if len(relaxed.x) == 0:
        return node._replace(bound=bound)
    likely = np.zeros(len(problem.group))
    likely[list(lines.taken)] = 1.0
    likely[made.open_candidates] = np.clip(relaxed.x[: len(made.open_candidates)], 0.0, 1.0)
    start = [c for c in np.argsort(-likely, kind="stable").tolist() if likely[c] > 0.5]
    found = local_search(problem, start)
    return node._replace(
        bound=bound, likely=likely, best=max(node.best, found, key=lambda valued: valued.profit)
    )
