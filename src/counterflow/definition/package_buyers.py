"""What a supplier's package is worth to buyers: person by person, and as a difference in price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import brentq

from counterflow.definition.market_of_buyers import market_of_draw
from counterflow.domain.configuration import Configuration
from counterflow.domain.costs import SupplierPackage
from counterflow.domain.definition import Offer
from counterflow.domain.market_alternatives import MarketAlternatives, market_alternatives
from counterflow.domain.market_draws import draw_market, population_weights
from counterflow.domain.offered_terms import with_offered_terms
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.shares import mean_shares

_TOLERANCE = 1e-7
"""Of the price difference, relative to the range in which it is sought."""

_CUTS = 33
"""Price cuts at which the market is coded; between two of them, codes are taken to be linear."""


class WorthOverPeople(NamedTuple):
    """S draws of what people would pay for the package."""

    median: Float[np.ndarray, " S"]
    """What the median person would pay (currency)."""
    above_fee: Float[np.ndarray, " S"]
    """Share of people who would pay more than the fee of the draw, 0 to 1."""


def worth_over_people(
    programme: Programme,
    part_worths: PartWorths,
    package: SupplierPackage,
    offer: Offer,
    *,
    fee: Float[np.ndarray, " S"],
) -> WorthOverPeople:
    """Return what people would pay for `offer` having the package rather than not.

    Notes
    -----
    The utility that the package adds over the utility that a unit of money takes away at the
    offer's price (Train, Discrete Choice Methods with Simulation, 2nd ed. 2009, section 3.2). The
    median, as the ratio has no mean where a price coefficient may come near 0; who does not
    mind a higher price would pay without limit for what they like, and nothing for what they do
    not.
    """
    with_it = offer.variants[0].configuration
    price, step = offer.price, 1e-3 * offer.price
    products: list[Mapping[str, str | float]] = [
        {**configuration.as_dict(), programme.price_attribute: asked}
        for configuration, asked in (
            (with_it, price),
            (without_package(programme, package, with_it), price),
            (with_it, price + step),
        )
    ]
    has, lacks, dearer = part_worths.coding.rows(products)
    median, above = np.empty((2, part_worths.n_draws))
    for s in range(part_worths.n_draws):
        people = part_worths.draws[s]
        weights = population_weights(part_worths.weights, seed=programme.seeds.demand, draw=s)
        worth = _worth(people @ (has - lacks), people @ (has - dearer) / step)
        median[s] = _weighted_median(worth, weights)
        above[s] = weights[worth > fee[s]].sum()
    return WorthOverPeople(median, above)


def without_package(
    programme: Programme, package: SupplierPackage, configuration: Configuration
) -> Configuration:
    """Return the configuration without the package: what it brings is at its plainest instead.

    Each attribute that the package is about takes its base level, or its first level that does
    not come with the package.
    """
    plain = {}
    for name, levels in package.when.items():
        attribute = programme.attributes[name]
        base = attribute.level_names[0] if attribute.is_numeric else attribute.base_level
        free = [level for level in (base, *attribute.level_names) if level not in levels]
        if free:
            plain[name] = free[0]
    return Configuration.of({**configuration.as_dict(), **plain})


class EqualShare(NamedTuple):
    """S draws of the price difference at which offers sell as well with the package as without."""

    difference: Float[np.ndarray, " S"]
    """By how much dearer they may be with it (currency)."""
    is_beyond: Bool[np.ndarray, " S"]
    """Whether it lies beyond the prices asked about; the difference is then that of their end."""


def price_difference_at_equal_share(
    programme: Programme,
    part_worths: PartWorths,
    package: SupplierPackage,
    offers: Sequence[Offer],
    *,
    map_blocks: MapBlocks = map,
) -> EqualShare:
    """Return by how much dearer offers with the package may be, and sell as well as without it.

    The offers with the package, at their prices, take some share of buyers together. Without the
    package they would take the same share at prices lower by the difference, all else in the
    market as it is. It is what the market pays, and not what the median person would: those who
    buy like the package more than others do.

    Notes
    -----
    The root of a function that rises with the price cut, by Brent's method, draw by draw. Prices
    stay within those that people were asked about.
    """
    with_it = [offer.price for offer in offers if has_package(package, offer)]
    asked = programme.attributes[programme.price_attribute].values
    cuts = np.linspace(max(with_it) - max(asked), min(with_it) - min(asked), _CUTS)
    plain = [without(programme, package, offers, cheaper_by=cut) for cut in cuts.tolist()]
    part_worths = with_offered_terms(programme, part_worths, offers)
    market = market_alternatives(programme, part_worths.coding, offers)
    work = partial(
        _difference_of_draw,
        programme,
        part_worths,
        market,
        [market_alternatives(programme, part_worths.coding, line).rows for line in plain],
        cuts,
        np.array([has_package(package, offer) for offer in offers for _ in offer.variants]),
        draw_market(programme.market, n_draws=part_worths.n_draws, seed=programme.seeds.demand)
        .reached(programme.market)
        .sum(axis=2),
    )
    found = np.array(list(map_blocks(work, range(part_worths.n_draws))))
    return EqualShare(found, (found <= cuts[0]) | (found >= cuts[-1]))


def has_package(package: SupplierPackage, offer: Offer) -> bool:
    """Return whether the offer's vehicles have the package."""
    return any(variant.configuration.meets(package.when) for variant in offer.variants)


