"""Line bound: a profit that no line can exceed, by branch and bound over boxes of candidates.

A node says how many offers of the line come from each of a few boxes of candidates. Its bound is
the majorant of `kernels.line_majorant`: a score for each candidate, the largest of which, so many
of each box, sum to what no line of the node contributes. Which majorant is good depends on where
the largest scores are, and the other way round: so the mean line at which it is chosen moves, some
rounds long, towards the line that is scored best (Frank and Wolfe, Naval Research Logistics
Quarterly 3, 1956). A mean of majorants is one too; a node keeps the best that it met, beginning
with its parent's.

A candidate leaves a node if no line of it with this candidate can exceed the best line known. Where
few lines are left whose scores can, these are valued one by one. Else a box of similar candidates
is split in two, which makes all ranges smaller and closes the gap.
"""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.box_choice import (
    Asked,
    Boxes,
    Choice,
    asked_of,
    best_of_groups,
    choose,
    excluded,
)
from counterflow.kernels.line_boxes import Tree, similar_boxes
from counterflow.kernels.line_majorant import (
    Majorant,
    Members,
    Packed,
    Tangent,
    contributions,
    members_of,
    pack,
)
from counterflow.kernels.line_search import (
    LineProblem,
    ValuedLine,
    is_allowed,
    line_profit,
    of_candidates,
)

PROOF_TOLERANCE = 1e-6
"""A line is proved best when no other can exceed it by more than this share of its profit."""

MOST_WORK = 5e9
"""How often candidates are looked at with a person's eyes: on two cores, some seconds."""

MOST_LISTED = 1000
"""Lines that a node may list: valuing so many takes about as long as a round of the bound."""

_MOST_SCORED = 50_000
"""Lines of a node whose scores are looked at to see which are to be listed."""

_MIXTURES = (1.0, 0.75, 0.5, 0.25, 0.1)
"""Weights of a round's majorant that are tried against the best one before."""

_CHILDREN_AT_ONCE = 16


class _Rounds(NamedTuple):
    least: int
    most: int


_OF_ROOT = _Rounds(8, 20)
_OF_CHILD = _Rounds(3, 4)
_STEPS = (24, 10)
"""Steps towards the best mu of each person: in a node's first round, and in the next ones."""
_ENOUGH = 0.1
"""Rounds end when one lowers the bound by less than this share of the gap that is left."""


OnProgress = Callable[[ValuedLine, float], None]
"""Told the best line known and what no line exceeds, whenever more is known."""


class LineBound(NamedTuple):
    """What branch and bound found: a bound, the best line known, and the number of nodes."""

    bound: float
    best: ValuedLine
    n_nodes: int


class _Node(NamedTuple):
    """Lines with so many offers from each of these boxes."""

    boxes: tuple[int, ...]
    counts: tuple[int, ...]
    bound: float
    """What none of its lines exceeds, as far as known."""
    majorant: Majorant
    mean: Float[np.ndarray, " C"]
    """The mean line where the last majorant was made; zeros at a root."""
    out: Bool[np.ndarray, " C"]
    """Candidates that no line has which is better than the best one known."""


class _Bounded(NamedTuple):
    """A node with its bound, which of its boxes to split (-1: none), and the best line met.

    The line numbers candidates as they stand in the boxes; its profit is minus infinity if none
    was met.
    """

    node: _Node
    split: int
    best: ValuedLine
    work: int


class _Within(NamedTuple):
    """What is the same for all nodes of a search."""

    packed: Packed
    asked: Asked
    tree: Tree
    most_listed: int
    of_root: _Rounds
    ends_at: float


_NO_LINE = ValuedLine(-np.inf, ())


