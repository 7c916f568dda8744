"""Attribute bound: a profit that no line exceeds, of offers too many to be listed.

An offer is a level of each attribute, its price among them. Its log odds u against the rest of the
market and its margin m are sums over levels, person by person. Take a line S of at most P offers,
a person with odds e_s = exp(u_s), and any number z >= 0. The person's contribution is

    sum of m_s e_s / (1 + sum of e_s) <= z + sum over s of q(s),
    q(s) = max(0, (m_s - z + z / P) share_s - z / P),   share_s = e_s / (1 + e_s),

as the left side less z is the sum of (m_s - z) e_s - z / |S|, all over 1 + sum of e_s; z / |S| is
at least z / P, and a positive term only grows when its divisor shrinks to 1 + e_s. So with prices
z_n of any kind

    profit <= sum of w_n z_n + P times the largest score of one offer,

where an offer scores the sum of w_n q_n less its fixed cost (if all scores are below zero, once
the largest). That is the Lagrangian bound of the p-median problem (Cornuejols, Fisher and
Nemhauser, Management Science 23(8), 1977), carried over to logit demand for this module. At
z_n = the most that P offers made for person n alone could earn, scores are zero.

The largest score is bounded over boxes of levels. Log(margin times share) is concave in u and m and
so below any of its tangents, which are sums over levels; exp(y) less a floor, cut at zero, is
convex in such a sum y and so below its chord. The weighted sum of the chords is a score for each
level, the same for everybody: each attribute is maximised by itself. Splitting boxes closes the
gap, and any moment's largest open box is a bound. Tests hold all this to enumeration.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.compiled import attribute_bound as compiled
from counterflow.kernels.shares import LOG_ODDS_CEILING, CandidateOdds

Box = Bool[np.ndarray, " levels"]
"""Allowed levels of all attributes, one after the other."""

Narrow = Callable[[Box], Box | None]
"""Takes away levels that nothing buildable in the box has; None if nothing in it is buildable."""

_CHILDREN_AT_ONCE = 16
_ROUNDING = 1e-9
"""Share by which rounded sums may be too small."""

_MIXTURES = (0.5, 0.3, 0.15, 0.05, 0.0)
"""How far from the prices that are best on known offers to those at which nothing scores."""

_ROUNDS = 3
"""Rounds at the best of these, each with the offers that the ones before have found."""

_MOST_FIRST, _MOST_LATER = 12, 5
"""What part of all boxes is looked at in a round, at most."""

_OFFERS_TRIED = 30
"""Offers of a round that score most. The buildable ones cannot score so much at later prices."""


class AttributeProblem(NamedTuple):
    """People and the levels that offers are made of; money in one currency.

    An offer's log odds and margin are `own_log_odds` and `own_margins` and the sums over its
    levels. Offers that meet all of a condition, which names levels of some attributes and all of
    the others, cost the amounts of that condition as well; these are never below 0.
    """

    log_odds: Float[np.ndarray, "people levels"]
    margins: Float[np.ndarray, "people levels"]
    own_log_odds: Float[np.ndarray, " people"]
    own_margins: Float[np.ndarray, " people"]
    weights: Float[np.ndarray, " people"]
    starts: Int[np.ndarray, " attributes_and_one"]
    conditions: Bool[np.ndarray, "conditions levels"]
    per_vehicle: Float[np.ndarray, " conditions"]
    per_offer: Float[np.ndarray, " conditions"]
    fixed_per_offer: float
    n_offers: int
    """Most offers in a line."""


class AttributeBound(NamedTuple):
    """A profit that no line exceeds, offers known or found, and how many boxes were looked at."""

    bound: float
    offers: Int[np.ndarray, "offers attributes"]
    """Columns of their levels; all are buildable."""
    n_nodes: int


class BestScore(NamedTuple):
    """What no offer scores more than, the most that one was found to score, and boxes looked at."""

    bound: float
    score: float
    offers: Int[np.ndarray, "offers attributes"]
    """Buildable ones that score much, best first."""
    n_nodes: int


class _Node(NamedTuple):
    """A box, what no offer in it scores more than, an offer in it, and which attribute to split."""

    box: Box
    bound: float
    offer: Int[np.ndarray, " attributes"]
    score: float
    split: int


def bound_by_attributes(
    problem: AttributeProblem,
    narrow: Narrow,
    *,
    offers: Int[np.ndarray, "offers attributes"],
    profit: float,
    most_nodes: int,
    map_blocks: MapBlocks = map,
    go_on: Callable[[], bool] = lambda: True,
    report: Callable[[float], None] = lambda _: None,
) -> AttributeBound:
    """Return a profit that no line exceeds, after looking at about `most_nodes` boxes.

    `offers` are some that may well be in the best line, by their levels' columns; `profit` is what
    a line that is known earns. They make the bound better, not valid: it always is. `go_on` is
    asked between boxes whether there is time left.
    """
    ceilings = best_values(problem, problem.n_offers)
    least, best_mixture = _profit_bound(problem, ceilings, -_least_fixed(problem)), 0.0
    n_nodes, known = 0, offers
    for stage, mixture in enumerate((*_MIXTURES, *([None] * _ROUNDS))):
        if stage and not go_on():
            break
        used = best_mixture if mixture is None else mixture
        prices = known_prices(problem, known, ceilings, profit)
        prices += used * (ceilings - prices)
        best = best_score(
            problem,
            prices,
            narrow,
            most_nodes=most_nodes // (_MOST_FIRST if mixture is not None else _MOST_LATER),
            map_blocks=map_blocks,
            go_on=go_on,
        )
        bound = _profit_bound(problem, prices, best.bound)
        if bound < least:
            least, best_mixture = bound, used
        n_nodes += best.n_nodes
        n_known = len(known)
        known = np.unique(np.concatenate([known, best.offers]), axis=0)
        report((stage + 1) / (len(_MIXTURES) + _ROUNDS))
        has_settled = mixture is None and len(known) == n_known
        if has_settled or least <= profit:
            break
    return AttributeBound(bound=max(least, profit), offers=known, n_nodes=n_nodes)


def best_values(problem: AttributeProblem, n_offers: int) -> Float[np.ndarray, " people"]:
    """Return what each person at most brings, by a line of `n_offers` made for them alone."""
    values = np.empty(len(problem.weights))
    everything = np.ones(problem.log_odds.shape[1], dtype=bool)
    money, charge, _, _ = _charges(problem, everything)
    compiled.best_values(
        problem.log_odds,
        problem.margins,
        problem.own_log_odds + np.log(n_offers),
        problem.own_margins - charge,
        money,
        problem.starts,
        everything,
        values,
    )
    return values


def known_prices(
    problem: AttributeProblem,
    offers: Int[np.ndarray, "offers attributes"],
    ceilings: Float[np.ndarray, " people"],
    profit: float,
    *,
    n_steps: int = 80,
) -> Float[np.ndarray, " people"]:
    """Return prices z at which the bound would be least if there were no other offers than these.

    Notes
    -----
    Subgradient steps of Polyak's length towards `profit` (Held, Wolfe and Crowder, Mathematical
    Programming 6, 1974).
    """
    n = problem.n_offers
    log_odds, margins, fixed = offer_values(problem, offers)
    shares = 1.0 / (1.0 + np.exp(-log_odds))
    earned, taken = margins * shares, (1.0 - 1.0 / n) * shares + 1.0 / n
    totals = np.empty(len(offers))
    least, prices = np.inf, ceilings
    z = 0.6 * ceilings
    for _ in range(n_steps):
        compiled.score_totals(earned, taken, problem.weights, z, totals)
        top = int((totals - fixed).argmax())
        bound = _profit_bound(problem, z, float(totals[top] - fixed[top]))
        if bound < least:
            least, prices = bound, z
        scores = earned[:, top] > z * taken[:, top]
        slope = 1.0 - n * np.where(scores, taken[:, top], 0.0)
        length = problem.weights @ slope**2
        if bound <= profit or length <= 0.0:
            break
        z = np.clip(z - 0.6 * (bound - profit) / length * slope, 0.0, ceilings)
    return prices.copy()


def offer_values(
    problem: AttributeProblem, offers: Int[np.ndarray, "offers attributes"]
) -> tuple[
    Float[np.ndarray, "people offers"], Float[np.ndarray, "people offers"], Float[np.ndarray, " o"]
]:
    """Return the log odds and margins of offers for all people, and the offers' fixed costs."""
    met = problem.conditions[:, offers].all(axis=2).T.astype(float)
    log_odds = np.repeat(problem.own_log_odds[:, None], len(offers), axis=1)
    margins = problem.own_margins[:, None] - met @ problem.per_vehicle
    for columns in offers.T:
        log_odds += problem.log_odds[:, columns]
        margins += problem.margins[:, columns]
    return log_odds, margins, problem.fixed_per_offer + met @ problem.per_offer


