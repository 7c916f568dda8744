"""What can be wrong with a market whose prices are to be set: all of it, before anything is set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from counterflow.definition.prices.conditions import PriceProblem
from counterflow.definition.prices.market import PricedMarket
from counterflow.domain.errors import InputError, LabelMismatchError, Problem
from counterflow.kernels.blocks import MapBlocks


def price_problem(
    market: PricedMarket,
    *,
    ownership: Float[np.ndarray, "O O"] | None = None,
    moving: Sequence[str] | None = None,
    prices: Mapping[str, float] | None = None,
    map_blocks: MapBlocks = map,
) -> PriceProblem:
    """Return the problem of setting the prices of the offers `moving`, all of them if absent.

    Raises
    ------
    InputError
        With every reason why they cannot be set.
    """
    owned = market.ownership if ownership is None else np.asarray(ownership, dtype=float)
    names = market.offers if moving is None else tuple(moving)
    check_prices(market, owned, names, prices or {})
    held = np.array([(prices or {}).get(name, np.nan) for name in market.offers])
    moves = np.isin(market.offers, names)
    return PriceProblem(
        market=market,
        ownership=owned,
        moves=moves,
        least=np.where(moves, market.least, held),
        most=np.where(moves, market.most, held),
        map_blocks=map_blocks,
    )


def check_prices(
    market: PricedMarket,
    ownership: Float[np.ndarray, "O O"],
    moving: Sequence[str],
    prices: Mapping[str, float],
) -> None:
    """Raise InputError with every reason why prices of the offers `moving` cannot be set."""
    unknown = {*moving, *prices} - set(market.offers)
    if unknown:
        raise LabelMismatchError("offers", expected=(), found=unknown)
    if not moving:
        raise InputError([Problem("an offer whose price is to be set", "none")])
    problems = [
        *_without_cost(market, ownership, moving),
        *_with_bounds_crossed(market, moving),
        *_without_price(market, moving, prices),
        *_liking_high_prices(market, moving),
    ]
    if problems:
        raise InputError(problems)


def _without_cost(
    market: PricedMarket, ownership: Float[np.ndarray, "O O"], moving: Sequence[str]
) -> Iterator[Problem]:
    counts = np.abs(ownership[market.numbers_of(moving)]).sum(axis=0) > 0.0
    for offer, name in enumerate(market.offers):
        costs = market.unit_costs[market.offer_of == offer]
        if counts[offer] and not np.isfinite(costs).all():
            yield Problem(
                expected="a unit cost for each offer of a firm that sets prices",
                found=f"none for {name}",
                key="unit_cost",
                advice="Give its cost, or leave its firm's prices as they are.",
            )


def _with_bounds_crossed(market: PricedMarket, moving: Sequence[str]) -> Iterator[Problem]:
    for offer in market.numbers_of(moving):
        least, most = market.least[offer], market.most[offer]
        if not least <= most:
            yield Problem(
                expected=f"a lowest price of {market.offers[offer]} up to its highest, {most:g}",
                found=f"{least:g}",
            )


def _without_price(
    market: PricedMarket, moving: Sequence[str], prices: Mapping[str, float]
) -> Iterator[Problem]:
    for name in market.offers:
        if name not in moving and name not in prices:
            yield Problem(
                expected="a price for each offer whose price is held",
                found=f"none for {name}",
                key="prices",
            )


def _liking_high_prices(market: PricedMarket, moving: Sequence[str]) -> Iterator[Problem]:
    open_ended = [
        market.offers[offer] for offer in market.numbers_of(moving) if np.isinf(market.most[offer])
    ]
    share = share_not_minding(market) if open_ended else 0.0
    if share > 0.0:
        yield Problem(
            expected="negative price coefficients, or a highest price for " + ", ".join(open_ended),
            found=f"{share:.1%} of buyers with one of 0 or above",
            key="estimation.signs",
            advice='Estimate with signs = { price = "negative" }, or bound prices to those that '
            "were asked about.",
        )


def share_not_minding(market: PricedMarket) -> float:
    """Return the share of buyers to whom some higher price is no worse than a lower one."""
    weight = sum(float(region.buyers.weights.sum()) for region in market.regions)
    minding_not = sum(
        float(region.buyers.weights[(region.buyers.coefficients >= 0.0).any(axis=1)].sum())
        for region in market.regions
    )
    return minding_not / weight