def bound_lines(
    problem: LineProblem,
    best: ValuedLine,
    *,
    most_nodes: int,
    most_work: float = MOST_WORK,
    seconds: float = math.inf,
    most_listed: int = MOST_LISTED,
    map_blocks: MapBlocks = map,
    report: Callable[[float], None] | None = None,
    on_progress: OnProgress | None = None,
) -> LineBound:
    """Return a profit that no line exceeds, after looking at `most_nodes` nodes or a few more.

    `best` is a good line, found by search. If nodes show a better one, that is returned. The
    bound is at least the profit of the line returned, and equal to it within `PROOF_TOLERANCE` if
    no line is better. Work is counted in candidates looked at with a person's eyes; after
    `most_work`, and after `seconds`, no more nodes are looked at. Without `seconds` the result does
    not depend on time. `report` is told the share of all this that is done.

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
    packed = pack(problem, tree.order)
    children = _roots(problem, tree)
    of_root = _rounds_of_root(most_work / max(1, len(children) * problem.odds.size))
    asked = asked_of(packed.problem)
    within = _Within(packed, asked, tree, max(1, most_listed), of_root, ends_at)
    number = those[tree.order]
    open_nodes: list[tuple[float, int, _Bounded]] = []
    n_nodes, work = 0, 0
    while children:
        for bounded in map_blocks(partial(_bounded, within, best.profit), children):
            best = _better(whole, number, best, bounded.best)
            heapq.heappush(open_nodes, (-bounded.node.bound, n_nodes, bounded))
            n_nodes += 1
            work += bounded.work
        if report:
            report(min(1.0, max(n_nodes / most_nodes, work / most_work)))
        if on_progress:
            on_progress(best, max(-open_nodes[0][0], best.profit))
        children = []
        if time.monotonic() >= ends_at or work >= most_work:
            break
        while open_nodes and len(children) < _CHILDREN_AT_ONCE and n_nodes < most_nodes:
            if -open_nodes[0][0] <= _proved(best.profit):
                break
            children += _split(tree, heapq.heappop(open_nodes)[2])
    highest = -open_nodes[0][0] if open_nodes else best.profit
    return LineBound(max(highest, best.profit), best, n_nodes)


def _proved(profit: float) -> float:
    """Return the bound at which a line of this profit counts as proved."""
    return profit + PROOF_TOLERANCE * abs(profit)


def _roots(problem: LineProblem, tree: Tree) -> list[_Node]:
    """Return one node for each number of offers, as the majorant and fixed costs differ.

    They begin with what each candidate contributes alone: offers never help one another.
    """
    scores = np.zeros(len(problem.group))
    for first in range(0, len(problem.weights), 256):
        people = slice(first, first + 256)
        alone = np.maximum(problem.earnings[people], 0.0) / (1.0 + problem.odds[people])
        scores += (problem.weights[people, None] * alone).sum(axis=0)
    lone = Majorant(0.0, scores[tree.order])
    nowhere = np.zeros(len(scores))
    most = min(problem.n_offers, len(np.unique(problem.group)))
    return [
        _Node((0,), (k,), np.inf, lone, nowhere, nowhere.astype(bool)) for k in range(1, most + 1)
    ]


def _rounds_of_root(affordable: float) -> _Rounds:
    """Return how many rounds roots have: half of what is affordable, as there are other nodes."""
    most = int(min(max(affordable / 2.0, _OF_CHILD.least), _OF_ROOT.most))
    return _Rounds(min(_OF_ROOT.least, most), most)


def _split(tree: Tree, bounded: _Bounded) -> list[_Node]:
    """Return the nodes that part the lines of a node by how many come from each half of a box.

    There are none if the node is settled.
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


def _bounded(within: _Within, known: float, node: _Node) -> _Bounded:
    """Return the node's bound, where to look next, and the best line met; `known` is its match."""
    boxes = Boxes(
        within.tree.low[list(node.boxes)], within.tree.high[list(node.boxes)], node.counts
    )
    without = _without(within.asked, boxes, node.out)
    chosen = choose(node.majorant.scores, within.asked, boxes, without)
    if chosen is None:
        return _settled(node, _NO_LINE, 0)
    fixed = _least_fixed_cost(within.packed.problem, boxes)
    members = _members(within.asked.group, boxes, without)
    listed = _best_listed(within, members, node.majorant, known + fixed)
    if listed is not None:
        return _settled(node, listed, 0)
    choose_by = partial(choose, asked=within.asked, boxes=boxes, without=without)
    tangent = Tangent(within.packed, members)
    lowered = _lower(within, node, members, tangent, choose_by, chosen, known + fixed)
    majorant, chosen = lowered.majorant, lowered.chosen
    bound = min(node.bound, majorant.constant + chosen.score - fixed)
    out = without | _too_low(members, majorant, within.asked.group, known + fixed)
    members = _members(within.asked.group, boxes, out)
    listed = _best_listed(within, members, majorant, known + fixed)
    if listed is not None:
        return _settled(node, listed, tangent.work)
    best = max(_valued(within.packed, choice.line) for choice in (*lowered.met, chosen))
    node = node._replace(bound=bound, majorant=majorant, mean=lowered.mean, out=out)
    return _Bounded(node, _most_spread(members, tangent.spread), best, tangent.work)