def without(
    programme: Programme,
    package: SupplierPackage,
    offers: Sequence[Offer],
    *,
    cheaper_by: float,
) -> tuple[Offer, ...]:
    """Return the line whose offers with the package lack it, and are cheaper by an amount."""
    return tuple(
        replace(
            offer,
            price=offer.price - cheaper_by,
            variants=tuple(
                replace(
                    variant,
                    configuration=without_package(programme, package, variant.configuration),
                    price=variant.price - cheaper_by,
                )
                for variant in offer.variants
            ),
        )
        if has_package(package, offer)
        else offer
        for offer in offers
    )


def _difference_of_draw(
    programme: Programme,
    part_worths: PartWorths,
    market: MarketAlternatives,
    rows_at: Sequence[Float[np.ndarray, "M A K"]],
    cuts: Float[np.ndarray, " cuts"],
    is_with_it: Bool[np.ndarray, " variants"],
    buyers: Float[np.ndarray, "S M"],
    draw: int,
) -> float:
    people, weights, offsets = market_of_draw(programme, part_worths, market, draw)
    n_ours = len(is_with_it)

    def sold(rows: Float[np.ndarray, "M A K"]) -> float:
        shares = mean_shares(people, weights, rows, offsets)[:, :n_ours]
        return float(buyers[draw] @ shares[:, is_with_it].sum(axis=1))

    def more_than_with_it(cut: float) -> float:
        # Rows are linear in the price, or nearly so between two cuts.
        at = float(np.interp(cut, cuts, np.arange(len(cuts))))
        low = min(int(at), len(cuts) - 2)
        return sold(rows_at[low] + (at - low) * (rows_at[low + 1] - rows_at[low])) - target

    target = sold(market.rows)
    least, most = cuts[0], cuts[-1]
    if more_than_with_it(least) >= 0.0:
        return float(least)
    if more_than_with_it(most) <= 0.0:
        return float(most)
    return float(brentq(more_than_with_it, least, most, xtol=_TOLERANCE * (most - least)))


def _worth(
    gained: Float[np.ndarray, " N"], lost_per_unit: Float[np.ndarray, " N"]
) -> Float[np.ndarray, " N"]:
    """Return utility gained over utility lost for each unit of money; endless where none is."""
    endless = np.copysign(np.inf, gained)
    return np.divide(gained, lost_per_unit, out=endless, where=lost_per_unit > 0.0)


def _weighted_median(values: Float[np.ndarray, " N"], weights: Float[np.ndarray, " N"]) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, 0.5 * reached[-1])])
