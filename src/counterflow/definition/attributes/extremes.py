"""Extremes: the offers that sell least and most, for lines whose volumes are limited.

A pool holds offers that differ from good ones by little: these may all sell too many, or too few.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from counterflow.definition.attributes.pool import Offers, distinct, line_arrays, pool_around
from counterflow.definition.attributes.space import AttributeSpace
from counterflow.definition.feasibility.volume_rules import sold_alone


def extreme_sellers(space: AttributeSpace, some: Offers) -> Offers:
    """Return an offer that sells least by itself and one that sells most; none if no limit asks.

    Each is the end of a descent from the least and the best sold of `some`, by one change of a
    level or a price at a time. Options and rules aside, what people like adds up over attributes,
    so that few people are won by anything less.
    """
    search = space.programme.search
    limits = (search.most_vehicles, search.least_vehicles, search.least_vehicles_per_offer)
    if all(limit is None for limit in limits):
        return some[:0]
    return distinct([_end(space, some, sign) for sign in (-1.0, 1.0)], some[:0])


def _end(space: AttributeSpace, some: Offers, sign: float) -> Int[np.ndarray, " fixed"]:
    """Return the offer whose number sold times `sign` no change of one level or price raises."""
    pool = some
    sold = sign * _sold(space, pool)
    while True:
        best = pool[int(sold.argmax())]
        reached = sold.max()
        pool = pool_around(space, best[None])
        sold = sign * _sold(space, pool)
        if not sold.max() > reached:
            return best


def _sold(space: AttributeSpace, offers: Offers) -> Float[np.ndarray, " offers"]:
    return sold_alone(line_arrays(space, offers))
