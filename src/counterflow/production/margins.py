"""Margins: what a vehicle earns and costs, by variant and by offer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.domain.definition import Definition, Variant
from counterflow.domain.programme import Programme
from counterflow.domain.volumes import VolumeDraws
from counterflow.production.variants import expected_mix, variants_of


@dataclass(frozen=True, eq=False, kw_only=True)
class Margins:
    """Money a vehicle, in the programme's currency; one entry a variant, or an offer."""

    income: Float[np.ndarray, " n"]
    """Price with options, less taxes that the seller pays, and the contract's present value."""
    unit_cost: Float[np.ndarray, " n"]
    salvage: Float[np.ndarray, " n"]
    """What a vehicle that nobody ordered still brings."""

    @property
    def contribution(self) -> Float[np.ndarray, " n"]:
        """Return what a vehicle that is sold contributes."""
        return self.income - self.unit_cost


def variant_margins(programme: Programme, definition: Definition, volumes: VolumeDraws) -> Margins:
    """Return the margins of each variant, in the order of the volumes.

    A subsidy is paid by others and to the buyer, so it stands in no margin. The programme states
    salvage for parts only: a vehicle that is left over is taken to bring the same share of its
    unit cost as its parts bring of theirs, and nothing if it has none.
    """
    variants = variants_of(definition, volumes)
    contract_value = {offer.name: offer.contract_value for offer in definition.offers}
    contracts = np.array([contract_value[offer] for offer in volumes.offer_of_variant])
    return Margins(
        income=np.array([variant.price - variant.seller_tax for variant in variants]) + contracts,
        unit_cost=np.array([variant.unit_cost for variant in variants]),
        salvage=np.array([_salvage(programme, variant) for variant in variants]),
    )


def offer_margins(programme: Programme, definition: Definition, volumes: VolumeDraws) -> Margins:
    """Return the margins of each offer: means over the variants its buyers are expected to pick."""
    mix = expected_mix(volumes)
    margins = variant_margins(programme, definition, volumes)
    return Margins(
        income=mix @ margins.income,
        unit_cost=mix @ margins.unit_cost,
        salvage=mix @ margins.salvage,
    )


def offer_taxes(definition: Definition, volumes: VolumeDraws) -> Float[np.ndarray, " O"]:
    """Return what the seller hands on of each offer's price: a mean as in `offer_margins`."""
    taxes = [variant.seller_tax for variant in variants_of(definition, volumes)]
    return np.asarray(expected_mix(volumes) @ np.array(taxes))


def _salvage(programme: Programme, variant: Variant) -> float:
    used = [(programme.parts[name], quantity) for name, quantity in variant.parts.items()]
    cost = sum(part.unit_cost * quantity for part, quantity in used)
    brought = sum(part.unit_cost * part.salvage_share * quantity for part, quantity in used)
    return variant.unit_cost * brought / cost if cost > 0 else 0.0
