"""Offers: what they are made of, what that costs, and what the buyer agrees to."""

from dataclasses import replace

import pytest

from counterflow.definition.candidates import Candidate, buildable_configurations, candidates
from counterflow.definition.offers import (
    fixed_costs,
    offer_of,
    parts_of,
    unit_cost,
    variant_margins,
)
from counterflow.domain.configuration import Configuration
from counterflow.domain.programme import Programme
from strategies.cargo_bike import cargo_bike
from strategies.workspaces import example


def with_package(**package: object) -> Programme:
    """Return the cargo bike with a supplier's package for mid motors."""
    cover = {
        "label": "Software",
        "when": {"motor": "mid"},
        "fee_per_vehicle": 40.0,
        "fixed_fee": 5000.0,
        **package,
    }
    costs = {**cargo_bike()["costs"], "packages": {"software": cover}}
    return Programme.model_validate(cargo_bike(costs=costs))


def candidate(bikes: Programme, price: float = 3000.0, **levels: str) -> Candidate:
    possible = candidates(bikes, buildable_configurations(bikes))
    return next(c for c in possible if c.price == price and c.configuration.as_dict() == levels)


def test_a_unit_costs_its_base_levels_parts_and_fees():
    bikes = with_package()
    green = Configuration.of(
        {"motor": "mid", "load": "160", "colour": "green", "battery": "bought"}
    )
    # Base 720, motor 520, colour 15, 6.5 m of tube at 9, fee 40.
    assert unit_cost(bikes, green) == pytest.approx(720 + 520 + 15 + 6.5 * 9 + 40)
    assert parts_of(bikes, green) == {"frame_tube": 6.5}


def test_an_option_is_paid_on_top_of_the_price_of_the_offer():
    bikes = with_package()
    offer = offer_of(
        bikes, candidate(bikes, motor="hub", load="120", battery="bought"), name="bike"
    )
    assert [variant.price for variant in offer.variants] == [3000.0, 3050.0]
    # 720 + 190 + 5 x 9 = 955 in black, 15 more in green; nobody takes off what a subsidy pays.
    assert variant_margins(offer) == pytest.approx((3000 - 955, 3050 - 970))


def test_a_rented_battery_brings_its_contract_and_shows_its_terms():
    bikes = with_package()
    rented = candidate(bikes, motor="hub", load="80", battery="rented")
    offer = offer_of(bikes, rented, name="bike")
    # 19 a month for 48 months at 4 % a year.
    monthly = 1.04 ** (1 / 12) - 1
    assert offer.contract == "rent"
    assert offer.contract_value == pytest.approx(19 * (1 - (1 + monthly) ** -48) / monthly)
    assert offer.terms == {"rent_per_month": 19.0}
    bought = candidate(bikes, motor="hub", load="80", battery="bought")
    assert (
        offer_of(bikes, bought, name="x").contract,
        offer_of(bikes, bought, name="x").terms,
    ) == (
        None,
        {},
    )


def test_the_terms_hold_every_limit_that_the_buyer_agrees_to():
    car = example("national-car")
    possible = candidates(car, buildable_configurations(car))
    capped = next(c for c in possible if c.configuration["battery"] == "rent_3000")
    assert offer_of(car, capped, name="car").terms == {
        "rent_per_month": 399.0,
        "cap_km_per_month": 3000.0,
        "overage_per_km": 0.2,
        "buy_out": 28000.0,
    }


def test_a_package_is_paid_once_however_many_offers_use_it():
    bikes = with_package()
    mids = [
        offer_of(bikes, candidate(bikes, motor="mid", load=load, battery="bought"), name=load)
        for load in ("80", "120")
    ]
    hub = offer_of(bikes, candidate(bikes, motor="hub", load="80", battery="bought"), name="hub")
    assert fixed_costs(bikes, [hub]) == 60_000
    assert fixed_costs(bikes, mids) == 2 * 60_000 + 5_000
    assert fixed_costs(bikes, [*mids, hub]) == 3 * 60_000 + 5_000


def test_a_package_of_an_option_counts_for_the_offer_that_leaves_it_to_the_buyer():
    bikes = with_package(when={"colour": "green"})
    some = candidate(bikes, motor="hub", load="80", battery="bought")
    offer = offer_of(bikes, some, name="x")
    assert fixed_costs(bikes, [offer]) == 60_000 + 5_000
    assert fixed_costs(bikes, [replace(offer, variants=offer.variants[:1])]) == 60_000
    # Only who takes green pays the fee for it: 15 for the paint and 40 for the package.
    black, green = (variant.unit_cost for variant in offer.variants)
    assert green - black == pytest.approx(55.0)
