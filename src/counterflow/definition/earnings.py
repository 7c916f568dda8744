"""Earnings: what a vehicle of each variant brings, by region and by the person who takes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from counterflow.definition.offers import unit_cost
from counterflow.domain.definition import Offer, Variant
from counterflow.domain.distances import overage_values
from counterflow.domain.offered_terms import sold_on
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.rounding import significant
from counterflow.domain.settings import Quantity


@dataclass(frozen=True, eq=False, kw_only=True)
class Overage:
    """What people pay for distance above the cap of each of P contracts, at today's value."""

    values: Float[np.ndarray, "P ..."]
    """Of N respondents in S draws, or of B buyers."""
    contract_of_variant: Int[np.ndarray, " variants"]
    """Position of each variant's contract among the P, -1 where nobody pays by distance."""


def overage_of(programme: Programme, offers: Sequence[Offer], part_worths: PartWorths) -> Overage:
    """Return what people would pay above the caps of these offers, S draws by N respondents."""
    sold = sold_on(programme, offers)
    contracts = {on.name: on.contract for on in sold if on.contract is not None}
    values = overage_values(programme, part_worths, contracts)
    position = {name: p for p, name in enumerate(values)}
    people = part_worths.draws.shape[:2]
    return Overage(
        values=np.array(list(values.values())).reshape(len(values), *people),
        contract_of_variant=np.array(
            [
                position.get(on.name, -1)
                for on, offer in zip(sold, offers, strict=True)
                for _ in offer.variants
            ]
        ),
    )


def margins_by_region(
    programme: Programme, offers: Sequence[Offer]
) -> Float[np.ndarray, "M variants"]:
    """Return what a vehicle earns in each region, packages at the least fee of their tiers.

    The price in full, as a subsidy is paid by others; rent at today's value, overage apart where
    people pay it by their own distance; less unit cost and what the seller hands on as tax.
    """
    margins = np.array(list(_paid(programme, offers))) - np.array(
        [least_cost(programme, variant) for offer in offers for variant in offer.variants]
    )
    return margins - seller_taxes(programme, offers)


def values_by_region(
    programme: Programme, offers: Sequence[Offer], quantity: Quantity
) -> Float[np.ndarray, "M variants"]:
    """Return what a vehicle adds to a quantity in each region; overage apart as in its margin."""
    if quantity in ("profit", "contribution"):
        return margins_by_region(programme, offers)
    market = programme.market
    if quantity == "revenue":
        each = np.array(list(_paid(programme, offers)))
    else:
        everybody = sum(sum(r.buyers(len(market.periods))) for r in market.regions.values())
        each = np.full(sum(len(offer.variants) for offer in offers), 1.0 / everybody)
    return np.tile(each, (len(market.regions), 1))


def seller_taxes(programme: Programme, offers: Sequence[Offer]) -> Float[np.ndarray, "M variants"]:
    """Return what the seller hands on of the price of each variant in each region."""
    variants = [variant for offer in offers for variant in offer.variants]
    market = programme.market
    return np.array(
        [
            [market.seller_tax(region, v.configuration.meets, v.price) for v in variants]
            for region in market.regions
        ]
    )


def least_cost(programme: Programme, variant: Variant) -> float:
    """Return the unit cost, packages at the least fee of their tiers.

    What a definition says has the fees of the volume that its line sells.
    """
    packages = programme.costs.packages.values()
    if any(package.tiers and variant.configuration.meets(package.when) for package in packages):
        return significant(unit_cost(programme, variant.configuration))
    return variant.unit_cost


def _paid(programme: Programme, offers: Sequence[Offer]) -> Iterator[float]:
    """Yield price and rent of each variant, overage apart where people pay it by distance."""
    for offer, (contract, _, _) in zip(offers, sold_on(programme, offers), strict=True):
        on_distance = contract is not None and contract.depends_on_distance
        rent = contract.present_value if contract and on_distance else offer.contract_value
        for variant in offer.variants:
            yield variant.price + rent