def offer_odds(
    problem: AttributeProblem,
    variants: Int[np.ndarray, "variants attributes"],
    variant_starts: Int[np.ndarray, " offers_and_one"],
) -> CandidateOdds:
    """Return what `kernels.shares.candidate_odds` does, of offers whose variants are columns."""
    met = problem.conditions[:, variants].all(axis=2).T.astype(float)
    shape = (len(problem.weights), len(variant_starts) - 1)
    found = CandidateOdds(np.empty(shape, np.float32), np.empty(shape, np.float32))
    compiled.offer_odds(
        *(problem.log_odds, problem.margins, problem.own_log_odds, problem.own_margins),
        *(variants, met @ problem.per_vehicle, variant_starts, LOG_ODDS_CEILING, *found),
    )
    return found


def best_score(
    problem: AttributeProblem,
    prices: Float[np.ndarray, " people"],
    narrow: Narrow,
    *,
    most_nodes: int,
    map_blocks: MapBlocks = map,
    go_on: Callable[[], bool] = lambda: True,
) -> BestScore:
    """Return what no buildable offer scores more than at these prices of people.

    Notes
    -----
    Best-first branch and bound (Land and Doig, Econometrica 28(3), 1960). A fixed number of boxes
    is looked at together, whatever the number of threads, so the result does not depend on it.
    """
    floors = prices / problem.n_offers
    priced = problem._replace(own_margins=problem.own_margins - (prices - floors))
    work = partial(_bounded, priced, floors)
    whole = narrow(np.ones(priced.log_odds.shape[1], dtype=bool))
    boxes = [whole] if whole is not None else []
    open_nodes: list[tuple[float, int, _Node]] = []
    best, n_nodes = -np.inf, 0
    found: list[tuple[float, int, Int[np.ndarray, " attributes"]]] = []
    while boxes:
        for node in map_blocks(work, boxes):
            n_nodes += 1
            if node.score > best and narrow(_only(priced, node.offer)) is not None:
                best = node.score
            found.append((-node.score, n_nodes, node.offer))
            heapq.heappush(open_nodes, (-node.bound, n_nodes, node))
        boxes = []
        while open_nodes and len(boxes) < _CHILDREN_AT_ONCE and n_nodes < most_nodes and go_on():
            is_closed = open_nodes[0][2].split < 0
            if is_closed or -open_nodes[0][0] <= best + _ROUNDING * abs(best):
                break
            halves = _halves(priced, heapq.heappop(open_nodes)[2])
            boxes += [half for half in map(narrow, halves) if half is not None]
    bound = max(best, -open_nodes[0][0]) if open_nodes else best
    likely = (offer for _, _, offer in heapq.nsmallest(_OFFERS_TRIED, found))
    offers = [offer for offer in likely if narrow(_only(priced, offer)) is not None]
    return BestScore(
        bound=bound + _ROUNDING * abs(bound),
        score=best,
        offers=np.array(offers, dtype=np.int64).reshape(len(offers), len(problem.starts) - 1),
        n_nodes=n_nodes,
    )


