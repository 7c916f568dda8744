"""What buyers choose from: prices net of subsidy, rivals where they are sold, neither."""

import numpy as np
import pytest

from counterflow.domain.coding import UtilityCoding
from counterflow.domain.configuration import Configuration
from counterflow.domain.definition import Offer, Variant
from counterflow.domain.errors import InputError, LabelMismatchError
from counterflow.domain.market_alternatives import MarketAlternatives, market_alternatives
from counterflow.domain.programme import Programme
from strategies.cargo_bike import cargo_bike

BIKE = {"motor": "hub", "load": "120", "battery": "bought"}


def programme(**market):
    document = cargo_bike()
    return Programme.model_validate({**document, "market": {**document["market"], **market}})


def coding_of(bikes: Programme, *, has_outside: bool = True) -> UtilityCoding:
    return UtilityCoding.of(bikes.attributes, has_outside=has_outside)


def offer(name="bike", price=3000.0, **levels) -> Offer:
    fixed = {**BIKE, **levels}
    return Offer(
        name=name,
        configuration=Configuration.of(fixed),
        price=price,
        contract=None,
        terms={},
        contract_value=0.0,
        variants=tuple(
            Variant(
                configuration=Configuration.of({**fixed, "colour": colour}),
                price=price + extra,
                unit_cost=1000.0,
                parts={},
            )
            for colour, extra in (("black", 0.0), ("green", 50.0))
        ),
    )


def prices(market: MarketAlternatives, bikes: Programme) -> np.ndarray:
    """Return the prices that the rows hold; they are coded less the middle of the range."""
    column = coding_of(bikes).columns_of("price")
    return market.rows[:, :, column][:, :, 0] + (1500.0 + 4500.0) / 2.0


def test_variants_come_first_then_rivals_then_neither():
    bikes = programme()
    market = market_alternatives(bikes, coding_of(bikes), [offer("one"), offer("two")])
    assert market.names == ("one", "one", "two", "two", "rival", "outside")
    assert market.variants[1] == ("one", "motor=hub;load=120;battery=bought;colour=green")
    assert market.regions == ("north", "south")


def test_prices_are_net_of_the_subsidies_of_the_region():
    bikes = programme()
    market = market_alternatives(bikes, coding_of(bikes), [offer()])
    # North pays 300 on motors, to rivals' buyers too; green costs 50 more.
    np.testing.assert_allclose(
        prices(market, bikes)[:, :3], [[2700.0, 2750.0, 3600.0], [3000.0, 3050.0, 3900.0]]
    )


def test_a_subsidy_can_leave_out_rivals_and_what_does_not_meet_its_condition():
    grant = {"label": "Grant", "regions": ["north"], "amount": 300, "rivals_too": False}
    bikes = programme(subsidies={"grant": {**grant, "when": {"motor": "hub"}}})
    market = market_alternatives(bikes, coding_of(bikes), [offer(), offer("big", motor="mid")])
    np.testing.assert_allclose(
        prices(market, bikes)[0, :5], [2700.0, 2750.0, 3000.0, 3050.0, 3900.0]
    )


def test_a_rival_between_our_levels_is_coded_by_its_number():
    bikes = programme()
    market = market_alternatives(bikes, coding_of(bikes))
    load = coding_of(bikes).columns_of("load")
    # The middle of the loads asked about is 120 kg, the rival carries 130.
    assert market.rows[0, 0, load] == pytest.approx(10.0)


def test_a_rival_that_is_not_sold_in_a_region_has_no_weight_there():
    rival = {**cargo_bike()["market"]["competitors"]["rival"], "regions": ["south"]}
    bikes = programme(competitors={"rival": rival})
    market = market_alternatives(bikes, coding_of(bikes), [offer()])
    np.testing.assert_array_equal(np.isneginf(market.offsets[:, 2]), [True, False])


def test_the_variants_of_an_offer_together_weigh_as_much_as_one():
    bikes = programme()
    market = market_alternatives(bikes, coding_of(bikes), [offer()])
    np.testing.assert_allclose(np.exp(market.offsets[:, :2]).sum(axis=1), 1.0)


def test_the_outside_option_is_its_constant_and_nothing_else():
    bikes = programme()
    market = market_alternatives(bikes, coding_of(bikes))
    expected = [0.0] * (len(coding_of(bikes).labels) - 1) + [1.0]
    np.testing.assert_array_equal(market.rows[:, -1], [expected, expected])


def test_an_outside_option_to_be_estimated_needs_part_worths_for_it():
    bikes = programme()
    with pytest.raises(LabelMismatchError, match=r"part-worths.*outside"):
        market_alternatives(bikes, coding_of(bikes, has_outside=False))


def test_a_calibrated_outside_option_needs_none():
    bikes = programme(outside_option={"kind": "calibrated", "share": 0.8})
    market = market_alternatives(bikes, coding_of(bikes, has_outside=False))
    np.testing.assert_array_equal(market.rows[:, -1], 0.0)


def test_without_the_line_only_rivals_and_neither_are_left():
    bikes = programme()
    market = market_alternatives(bikes, coding_of(bikes), [offer()])
    without, alone = market.without_line(), market_alternatives(bikes, coding_of(bikes))
    assert without.names == alone.names == ("rival", "outside")
    np.testing.assert_array_equal(without.rows, alone.rows)
    np.testing.assert_array_equal(without.offsets, alone.offsets)


def test_subsidies_that_pay_for_the_whole_rival_are_refused():
    rival = {**cargo_bike()["market"]["competitors"]["rival"], "price": 250}
    bikes = programme(competitors={"rival": rival})
    with pytest.raises(InputError, match=r"market\.competitors\.rival\.price.*250.*300 together"):
        market_alternatives(bikes, coding_of(bikes))


def test_rows_that_do_not_fit_the_labels_are_refused():
    with pytest.raises(ValueError, match="rows and offsets must be"):
        MarketAlternatives(
            regions=("north",),
            variants=(),
            rivals=("rival",),
            rows=np.zeros((1, 3, 2)),
            offsets=np.zeros((1, 3)),
        )
