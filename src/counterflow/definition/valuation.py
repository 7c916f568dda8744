"""Valuation: what a line earns in every draw of preferences and of the market."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.definition.earnings import Overage, margins_by_region, overage_of, seller_taxes
from counterflow.definition.market_of_buyers import market_of_draw
from counterflow.definition.offers import fixed_costs, unit_cost
from counterflow.domain.definition import Offer
from counterflow.domain.market_alternatives import MarketAlternatives, market_alternatives
from counterflow.domain.market_draws import draw_market
from counterflow.domain.offered_terms import SoldOn, sold_on, with_offered_terms
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.rounding import significant
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.market_shares import shares_by


@dataclass(frozen=True, eq=False, kw_only=True)
class LineValue:
    """What a line of V variants earns in S draws, and what a vehicle brings and costs in it."""

    profit: Float[np.ndarray, " S"]
    """Contribution over all regions and periods, after fixed costs."""
    vehicles: Float[np.ndarray, "S V"]
    fees: dict[str, float]
    """What each package costs a vehicle that has it, at the volumes that are sold."""
    overage: Float[np.ndarray, " V"]
    """What a vehicle's buyers pay above the cap, today's value, where they pay by distance."""
    seller_tax: Float[np.ndarray, " V"]
    """What is handed on of a vehicle's price, on average over the regions of its buyers."""


def profit_draws(
    programme: Programme,
    offers: Sequence[Offer],
    part_worths: PartWorths,
    *,
    map_blocks: MapBlocks = map,
) -> Float[np.ndarray, " S"]:
    """Return what the line contributes over all regions and periods, after fixed costs, by draw."""
    return value_line(programme, offers, part_worths, map_blocks=map_blocks).profit


def value_line(
    programme: Programme,
    offers: Sequence[Offer],
    part_worths: PartWorths,
    *,
    map_blocks: MapBlocks = map,
) -> LineValue:
    """Return what the line earns in each draw, and its averages over them.

    The draws of market size, awareness, availability and of the respondents' weights are those of
    the forecast. Fees by volume are those of the tier that each draw's volume reaches; rent with a
    distance cap is what the people bring who take it in the draw.
    """
    part_worths = with_offered_terms(programme, part_worths, offers)
    market = market_alternatives(programme, part_worths.coding, offers)
    margins = margins_by_region(programme, offers)
    work = partial(
        _taken, programme, part_worths, market, overage_of(programme, offers, part_worths)
    )
    taken = list(map_blocks(work, range(part_worths.n_draws)))
    per_buyer = np.array([(draw.shares * margins + draw.overage).sum(axis=1) for draw in taken])
    drawn = draw_market(programme.market, n_draws=part_worths.n_draws, seed=programme.seeds.demand)
    reached = drawn.reached(programme.market).sum(axis=2)
    sold = reached[:, :, None] * np.array([draw.shares for draw in taken])
    overage = np.einsum("sm,smv->v", reached, np.array([draw.overage for draw in taken]))
    fees = _fees_paid(programme, offers, sold.sum(axis=1))
    beyond_least = sum(fee.beyond_least for fee in fees.values())
    return LineValue(
        profit=(reached * per_buyer).sum(axis=1) - fixed_costs(programme, offers) - beyond_least,
        vehicles=sold.sum(axis=1),
        fees={name: fee.per_vehicle for name, fee in fees.items()},
        overage=_per_vehicle(overage, sold),
        seller_tax=_per_vehicle((sold * seller_taxes(programme, offers)).sum(axis=(0, 1)), sold),
    )


def at_averages(
    programme: Programme, offers: Sequence[Offer], value: LineValue
) -> tuple[Offer, ...]:
    """Return the offers with what a vehicle costs and brings on average in this line.

    Volumes times these margins are the expected profit: fees of the tiers that are reached, rent
    of the people who take it, taxes of the regions where it is sold.
    """
    averaged: list[Offer] = []
    first = 0
    for offer, sold in zip(offers, sold_on(programme, offers), strict=True):
        own = slice(first, first := first + len(offer.variants))
        averaged.append(_at_averages(programme, offer, sold, value, own))
    return tuple(averaged)


def _at_averages(
    programme: Programme, offer: Offer, sold: SoldOn, value: LineValue, own: slice
) -> Offer:
    contract = sold.contract
    rent = offer.contract_value
    if contract is not None and contract.depends_on_distance:
        vehicles = value.vehicles[:, own].sum(axis=0)
        overage = value.overage[own]
        mean = np.average(overage, weights=vehicles) if vehicles.any() else 0.0
        rent = significant(contract.present_value + float(mean))
    taxes = value.seller_tax[own].tolist()
    variants = tuple(
        replace(
            variant,
            unit_cost=significant(unit_cost(programme, variant.configuration, fees=value.fees)),
            seller_tax=significant(tax),
        )
        for variant, tax in zip(offer.variants, taxes, strict=True)
    )
    return replace(offer, contract_value=rent, variants=variants)


class _Taken(NamedTuple):
    """What informed, served buyers take in one draw, and what they pay above caps."""

    shares: Float[np.ndarray, "M V"]
    overage: Float[np.ndarray, "M V"]


def _taken(
    programme: Programme,
    part_worths: PartWorths,
    market: MarketAlternatives,
    overage: Overage,
    draw: int,
) -> _Taken:
    people, weights, offsets = market_of_draw(programme, part_worths, market, draw)
    n_ours = len(market.variants)
    shares_of = shares_by(programme.search.choice_rule)
    shares = shares_of(people, weights, market.rows, offsets)[:, :n_ours]
    paid = np.zeros_like(shares)
    for p, values in enumerate(overage.values[:, draw]):
        # Shares with people weighted by what they pay: the sum over people of share times payment.
        of_all = shares_of(people, weights * values, market.rows, offsets)[:, :n_ours]
        paid += np.where(overage.contract_of_variant == p, of_all, 0.0)
    return _Taken(shares, paid)


class _Fees(NamedTuple):
    """What one package costs: a vehicle on average, and in each draw beyond its least fee."""

    per_vehicle: float
    beyond_least: Float[np.ndarray, " S"]


def _fees_paid(
    programme: Programme, offers: Sequence[Offer], vehicles: Float[np.ndarray, "S V"]
) -> dict[str, _Fees]:
    """Return what the packages with tiers cost at the volumes sold."""
    variants = [variant.configuration for offer in offers for variant in offer.variants]
    paid: dict[str, _Fees] = {}
    for name, package in programme.costs.packages.items():
        if package.tiers:
            with_it = np.array([variant.meets(package.when) for variant in variants])
            volume = vehicles[:, with_it].sum(axis=1)
            fees, least = package.fees(volume), package.least_fee_per_vehicle()
            # Of a package that nobody takes the first vehicle would cost what its first tier says.
            first = package.tiers[0].fee_per_vehicle
            average = float(fees.mean() / volume.mean()) if volume.any() else first
            paid[name] = _Fees(average, fees - least * volume)
    return paid


def _per_vehicle(
    total: Float[np.ndarray, " V"], sold: Float[np.ndarray, "S M V"]
) -> Float[np.ndarray, " V"]:
    """Return what a vehicle of each variant brings, of the sums over draws; 0 if none is sold."""
    n_sold = sold.sum(axis=(0, 1))
    return np.divide(total, n_sold, out=np.zeros_like(total), where=n_sold > 0.0)