def _bounded(problem: AttributeProblem, floors: Float[np.ndarray, " people"], box: Box) -> _Node:
    """Return the box with its bound, an offer in it, and where to look next."""
    money, charge, costs, cost = _charges(problem, box)
    people = (problem.log_odds, problem.margins, problem.own_log_odds)
    scores, spread = -costs, np.zeros(len(problem.starts) - 1)
    constant = compiled.majorise(
        *people,
        problem.own_margins - charge,
        money,
        *(problem.weights, floors, problem.starts, box, scores, spread),
    )
    within = np.where(box, scores, -np.inf)
    first = problem.starts[:-1]
    bound = constant + np.maximum.reduceat(within, first).sum() - cost - problem.fixed_per_offer
    ends = zip(first.tolist(), problem.starts[1:].tolist(), strict=True)
    offer = np.array([low + int(within[low:high].argmax()) for low, high in ends])
    met = problem.conditions[:, offer].all(axis=1)
    score = compiled.score_of(
        *(*people, problem.own_margins, problem.weights, floors, offer),
        float(problem.per_vehicle[met].sum()),
    )
    fixed = problem.fixed_per_offer + float(problem.per_offer[met].sum())
    return _Node(box, float(bound), offer, float(score) - fixed, _split_at(problem, box, spread))


