"""Line bound: a profit that no line can exceed, by branch and bound over boxes of candidates.

A node says how many offers of the line come from each of a few boxes of candidates. Take a line S
of a node and one person, with odds e_s and earnings r_s of each offer s and D = 1 + sum of e_s. For
any z >= 0, with the surplus h_s = r_s - z e_s, the person's contribution is

    (sum of r_s) / D = z (1 - 1/D) + sum of h_s / D.

Neither term is more than a sum over the offers of S, one by one:

    1 - 1/D <= (1 - 1/D0)^2 + sum of min(e_s, 2 D0 - 1) / D0^2   for any D0 >= 1,

as 1 - 1/D is concave in D, lies below its tangent at D0, and is below 1; or 1 - 1/D <= 1 - 1/Dmax;

    h_s / D <= h_s / (1 + e_s + least odds of the other offers)  where h_s > 0,
    h_s / D <= h_s / Dmax                                        elsewhere,

with least odds and Dmax over the lines of the node. So each person has a majorant that is a
constant and a score for each candidate. Their weighted sum over people is largest for the
candidates with the largest scores, the same ones for everybody: that is the bound. Any z and D0
will do for each person; those are taken that are best on a few reference lines of the node. A mean
of majorants is one too, so a node mixes its own with its parent's. Splitting boxes of similar
candidates makes the least and the most odds of a box alike, and closes the gap.

The majorant was derived for this module; tests hold it to enumeration.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.box_choice import Asked, Boxes, Choice, asked_of, choose, excluded
from counterflow.kernels.compiled import line_bound as compiled
from counterflow.kernels.line_search import (
    Line,
    LineProblem,
    ValuedLine,
    fixed_cost,
    is_allowed,
    line_profit,
    of_candidates,
    renumbered,
)

PROOF_TOLERANCE = 1e-6
"""A line is proved best when no other can exceed it by more than this share of its profit."""

_ROUNDING = 1e-6
"""Share of a line's contribution by which sums in single precision may be too small."""

_PARTS = 4
"""Reference lines of a node: the best one, and the best of each part of its boxes."""

_MIXTURES = (1.0, 0.75, 0.5, 0.25, 0.1)
"""Weights of a node's own majorant that are tried against its parent's."""

_CHILDREN_AT_ONCE = 16
_PEOPLE_AT_ONCE = 256
_PEOPLE_OF_TREE = 256


OnProgress = Callable[[ValuedLine, float], None]
"""Told the best line known and what no line exceeds, whenever more is known."""


class LineBound(NamedTuple):
    """What branch and bound found: a bound, the best line known, and the number of nodes."""

    bound: float
    best: ValuedLine
    n_nodes: int


class Tree(NamedTuple):
    """Boxes of similar candidates, each split in two until one is left.

    Box t holds the candidates `order[low[t]:high[t]]` and splits into the boxes `left[t]` and
    `right[t]`, or is a single candidate, with both -1.
    """

    order: Int[np.ndarray, " C"]
    low: Int[np.ndarray, " boxes"]
    high: Int[np.ndarray, " boxes"]
    left: Int[np.ndarray, " boxes"]
    right: Int[np.ndarray, " boxes"]


class Packed(NamedTuple):
    """A problem with candidates in the order of a tree and people in groups of equal size."""

    problem: LineProblem
    """As it was, but for the order of candidates."""
    pairs: Float32[np.ndarray, "groups C 2 people"]
    """Odds and earnings; zeros where the last group is not full."""
    weights: Float[np.ndarray, "groups people"]
    asked: Asked
    """What the problem asks of the candidates of a line."""


class Majorant(NamedTuple):
    """A constant and a score for each candidate: no line contributes more than their sum."""

    constant: float
    scores: Float[np.ndarray, " C"]


class Node(NamedTuple):
    """Lines with so many offers from each of these boxes."""

    boxes: tuple[int, ...]
    counts: tuple[int, ...]
    bound: float
    """What none of its lines exceeds, as far as known."""
    majorant: Majorant


