"""Price grids of a line and of the rivals who answer it: the game that is played in shops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from counterflow.definition.prices.best_responses import BestResponses, best_responses
from counterflow.definition.prices.market import PricedMarket
from counterflow.domain.definition import Offer
from counterflow.domain.programme import Programme
from counterflow.domain.settings import PriceRange

_MOST_STEPS = 200
"""Prices of a rival at most: beyond, its steps are made wider."""


def answers_on_grids(
    programme: Programme,
    offers: Sequence[Offer],
    market: PricedMarket,
    answering: Sequence[str],
    *,
    n_starts: int,
) -> BestResponses:
    """Return where we and the rivals `answering` end that answer one another on price grids.

    Our grids are those of `search.prices`, with their endings. A rival moves from its price in the
    narrowest of our steps, within what people were asked about. Other rivals keep their prices.
    """
    ranges = {offer.name: _range_of(programme, offer) for offer in offers}
    step = min((asked.step for asked in ranges.values() if asked), default=np.inf)
    now = {offer.name: offer.price for offer in offers}
    now |= {name: rival.price for name, rival in programme.market.competitors.items()}
    grids = {
        offer.name: _within(
            market, offer.name, programme.search.prices_in(asked) if asked else (offer.price,)
        )
        or (offer.price,)
        for offer in offers
        for asked in (ranges[offer.name],)
    }
    for name in answering:
        if name not in grids:
            grids[name] = tuple(_steps_around(market, name, now[name], step))
    return best_responses(market, grids, prices=now, n_starts=n_starts, seed=programme.seeds.search)


def _range_of(programme: Programme, offer: Offer) -> PriceRange | None:
    met = (asked for asked in programme.search.prices if offer.configuration.meets(asked.when))
    return next(met, None)


def _within(market: PricedMarket, name: str, prices: Sequence[float]) -> tuple[float, ...]:
    o = market.offers.index(name)
    return tuple(price for price in prices if market.least[o] <= price <= market.most[o])


def _steps_around(market: PricedMarket, name: str, price: float, step: float) -> Iterator[float]:
    """Yield prices whole steps away from `price` within the bounds of the offer, ascending."""
    o = market.offers.index(name)
    least, most = float(market.least[o]), float(market.most[o])
    step = max(step, (most - least) / _MOST_STEPS)
    if not np.isfinite(step) or step <= 0.0:
        yield price
        return
    first, last = np.ceil((least - price) / step - 1e-9), np.floor((most - price) / step + 1e-9)
    for k in np.arange(first, last + 1.0).tolist():
        yield min(max(round(price + k * step, 9), least), most)