def _split_at(problem: AttributeProblem, box: Box, spread: Float[np.ndarray, " attributes"]) -> int:
    """Return the attribute whose levels differ most for people; -1 if none is open."""
    n_levels = np.add.reduceat(box, problem.starts[:-1], dtype=np.int64)
    if n_levels.max() == 1:
        return -1
    # Where nobody tells levels apart, attributes of conditions on costs may still be open.
    return int(np.where(n_levels > 1, spread + 1e-300 * n_levels, -1.0).argmax())


def _halves(problem: AttributeProblem, node: _Node) -> tuple[Box, Box]:
    low, high = problem.starts[node.split : node.split + 2]
    columns = low + np.flatnonzero(node.box[low:high])
    first, second = node.box.copy(), node.box.copy()
    first[columns[len(columns) // 2 :]] = False
    second[columns[: len(columns) // 2]] = False
    return first, second


def _charges(
    problem: AttributeProblem, box: Box
) -> tuple[Float[np.ndarray, " levels"], float, Float[np.ndarray, " levels"], float]:
    """Return what conditions take for certain from any offer in the box.

    That is money a vehicle by level (0 or below) and for all levels (0 or above), then costs of
    the offer by level and for all levels. A condition that depends on two open attributes or more
    may not be met whichever level each of them has: it takes nothing.
    """
    starts = problem.starts[:-1]
    within = np.add.reduceat(box, starts, dtype=np.int64)
    named = np.add.reduceat(problem.conditions & box, starts, axis=1, dtype=np.int64)
    n_open = np.where((named > 0).all(axis=1), (named < within).sum(axis=1), -1)
    always, once = n_open == 0, n_open == 1
    is_open = (named < within)[:, np.repeat(np.arange(len(within)), np.diff(problem.starts))]
    on_levels = (problem.conditions & is_open)[once]
    return (
        -(problem.per_vehicle[once] @ on_levels),
        float(problem.per_vehicle[always].sum()),
        problem.per_offer[once] @ on_levels,
        float(problem.per_offer[always].sum()),
    )


def _least_fixed(problem: AttributeProblem) -> float:
    """Return what every offer costs at least."""
    whole = np.ones(problem.log_odds.shape[1], dtype=bool)
    _, _, costs, cost = _charges(problem, whole)
    least = np.minimum.reduceat(costs, problem.starts[:-1]).sum()
    return float(problem.fixed_per_offer + cost + least)


def _profit_bound(
    problem: AttributeProblem, prices: Float[np.ndarray, " people"], score: float
) -> float:
    """Return what no line earns if no offer scores more than this."""
    n_offers = problem.n_offers if score > 0.0 else 1
    return float(problem.weights @ prices) + n_offers * score


def _only(problem: AttributeProblem, offer: Int[np.ndarray, " attributes"]) -> Box:
    box = np.zeros(problem.log_odds.shape[1], dtype=bool)
    box[offer] = True
    return box