def _settled(node: _Node, best: ValuedLine, work: int) -> _Bounded:
    """Return a node with nothing open: its lines are no better than `best`, or than the known."""
    return _Bounded(node._replace(bound=min(node.bound, best.profit)), -1, best, work)


def _without(asked: Asked, boxes: Boxes, out: Bool[np.ndarray, " C"]) -> Bool[np.ndarray, " C"]:
    without = excluded(asked, boxes)
    return out if without is None else out | without


def _members(
    group: Int[np.ndarray, " C"], boxes: Boxes, without: Bool[np.ndarray, " C"]
) -> Members:
    ends = zip(boxes.low.tolist(), boxes.high.tolist(), strict=True)
    runs = [low + np.flatnonzero(~without[low:high]) for low, high in ends]
    return members_of(group, runs, boxes.counts)


class _Lowered(NamedTuple):
    """The best majorant after some rounds, and the lines that were met on the way."""

    majorant: Majorant
    chosen: Choice
    mean: Float[np.ndarray, " C"]
    met: list[Choice]


def _lower(
    within: _Within,
    node: _Node,
    members: Members,
    tangent: Tangent,
    choose_by: Callable[[Float[np.ndarray, " C"]], Choice | None],
    chosen: Choice,
    enough: float,
) -> _Lowered:
    """Lower the node's majorant by rounds, until no line can contribute more than `enough`."""
    is_root = not node.mean.any()
    rounds = within.of_root if is_root else _OF_CHILD
    mean = _mean_within(node.mean, members, chosen)
    majorant, met = node.majorant, []
    before = math.inf
    for i in range(rounds.most):
        if time.monotonic() >= within.ends_at:
            break
        own = tangent.at(mean, steps=_STEPS[i > 0])
        majorant, chosen = _best_mixture(own, majorant, chosen, choose_by)
        scored_best = choose_by(own.scores)
        assert scored_best is not None
        met.append(scored_best)
        now = majorant.constant + chosen.score
        if now <= _proved(enough) or (
            i + 1 >= rounds.least and before - now < _ENOUGH * (now - enough)
        ):
            break
        before = now
        # At a root the mean line starts anywhere, in a child where its parent's ended.
        step = (2.0 if is_root else 1.0) / (i + 2.0)
        mean = (1.0 - step) * mean
        mean[list(scored_best.line)] += step
    return _Lowered(majorant, chosen, mean, met)


def _mean_within(
    mean: Float[np.ndarray, " C"], members: Members, chosen: Choice
) -> Float[np.ndarray, " C"]:
    """Return the mean line with so much of each box as lines have: of what is left, or chosen."""
    within = np.zeros(len(mean))
    place_of = np.array(chosen.boxes)
    for b, (run, count) in enumerate(zip(members.runs, members.counts, strict=True)):
        mass = mean[run].sum()
        if mass > 0.05 * count:
            within[run] = mean[run] * (count / mass)
        else:
            within[np.array(chosen.line)[place_of == b]] = 1.0
    return within


def _best_mixture(
    own: Majorant,
    before: Majorant,
    chosen: Choice,
    choose_by: Callable[[Float[np.ndarray, " C"]], Choice | None],
) -> tuple[Majorant, Choice]:
    """Return the mean of two majorants that gives the least bound, and what scores best by it."""
    best = (before, chosen)
    for share in _MIXTURES:
        mixed = own.mixed(before, share)
        choice = choose_by(mixed.scores)
        if choice and mixed.constant + choice.score < best[0].constant + best[1].score:
            best = (mixed, choice)
    return best


