"""Rules on lines, tiers and taxes: what they say by hand, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.configuration import Configuration
from counterflow.domain.costs import SupplierPackage
from counterflow.domain.line_rules import LineRule, OfferPattern, PriceEnding
from counterflow.domain.market import Tax
from counterflow.domain.programme import Programme
from strategies.cargo_bike import cargo_bike

volumes = st.floats(0.0, 1e6)
fees = st.floats(0.0, 1e4)


@st.composite
def packages(draw: st.DrawFn) -> SupplierPackage:
    starts = [0.0, *sorted(draw(st.sets(st.floats(1.0, 1e5), max_size=3)))]
    return SupplierPackage.model_validate(
        {
            "label": "Pilot",
            "when": {},
            "fixed_fee": 0.0,
            "tier_applies_to": draw(st.sampled_from(["every_vehicle", "further_vehicles"])),
            "tiers": [{"from_vehicles": s, "fee_per_vehicle": draw(fees)} for s in starts],
        }
    )


@given(packages(), volumes)
def test_no_volume_costs_less_than_the_least_fee_nor_more_than_the_greatest(package, volume):
    paid = float(package.fees(np.array([volume]))[0])
    most = max(tier.fee_per_vehicle for tier in package.tiers)
    tolerance = 1e-9 * most * volume
    assert package.least_fee_per_vehicle() * volume - tolerance <= paid <= most * volume + tolerance


@given(packages(), volumes, volumes)
def test_further_vehicles_are_never_free_of_those_before(package, one, other):
    if package.tier_applies_to == "further_vehicles":
        low, high = package.fees(np.sort(np.array([one, other])))
        assert low <= high * (1 + 1e-12)


@given(
    st.floats(0.01, 1.0),
    st.floats(0.0, 1e5),
    st.floats(1.0, 2e5),
    st.sampled_from(["whole_price", "excess"]),
)
def test_a_tax_is_never_more_than_its_rate_of_the_price_and_nothing_below_its_limit(
    rate, limit, price, above
):
    tax = Tax(label="T", paid_by="buyer", rate=rate, exempt_up_to=limit, taxed_above=above)
    assert 0.0 <= tax.due(price) <= rate * price
    if price <= limit:
        assert tax.due(price) == 0.0


def test_a_purchase_tax_with_an_exemption_by_hand():
    # A tenth of the price before value added tax of 13 %; exempt up to a price of 339,000.
    tax = Tax(label="T", paid_by="buyer", rate=0.1 / 1.13, exempt_up_to=339_000.0)
    assert tax.due(339_000.0) == 0.0
    assert tax.due(452_000.0) == pytest.approx(40_000.0)
    excess = tax.model_copy(update={"taxed_above": "excess"})
    assert excess.due(452_000.0) == pytest.approx(10_000.0)


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=30, unique=True))
def test_prices_that_are_rounded_end_as_they_should_within_their_range(steps):
    prices = tuple(sorted(50.0 * step for step in steps))
    ending = PriceEnding(ending=900.0, every=1000.0, grid="round")
    rounded = ending.of(prices)
    assert all(price % 1000.0 == 900.0 for price in rounded)
    assert all(prices[0] <= price <= prices[-1] for price in rounded)
    assert list(rounded) == sorted(set(rounded))
    assert set(ending.model_copy(update={"grid": "keep"}).of(prices)) <= set(prices)


def test_prices_of_cents_end_in_ninety_nine():
    ending = PriceEnding(ending=0.99, every=1.0)
    grid = tuple(round(10.0 + 0.01 * i, 9) for i in range(300))
    assert ending.of(grid) == (10.99, 11.99, 12.99)


def test_a_pattern_is_met_by_configuration_and_price():
    pattern = OfferPattern(when={"motor": ("hub",)}, price=2900.0)
    hub = Configuration.of({"motor": "hub", "load": "80"})
    assert pattern.is_met_by(hub, 2900.0)
    assert not pattern.is_met_by(hub, 2901.0)
    assert OfferPattern(price=2900.0).is_met_by(Configuration.of({}), 2900.0)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("must_offer", [{}], r"must_offer.0\n.*expected the key `when` or `price`"),
        ("must_offer", [{"when": {"motor": "x"}}], r'must_offer\[1\].when.motor: .*"hub"'),
        ("must_offer", [{"when": {"colour": "green"}}], r"when.colour: expected one of"),
        (
            "line_rules",
            [{"when": {}, "requires": {"motor": "hub"}, "reason": "R"}],
            r"line_rules.0\n.*when: expected the offers that the rule is about",
        ),
        (
            "ladders",
            [{"lower": {"motor": "hub"}, "higher": {"load": 80}, "least_difference": 1}],
            r"ladders\[1\]: expected no offer that .* both hold for, found motor = \"hub\", load",
        ),
        ("price_ending", {"ending": 1000, "every": 1000}, "ending: expected less than `every`"),
        ("price_ending", {"ending": 50, "every": 100}, r"prices\[1\]: expected a price that ends"),
        ("least_vehicles", 0, "greater than 0"),
        ("budget", -1, "greater than or equal to 0"),
    ],
)
def test_rules_on_lines_that_mean_nothing_are_refused(key, value, said):
    with pytest.raises(ValueError, match=said):
        Programme.model_validate(cargo_bike(search={**cargo_bike()["search"], key: value}))


def test_limits_on_volume_that_cross_are_refused():
    limits = {"least_vehicles": 10, "most_vehicles": 9}
    with pytest.raises(ValueError, match=r"least_vehicles: expected at most search.most_vehicles"):
        Programme.model_validate(cargo_bike(search={**cargo_bike()["search"], **limits}))


PACKAGE: dict[str, Any] = {"label": "P", "when": {}, "fixed_fee": 0.0}
TIERS = [
    {"from_vehicles": 0, "fee_per_vehicle": 2.0},
    {"from_vehicles": 9, "fee_per_vehicle": 1.0},
]


@pytest.mark.parametrize(
    ("fees", "said"),
    [
        ({}, "fee_per_vehicle: expected what is paid for each vehicle"),
        ({"tiers": TIERS}, 'tier_applies_to: expected one of "every_vehicle"'),
        (
            {"tiers": TIERS, "tier_applies_to": "every_vehicle", "fee_per_vehicle": 1.0},
            "fee_per_vehicle: expected no fee beside `tiers`",
        ),
        (
            {"fee_per_vehicle": 1.0, "tier_applies_to": "every_vehicle"},
            "tier_applies_to: expected `tiers` beside it",
        ),
        (
            {"tiers": TIERS[1:], "tier_applies_to": "every_vehicle"},
            r"tiers\[1\].from_vehicles: expected 0",
        ),
        (
            {"tiers": [TIERS[0], TIERS[0]], "tier_applies_to": "every_vehicle"},
            r"tiers\[2\].from_vehicles: expected more vehicles",
        ),
    ],
)
def test_fees_that_are_no_ladder_of_volumes_are_refused(fees, said):
    with pytest.raises(ValueError, match=said):
        SupplierPackage.model_validate({**PACKAGE, **fees})


@pytest.mark.parametrize(
    ("tax", "said"),
    [
        ({}, "expected a `rate` or an `amount` above 0"),
        ({"rate": 0.1, "taxed_above": "excess"}, "exempt_up_to: expected the price above which"),
        ({"rate": 1.1}, "less than or equal to 1"),
    ],
)
def test_taxes_that_take_nothing_or_are_not_clear_are_refused(tax, said):
    with pytest.raises(ValueError, match=said):
        Tax.model_validate({"label": "T", "paid_by": "buyer", **tax})


def test_a_contract_without_a_distance_asks_for_one():
    contracts = {"rent": {**cargo_bike()["contracts"]["rent"]}}
    del contracts["rent"]["expected_km_per_month"]
    with pytest.raises(ValueError, match=r"how far every renter drives, or \[market.distance\]"):
        Programme.model_validate(cargo_bike(contracts=contracts))


def test_a_rule_on_a_line_must_say_something():
    with pytest.raises(ValueError, match="the key `requires` or `excludes`"):
        LineRule.model_validate({"when": {"motor": "hub"}, "reason": "R"})
