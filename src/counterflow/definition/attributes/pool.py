"""Pools: the offers that differ from those of a line by little, as arrays that can be searched.

An offer is given by the positions of its price and of what is fixed in it, in the order of the
space; a variant has those of tied options as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Int

from counterflow.definition.attributes.space import AttributeSpace
from counterflow.definition.candidates import Candidate, all_candidates
from counterflow.domain.configuration import Configuration
from counterflow.domain.section import Condition
from counterflow.kernels.attribute_bound import offer_odds
from counterflow.kernels.line_search import LineProblem

Offers = Int[np.ndarray, "_ fixed"]
"""One row each: the price, then what is fixed, as positions of levels."""

_STEPS = tuple(sign * step for sign in (-1, 1) for step in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89))
"""How far the price moves in one step of the search, in places of the grid."""

_STEPS_WITH_A_LEVEL = (-1, 1)
"""How far it moves together with another level, as that is better or costs more."""


def pool_around(space: AttributeSpace, line: Offers) -> Offers:
    """Return buildable offers that differ from one of the line by a level or by the price.

    Where a rule forbids one change, the offer is completed to one that is buildable with as few
    others as are found.
    """
    return distinct(itertools.chain(*(_around(space, offer) for offer in line)), line)


def distinct(found: Iterable[Int[np.ndarray, " fixed"]], start: Offers) -> Offers:
    """Return `start`, and then every other offer once."""
    known = {tuple(offer): None for offer in start.tolist()}
    known.update((tuple(offer.tolist()), None) for offer in found)
    return np.array(list(known), dtype=np.int64).reshape(len(known), start.shape[1])


def random_offers(space: AttributeSpace, n_offers: int, stream: np.random.Generator) -> Offers:
    """Return buildable offers at random, fewer if some come twice."""
    whole = space.clauses.whole()
    found = (space.clauses.sample(whole, stream) for _ in range(n_offers))
    offers = (codes[: space.n_fixed] for codes in found if codes is not None)
    return distinct(offers, np.zeros((0, space.n_fixed), dtype=np.int64))


def line_arrays(space: AttributeSpace, offers: Offers) -> LineProblem:
    """Return the search problem of these offers: that of `definition.problem` for them.

    What is asked of lines as a whole, and fixed costs of some configurations, are left out.
    """
    variants, starts = variants_of(space, offers)
    odds, earnings = offer_odds(space.problem, variants + space.clauses.starts[:-1], starts)
    once = [(p.when, p.fixed_fee) for p in space.programme.costs.packages.values()]
    fixed = space.programme.costs.fixed.values()
    once += [(f.when, f.amount) for f in fixed if f.paid == "once"]
    uses = [np.maximum.reduceat(_meets(space, variants, when), starts[:-1]) for when, _ in once]
    return LineProblem(
        odds=odds,
        earnings=earnings,
        weights=space.problem.weights,
        group=np.unique(offers[:, 1:], axis=0, return_inverse=True)[1].ravel(),
        fixed_per_offer=space.programme.costs.fixed_per_offer,
        fees=np.array([amount for _, amount in once], dtype=float),
        uses=np.array(uses, dtype=bool).reshape(len(once), len(offers)).T.copy(),
        n_offers=space.problem.n_offers,
    )


def variants_of(
    space: AttributeSpace, offers: Offers
) -> tuple[Int[np.ndarray, "variants attributes"], Int[np.ndarray, " offers_and_one"]]:
    """Return the buildable variants of offers, tied options in, and where each offer's start."""
    if not space.tied:
        return offers, np.arange(len(offers) + 1)
    of_options = list(itertools.product(*(range(len(space.levels[n])) for n in space.tied)))
    n = len(of_options)
    variants = np.column_stack(
        [np.repeat(offers, n, axis=0), np.tile(np.array(of_options), (len(offers), 1))]
    )
    variants[:, 0] = _price_numbers(space, variants)
    built = (variants[:, 0] >= 0) & space.clauses.allows(variants)
    counts = built.reshape(len(offers), n).sum(axis=1)
    return variants[built], np.cumsum([0, *counts])


def candidates_of(space: AttributeSpace, offers: Offers) -> tuple[Candidate, ...]:
    """Return the offers with their names: what is fixed, all variants, and the price."""
    return tuple(_candidate(space, offer) for offer in offers)


def is_offered(space: AttributeSpace, offers: Offers) -> Bool[np.ndarray, " offers"]:
    """Return whether each offer is none of `search.never_offer`."""
    never = space.programme.search.never_offer
    return np.array(
        [
            not any(
                p.is_met_by(space.configuration(offer.tolist()), space.price(offer.tolist()))
                for p in never
            )
            for offer in offers
        ],
        dtype=bool,
    )