def _too_low(
    members: Members, majorant: Majorant, group: Int[np.ndarray, " C"], enough: float
) -> Bool[np.ndarray, " C"]:
    """Return the candidates of which no line contributes more than `enough`.

    A line with a candidate scores no more than the best one with it in the place of the worst of
    its box. Needed sets, which may leave less, are not looked at.
    """
    out = np.zeros(len(group), dtype=bool)
    scores = majorant.scores
    best = [
        scores[run][best_of_groups(scores[run], group[run], count)]
        for run, count in zip(members.runs, members.counts, strict=True)
    ]
    most = majorant.constant + sum(float(box.sum()) for box in best)
    for run, box in zip(members.runs, best, strict=True):
        out[run] = most - box.min() + scores[run] <= enough
    return out


def _best_listed(
    within: _Within, members: Members, majorant: Majorant, enough: float
) -> ValuedLine | None:
    """Return the best line whose scores are more than `enough`; None if there are too many.

    Its profit is minus infinity if there is none.
    """
    some = zip(members.runs, members.counts, strict=True)
    n_lines = math.prod(math.comb(len(run), count) for run, count in some)
    if n_lines > (_MOST_SCORED if within.most_listed > 1 else 1):
        return None
    some = zip(members.runs, members.counts, strict=True)
    parts = [np.array(list(itertools.combinations(run.tolist(), n))) for run, n in some]
    if n_lines == 0:
        return _NO_LINE
    which = np.unravel_index(np.arange(n_lines), [len(part) for part in parts])
    scores = np.full(n_lines, majorant.constant)
    for part, i in zip(parts, which, strict=True):
        scores += majorant.scores[part].sum(axis=1)[i]
    good = np.flatnonzero(scores > enough)
    if len(good) > within.most_listed:
        return None
    lines = np.concatenate([part[i[good]] for part, i in zip(parts, which, strict=True)], axis=1)
    # Where each box has one offer, NumPy would set them column by column.
    return next(_best_first(within.packed, np.ascontiguousarray(lines)), _NO_LINE)


def _best_first(packed: Packed, lines: Int[np.ndarray, "lines n"]) -> Iterator[ValuedLine]:
    """Yield the lines that meet all conditions, best first."""
    problem = packed.problem
    profits = contributions(packed, lines) - problem.fixed_per_offer * lines.shape[1]
    profits -= (problem.uses[lines].any(axis=1) * problem.fees).sum(axis=1)
    for i in np.argsort(-profits, kind="stable").tolist():
        line = tuple(lines[i].tolist())
        if is_allowed(problem, line):
            yield ValuedLine(float(profits[i]), line)


def _most_spread(members: Members, spread: Float[np.ndarray, " b"]) -> int:
    """Return the box to split, where people see the mean line's candidates most differently."""
    some = zip(members.runs, members.counts, strict=True)
    has_choice = np.array([len(run) > count for run, count in some])
    return int(np.where(has_choice, spread, -1.0).argmax())


def _least_fixed_cost(problem: LineProblem, boxes: Boxes) -> float:
    """Return what any line of a node costs: packages count where a whole box uses them."""
    ends = zip(boxes.low.tolist(), boxes.high.tolist(), strict=True)
    used = [problem.uses[first:end].all(axis=0) for first, end in ends]
    fees = problem.fees[np.any(used, axis=0)].sum()
    return problem.fixed_per_offer * sum(boxes.counts) + float(fees)


def _valued(packed: Packed, line: tuple[int, ...]) -> ValuedLine:
    """Return the line with its profit; minus infinity if it does not meet the conditions."""
    return next(_best_first(packed, np.array([line])), _NO_LINE)


def _better(
    problem: LineProblem, number: Int[np.ndarray, " c"], best: ValuedLine, found: ValuedLine
) -> ValuedLine:
    """Return the better line, numbered as in the problem, with its profit to the last digit."""
    if found.profit <= best.profit:
        return best
    line = tuple(sorted(number[list(found.line)].tolist()))
    return max(best, ValuedLine(line_profit(problem, line), line))