class Bounded(NamedTuple):
    """A node with its bound, which of its boxes to split (-1: none), and the line scored best.

    The line numbers candidates as they stand in the boxes; its profit is minus infinity if it does
    not meet the conditions on lines.
    """

    node: Node
    split: int
    best: ValuedLine


def bound_lines(
    problem: LineProblem,
    best: ValuedLine,
    *,
    most_nodes: int,
    seconds: float = math.inf,
    map_blocks: MapBlocks = map,
    report: Callable[[float], None] | None = None,
    on_progress: OnProgress | None = None,
) -> LineBound:
    """Return a profit that no line exceeds, after looking at `most_nodes` nodes or a few more.

    `best` is a good line, found by search. If nodes show a better one, that is returned. The
    bound is at least the profit of the line returned, and equal to it within `PROOF_TOLERANCE` if
    no line is better. `report` is told the share of the nodes looked at. After `seconds` no more
    nodes are looked at; without them the result does not depend on time.

    Lines that do not meet the conditions of the problem are never returned. They do not count in
    the bound either, but for those that only smaller boxes could tell from lines that do.

    Notes
    -----
    Best-first branch and bound (Land and Doig, Econometrica 28(3), 1960). A fixed number of nodes
    is looked at together, whatever the number of threads, so the result does not depend on it.
    """
    whole, those = problem, np.arange(len(problem.group))
    if problem.forbidden.any():
        those = np.flatnonzero(~problem.forbidden)
        problem = of_candidates(problem, those)
    ends_at = time.monotonic() + seconds
    tree = similar_boxes(problem)
    packed = pack(problem, tree)
    number = those[tree.order]
    open_nodes: list[tuple[float, int, Bounded]] = []
    n_nodes = 0
    children = _roots(problem, tree)
    while children:
        for bounded in map_blocks(partial(_bounded, packed, tree), children):
            best = _better(whole, number, best, bounded.best)
            heapq.heappush(open_nodes, (-bounded.node.bound, n_nodes, bounded))
            n_nodes += 1
        if report:
            report(min(1.0, n_nodes / most_nodes))
        if on_progress:
            on_progress(best, max(-open_nodes[0][0], best.profit))
        children = []
        if time.monotonic() >= ends_at:
            break
        while open_nodes and len(children) < _CHILDREN_AT_ONCE and n_nodes < most_nodes:
            if -open_nodes[0][0] <= best.profit + PROOF_TOLERANCE * abs(best.profit):
                break
            children += _split(tree, heapq.heappop(open_nodes)[2])
    highest = -open_nodes[0][0] if open_nodes else best.profit
    return LineBound(max(highest, best.profit), best, n_nodes)


def similar_boxes(problem: LineProblem) -> Tree:
    """Return the tree of boxes: near the root different candidates part, near the leaves twins.

    Candidates are described by what each earns alone from a sample of people. A box is cut in two
    along its first principal component, where the squared distances to the two means are least.
    """
    people = np.unique(np.linspace(0, len(problem.weights) - 1, _PEOPLE_OF_TREE).astype(int))
    alone = problem.earnings[people] / (1.0 + problem.odds[people].astype(float))
    features = (np.sqrt(problem.weights[people])[:, None] * alone).T
    order = np.arange(len(features))
    boxes: list[list[int]] = [[0, len(order), -1, -1]]
    for box in boxes:
        low, high = box[:2]
        if high - low > 1:
            members = order[low:high]
            ranked, n_left = _cut_in_two(features[members])
            order[low:high] = members[ranked]
            box[2:] = [len(boxes), len(boxes) + 1]
            boxes += [[low, low + n_left, -1, -1], [low + n_left, high, -1, -1]]
    return Tree(order, *(np.array(column) for column in zip(*boxes, strict=True)))


