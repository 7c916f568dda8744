"""Offers: what a candidate is made of, what it costs, and on which terms it is sold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from counterflow.definition.candidates import Candidate
from counterflow.definition.feasibility.fixed_costs import fixed_costs_of
from counterflow.domain.configuration import Configuration
from counterflow.domain.contracts import Contract
from counterflow.domain.definition import Offer, Variant
from counterflow.domain.programme import Programme
from counterflow.domain.rounding import significant


def offer_of(programme: Programme, candidate: Candidate, *, name: str) -> Offer:
    """Return the candidate as an offer, with all that later stages need to know of it."""
    contract_name, contract = contract_of(programme, candidate.configuration)
    return Offer(
        name=name,
        configuration=candidate.configuration,
        price=candidate.price,
        contract=contract_name,
        terms=_terms(contract) if contract else {},
        contract_value=significant(contract.present_value) if contract else 0.0,
        variants=tuple(
            Variant(
                configuration=configuration,
                price=significant(candidate.price + _options_price(programme, configuration)),
                unit_cost=significant(unit_cost(programme, configuration)),
                parts=parts_of(programme, configuration),
            )
            for configuration in candidate.variants
        ),
    )


def unit_cost(
    programme: Programme, configuration: Configuration, *, fees: Mapping[str, float] | None = None
) -> float:
    """Return what one vehicle costs: base, levels, parts and fees to suppliers (currency).

    `fees` are what packages cost a vehicle at the volume that is sold; the least of its tiers where
    a package is not named.
    """
    costs = programme.costs
    levels = sum(by_level[configuration[name]] for name, by_level in costs.levels.items())
    parts = sum(
        quantity * programme.parts[part].unit_cost
        for part, quantity in parts_of(programme, configuration).items()
    )
    paid = sum(
        (fees or {}).get(name, package.least_fee_per_vehicle())
        for name, package in costs.packages.items()
        if configuration.meets(package.when)
    )
    return costs.base_per_vehicle + levels + parts + paid


def parts_of(programme: Programme, configuration: Configuration) -> dict[str, float]:
    """Return the quantity of each part that goes into one vehicle, where there is any."""
    quantities = {name: part.quantity_in(configuration) for name, part in programme.parts.items()}
    return {name: quantity for name, quantity in quantities.items() if quantity > 0}


def variant_margins(offer: Offer) -> tuple[float, ...]:
    """Return what a vehicle of each variant earns (currency).

    The buyer's price in full, as a subsidy is paid by others; the contract's present value; less
    the unit cost and what the seller hands on as tax.
    """
    return tuple(
        variant.price + offer.contract_value - variant.unit_cost - variant.seller_tax
        for variant in offer.variants
    )


def fixed_costs(programme: Programme, offers: Iterable[Offer]) -> float:
    """Return what the line costs whatever is sold: offers, and what they share, once."""
    made = [
        (offer.configuration, [variant.configuration for variant in offer.variants])
        for offer in offers
    ]
    return fixed_costs_of(programme, made).of(range(len(made)))


def _options_price(programme: Programme, configuration: Configuration) -> float:
    return sum(
        programme.attributes[name].option_price.get(level, 0.0)
        for name, level in configuration.levels
    )


def contract_of(
    programme: Programme, configuration: Configuration
) -> tuple[str | None, Contract | None]:
    """Return the contract on which a configuration is sold, and its name; None if it is bought."""
    for name, contract in programme.contracts.items():
        if configuration.meets(contract.when):
            return name, contract
    return None, None


def _terms(contract: Contract) -> dict[str, float]:
    """Return what the buyer agrees to, by name and unit; what is not limited has no entry."""
    terms = {
        "rent_per_month": contract.rent_per_month,
        "cap_km_per_month": contract.cap_km_per_month,
        "overage_per_km": contract.overage_per_km if contract.cap_km_per_month else None,
        "buy_out": contract.buy_out,
    }
    return {name: value for name, value in terms.items() if value is not None}