def _candidate(space: AttributeSpace, offer: Int[np.ndarray, " fixed"]) -> Candidate:
    variants, _ = variants_of(space, offer[None])
    order = list(space.programme.configurable)
    joint = []
    for variant in variants:
        tied = space.configuration(variant.tolist()).as_dict()
        for free in itertools.product(*space.free.values()):
            levels = {**tied, **dict(zip(space.free, free, strict=True))}
            joint.append(Configuration.of({name: levels[name] for name in order}))
    price = space.price(offer.tolist())
    return next(c for c in all_candidates(space.programme, joint) if c.price == price)


def _around(
    space: AttributeSpace, offer: Int[np.ndarray, " fixed"]
) -> Iterator[Int[np.ndarray, " fixed"]]:
    codes = np.append(offer, _first_options(space, offer))
    at_prices = _other_prices(space, codes)
    yield from (found[: space.n_fixed] for found in at_prices)
    changed = []
    for a in range(1, space.n_fixed):
        for level in range(len(list(space.levels.values())[a])):
            if level != codes[a]:
                other = codes.copy()
                other[a] = level
                changed.append((a, other))
    if not changed:
        return
    moved = np.array([other for _, other in changed])
    moved[:, 0] = _price_numbers(space, moved, of=space.price(offer.tolist()))
    built = (moved[:, 0] >= 0) & space.clauses.allows(moved)
    for (a, other), direct, is_built in zip(changed, moved, built.tolist(), strict=True):
        found = direct if is_built else _repaired(space, other, a)
        if found is not None:
            yield found[: space.n_fixed]
            prices = _other_prices(space, found, _STEPS_WITH_A_LEVEL)
            yield from (codes[: space.n_fixed] for codes in prices)


def _first_options(
    space: AttributeSpace, offer: Int[np.ndarray, " fixed"]
) -> Int[np.ndarray, " tied"]:
    variants, _ = variants_of(space, offer[None])
    return variants[0, space.n_fixed :]


def _repaired(
    space: AttributeSpace, codes: Int[np.ndarray, " attributes"], changed: int
) -> Int[np.ndarray, " attributes"] | None:
    """Return a buildable offer with the changed level, and as it was as far as it can be."""
    clauses = space.clauses
    box, dislike = clauses.whole(), np.ones(int(clauses.starts[-1]))
    box[clauses.starts[changed] : clauses.starts[changed + 1]] = False
    box[clauses.starts[changed] + codes[changed]] = True
    dislike[clauses.starts[:-1] + codes] = 0.0
    # Of prices, the nearest: they are settled after everything that can stay as it was.
    prices = np.array([level.price for level in space.prices])
    far = np.abs(prices - prices[codes[0]])
    dislike[: len(prices)] = 0.5 + 0.4 * far / max(1e-300, far.max())
    return clauses.nearest(box, dislike)


def _other_prices(
    space: AttributeSpace,
    codes: Int[np.ndarray, " attributes"],
    steps: Sequence[int] = _STEPS,
) -> Iterator[Int[np.ndarray, " attributes"]]:
    """Yield the same offer at prices some steps of the grid away."""
    now = space.prices[int(codes[0])]
    # Prices of one combination stand side by side, ascending.
    for number in (int(codes[0]) + step for step in steps):
        if 0 <= number < len(space.prices) and space.prices[number].when == now.when:
            other = codes.copy()
            other[0] = number
            yield other


def _price_numbers(
    space: AttributeSpace,
    variants: Int[np.ndarray, "n attributes"],
    of: float | None = None,
) -> Int[np.ndarray, " n"]:
    """Return the price level of each variant at the price that it has, or at `of`; -1 for none."""
    at = [space.prices[number].price if of is None else of for number in variants[:, 0].tolist()]
    found = [
        space.price_table.number(codes, price)
        for codes, price in zip(variants.tolist(), at, strict=True)
    ]
    return np.array(found, dtype=np.int64)


def _meets(
    space: AttributeSpace, variants: Int[np.ndarray, "n attributes"], when: Condition
) -> Bool[np.ndarray, " n"]:
    """Return whether each variant meets a condition with some of its free options."""
    met = np.ones(len(variants), dtype=bool)
    names = list(space.levels)
    for name, wanted in when.items():
        if name in space.free:
            met &= any(level in wanted for level in space.free[name])
        else:
            is_wanted = np.array([level in wanted for level in space.levels[name]])
            met &= is_wanted[variants[:, names.index(name)]]
    return met