def pack(problem: LineProblem, tree: Tree) -> Packed:
    """Return the problem as the compiled loops read it fastest."""
    n, n_candidates = problem.odds.shape
    n_groups = -(-n // _PEOPLE_AT_ONCE)
    pairs = np.zeros((n_groups, n_candidates, 2, _PEOPLE_AT_ONCE), np.float32)
    weights = np.zeros((n_groups, _PEOPLE_AT_ONCE))
    for g in range(n_groups):
        people = slice(g * _PEOPLE_AT_ONCE, min((g + 1) * _PEOPLE_AT_ONCE, n))
        size = people.stop - people.start
        pairs[g, :, 0, :size] = problem.odds[people].T[tree.order]
        pairs[g, :, 1, :size] = problem.earnings[people].T[tree.order]
        weights[g, :size] = problem.weights[people]
    ordered = renumbered(problem, tree.order)
    return Packed(ordered, pairs, weights, asked_of(ordered))


def _cut_in_two(features: Float[np.ndarray, "n f"]) -> tuple[Int[np.ndarray, " n"], int]:
    """Return the rows ranked along their first principal component, and where to cut them.

    Sums are written out, as matrix products may add in another order on another machine.
    """
    centred = features - features.mean(axis=0)
    axis = centred[(centred**2).sum(axis=1).argmax()]
    for _ in range(4):
        turned = (centred * (centred * axis).sum(axis=1)[:, None]).sum(axis=0)
        length = np.sqrt((turned**2).sum())
        axis = turned / length if length > 0.0 else axis
    ranked = np.argsort((centred * axis).sum(axis=1), kind="stable")
    sums = np.cumsum(centred[ranked], axis=0)
    n_left = np.arange(1, len(ranked))
    between = (sums[:-1] ** 2).sum(axis=1) * (1.0 / n_left + 1.0 / (len(ranked) - n_left))
    # Twins are cut in the middle: one at a time would make a tree as deep as it is wide.
    return ranked, int(between.argmax()) + 1 if between.max() > 0.0 else len(ranked) // 2


def _roots(problem: LineProblem, tree: Tree) -> list[Node]:
    """Return one node for each number of offers, as the fixed costs differ.

    They begin with what each candidate contributes alone: offers never help one another.
    """
    scores = np.zeros(len(problem.group))
    for first in range(0, len(problem.weights), _PEOPLE_AT_ONCE):
        people = slice(first, first + _PEOPLE_AT_ONCE)
        alone = np.maximum(problem.earnings[people], 0.0) / (1.0 + problem.odds[people])
        scores += (problem.weights[people, None] * alone).sum(axis=0)
    scores = scores[tree.order]
    most = min(problem.n_offers, len(np.unique(problem.group)))
    return [Node((0,), (k,), np.inf, Majorant(0.0, scores)) for k in range(1, most + 1)]


def _split(tree: Tree, bounded: Bounded) -> list[Node]:
    """Return the nodes that part the lines of a node by how many come from each half of a box.

    There are none if the node is a single line.
    """
    if bounded.split < 0:
        return []
    node, b = bounded.node, bounded.split
    box, count = node.boxes[b], node.counts[b]
    halves = (int(tree.left[box]), int(tree.right[box]))
    children = []
    for n_left in range(count + 1):
        filled = [(h, k) for h, k in zip(halves, (n_left, count - n_left), strict=True) if k]
        if all(k <= tree.high[half] - tree.low[half] for half, k in filled):
            children.append(
                node._replace(
                    boxes=(*node.boxes[:b], *node.boxes[b + 1 :], *(half for half, _ in filled)),
                    counts=(*node.counts[:b], *node.counts[b + 1 :], *(k for _, k in filled)),
                )
            )
    return children


def _bounded(packed: Packed, tree: Tree, node: Node) -> Bounded:
    """Return the node's bound, and where to look next."""
    low, high = tree.low[list(node.boxes)], tree.high[list(node.boxes)]
    boxes = Boxes(low, high, node.counts)
    without = excluded(packed.asked, boxes)
    chosen = choose(node.majorant.scores, packed.asked, boxes, without)
    has_choice = np.any(high - low > node.counts)
    if chosen is None or (not has_choice and not is_allowed(packed.problem, chosen.line)):
        return Bounded(node._replace(bound=-np.inf), -1, ValuedLine(-np.inf, ()))
    own, spread = _majorise(packed, boxes, without, node, chosen)
    majorant, chosen = _best_mixture(
        node, own, chosen, partial(choose, asked=packed.asked, boxes=boxes, without=without)
    )
    contribution = majorant.constant + chosen.score
    fixed = _least_fixed_cost(packed.problem, low, high, node.counts)
    bound = contribution + _ROUNDING * abs(contribution) - fixed
    split = int(np.argmax(np.where(high - low > node.counts, spread, -1.0)))
    return Bounded(
        node._replace(bound=min(float(bound), node.bound), majorant=majorant),
        split if has_choice else -1,
        _valued(packed, chosen.line),
    )


def _majorise(
    packed: Packed,
    boxes: Boxes,
    without: Bool[np.ndarray, " C"] | None,
    node: Node,
    chosen: Choice,
) -> tuple[Majorant, Float[np.ndarray, " b"]]:
    """Return the node's own majorant, and how much its odds vary within each of its boxes."""
    low, high, counts = boxes
    references = {chosen.line: chosen}
    for part in range(_PARTS):
        # A box too small to be parted is left whole.
        width = np.where(high - low >= _PARTS * np.array(counts), (high - low) / _PARTS, 0.0)
        first = (low + part * width).astype(int)
        end = np.where(width > 0.0, low + (part + 1) * width, high).astype(int)
        best = choose(node.majorant.scores, packed.asked, Boxes(first, end, counts), without)
        if best is not None:
            references.setdefault(best.line, best)
    scores, spread = np.empty(len(packed.asked.group)), np.empty(len(low))
    constant = compiled.majorise(
        packed.pairs,
        packed.weights,
        low,
        high,
        np.array(counts),
        np.array([choice.line for choice in references.values()]),
        np.array([choice.boxes for choice in references.values()]),
        scores,
        spread,
    )
    return Majorant(constant, scores), spread


def _best_mixture(
    node: Node,
    own: Majorant,
    chosen: Choice,
    choose_by: Callable[[Float[np.ndarray, " C"]], Choice | None],
) -> tuple[Majorant, Choice]:
    """Return the mean of the node's and its parent's majorant that gives the least bound."""
    best = (node.majorant, chosen)
    for weight in _MIXTURES:
        mixed = Majorant(
            weight * own.constant + (1.0 - weight) * node.majorant.constant,
            weight * own.scores + (1.0 - weight) * node.majorant.scores,
        )
        choice = choose_by(mixed.scores)
        if choice and mixed.constant + choice.score < best[0].constant + best[1].score:
            best = (mixed, choice)
    return best


def _least_fixed_cost(
    problem: LineProblem,
    low: Int[np.ndarray, " b"],
    high: Int[np.ndarray, " b"],
    counts: tuple[int, ...],
) -> float:
    """Return what any line of a node costs: packages count where a whole box uses them."""
    used = [problem.uses[first:end].all(axis=0) for first, end in zip(low, high, strict=True)]
    fees = problem.fees[np.any(used, axis=0)].sum()
    return problem.fixed_per_offer * sum(counts) + float(fees)


def _valued(packed: Packed, line: Line) -> ValuedLine:
    """Return the line with its profit; minus infinity if it does not meet the conditions."""
    if not is_allowed(packed.problem, line):
        return ValuedLine(-np.inf, line)
    earned = compiled.contribution(packed.pairs, packed.weights, np.array(line))
    return ValuedLine(float(earned) - fixed_cost(packed.problem, line), line)


def _better(
    problem: LineProblem, number: Int[np.ndarray, " c"], best: ValuedLine, found: ValuedLine
) -> ValuedLine:
    """Return the better line, numbered as in the problem, with its profit to the last digit."""
    if found.profit <= best.profit:
        return best
    line = tuple(sorted(number[list(found.line)].tolist()))
    return max(best, ValuedLine(line_profit(problem, line), line))
