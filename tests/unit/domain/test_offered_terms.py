"""What people make of terms of rent that differ from those they were asked about."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.definition.compare import compare
from counterflow.definition.comparison.outcome import line_outcome
from counterflow.definition.earnings import overage_of
from counterflow.definition.prices.line_market import LineMarkets
from counterflow.definition.simulator.people import people_of
from counterflow.definition.simulator.scenario import Scenario
from counterflow.definition.simulator.simulate import simulate
from counterflow.definition.valuation import value_line
from counterflow.demand.forecast import forecast_volumes
from counterflow.domain.coding import OUTSIDE, UtilityCoding
from counterflow.domain.errors import LabelMismatchError
from counterflow.domain.market_alternatives import market_alternatives
from counterflow.domain.offered_terms import sold_on, with_offered_terms
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from strategies.definitions import definition_of, offer_like
from strategies.rented_bikes import ASKED, QUESTION, rented_bike, riders
from strategies.simulated_part_worths import simulated_part_worths

SHOWN = {"rent_per_month": 60.0, "cap_km_per_month": 150.0, "overage_per_km": 0.5}
NO_CAP = {"rent_per_month": 60.0}
RIDERS = riders({"ada": 1200.0, "bo": 2400.0, "cy": 6000.0, "di": None})

A_FEW = settings(max_examples=30)
CAPS = st.one_of(st.none(), st.floats(1.0, 1000.0))


def _offered(cap: float | None, *, asked=SHOWN, **terms) -> Programme:
    """Return the bike that is offered with this cap to people who were asked about `asked`."""
    priced = {} if cap is not None else {"overage_per_km": 0.0}
    offered = {"cap_km_per_month": cap, **priced, **terms}
    return rented_bike(question=ASKED, asked=asked, terms=offered)


def _minding_the_price(part_worths: PartWorths) -> PartWorths:
    draws = np.array(part_worths.draws)
    price = part_worths.coding.columns_of("price")
    draws[:, :, price] = -np.abs(draws[:, :, price]) - 1e-4
    return replace(part_worths, draws=draws)


def _added(programme: Programme, part_worths: PartWorths = RIDERS) -> np.ndarray:
    """Return what the terms that are offered add to each person's utility of renting."""
    found = with_offered_terms(programme, part_worths)
    rented = offer_like("rented", 2500.0, programme, battery="rented")
    row = market_alternatives(programme, found.coding, [rented]).rows[0, 0]
    plain = market_alternatives(programme, part_worths.coding, []).rows.shape[2]
    extra = row[plain - 1 : -1]
    return found.draws[:, :, plain - 1 : -1] @ extra


def test_the_terms_that_people_were_asked_about_change_nothing():
    assert with_offered_terms(rented_bike(question=ASKED), RIDERS) is RIDERS
    assert with_offered_terms(_offered(150.0), RIDERS) is RIDERS


def test_more_rent_and_overage_are_worth_what_they_cost_by_hand():
    """Cap 100 rather than 150, 70 rather than 60 a month, no interest, 48 months.

    At 100, 200 and 500 km a month that is 10, 10 + 0.5 * 50 and 10 + 0.5 * 50 more a month.
    """
    part_worths = _minding_the_price(riders({"ada": 1200.0, "bo": 2400.0, "cy": 6000.0}))
    bikes = _offered(100.0, rent_per_month=70.0, discount_rate_per_year=0.0)
    price = part_worths.draws[:, :, part_worths.coding.columns_of("price")][:, :, 0]
    expected = price * (48 * np.array([10.0, 35.0, 35.0]))
    np.testing.assert_allclose(_added(bikes, part_worths), expected, rtol=1e-12)


def test_the_outside_option_keeps_its_constant():
    found = with_offered_terms(_offered(100.0), RIDERS)
    assert found.labels[-1] == OUTSIDE
    np.testing.assert_array_equal(found.draws[:, :, -1], RIDERS.draws[:, :, -1])
    np.testing.assert_array_equal(found.draws[:, :, :-2], RIDERS.draws[:, :, :-1])


@A_FEW
@given(CAPS, CAPS)
def test_a_higher_cap_never_lowers_the_utility_of_anyone(one, other):
    low, high = sorted((one, other), key=lambda cap: np.inf if cap is None else cap)
    added = [
        _added(bikes) if with_offered_terms(bikes, RIDERS) is not RIDERS else np.zeros((4, 4))
        for bikes in (_offered(low), _offered(high))
    ]
    assert (added[1] >= added[0]).all()


@A_FEW
@given(st.floats(101.0, 149.0))
def test_who_drives_less_than_both_caps_sees_no_difference(cap):
    added = _added(_offered(cap), _minding_the_price(RIDERS))
    np.testing.assert_array_equal(added[:, 0], 0.0)
    assert (added[:, 1:3] < 0.0).all()


def test_buyers_pay_the_overage_that_the_maker_earns_in_every_draw():
    """Asked without a cap, people value all of it: utility over the price coefficient is money."""
    part_worths = _minding_the_price(riders({"ada": 1200.0, "cy": 6000.0, "di": None}, n_draws=20))
    bikes = _offered(150.0, asked=NO_CAP)
    rented = offer_like("rented", 2500.0, bikes, battery="rented")
    price = part_worths.draws[:, :, part_worths.coding.columns_of("price")][:, :, 0]
    earned = overage_of(bikes, [rented], part_worths).values[0]
    np.testing.assert_allclose(_added(bikes, part_worths) / price, earned, rtol=1e-9, atol=1e-9)
    assert len(np.unique(earned[:, 2])) == 2


def test_who_likes_to_pay_does_not_like_overage():
    draws = np.abs(np.array(RIDERS.draws))
    assert (_added(_offered(100.0), replace(RIDERS, draws=draws)) == 0.0).all()


def test_a_distance_that_all_drive_counts_in_place_of_their_own():
    """250 km a month is 100 more than the cap that was shown, and 150 more than the new one."""
    part_worths = _minding_the_price(RIDERS)
    bikes = _offered(100.0, expected_km_per_month=250.0, discount_rate_per_year=0.0)
    price = part_worths.draws[:, :, part_worths.coding.columns_of("price")][:, :, 0]
    np.testing.assert_allclose(_added(bikes, part_worths), price * 48 * 0.5 * 50.0, rtol=1e-12)


def test_the_part_worths_of_a_market_value_what_its_people_pay_on_average():
    part_worths = riders({"ada": 1200.0, "cy": 6000.0})
    market = replace(
        part_worths,
        draws=-np.abs(part_worths.draws[:, :1]),
        respondent_ids=("",),
        weights=np.ones(1),
    )
    bikes = _offered(100.0, discount_rate_per_year=0.0)
    price = market.draws[:, :, market.coding.columns_of("price")][:, :, 0]
    # Of 100 and 500 km only the second is above either cap, by 50 more of the lower one.
    share = part_worths.weights[1] / part_worths.weights.sum()
    np.testing.assert_allclose(_added(bikes, market), price * 48 * 0.5 * 50.0 * share, rtol=1e-12)


def test_terms_that_part_worths_do_not_know_are_refused():
    bikes = _offered(100.0)
    rented = offer_like("rented", 2500.0, bikes, battery="rented")
    with pytest.raises(LabelMismatchError, match=r"rent: rent_per_month 60.0, cap_km_per_month"):
        market_alternatives(bikes, RIDERS.coding, [rented])


def test_part_worths_that_know_the_terms_stay_as_they_are():
    known = with_offered_terms(_offered(100.0), RIDERS)
    assert with_offered_terms(_offered(100.0), known) is known
    both = with_offered_terms(_offered(120.0), known)
    assert both.draws.shape[2] == RIDERS.draws.shape[2] + 2
    assert UtilityCoding.from_dict(both.coding.to_dict()) == both.coding


def test_a_definition_keeps_its_terms_when_the_programme_offers_others():
    """Both are valued at once under the programme that asked about a cap of 150."""
    now, then = rented_bike(question=ASKED), _offered(100.0)
    people = simulated_part_worths(now, n_respondents=40)
    assert np.isnan(people.own_numbers.answers[QUESTION]).any()
    offers = [offer_like("r", 2500.0, bikes, battery="rented") for bikes in (now, then)]
    found = compare(now, people, *(definition_of(offer) for offer in offers))
    assert found.share.difference.high < 0.0
    [changed] = found.changes.changed
    assert [(c.what, c.before, c.after) for c in changed.changes][:1] == [
        ("terms.cap_km_per_month", 150.0, 100.0)
    ]
    again = value_line(then, offers[1:], people)
    assert found.profit.b.mean == pytest.approx(float(again.profit.mean()), rel=1e-12)


def test_simulator_forecast_and_comparison_see_the_same_buyers():
    bikes = _offered(100.0, rent_per_month=45.0)
    people = simulated_part_worths(bikes, n_respondents=30)
    offer = offer_like("r", 2500.0, bikes, battery="rented")
    compared = line_outcome(bikes, [offer], people)
    simulated = simulate(Scenario(programme=bikes, offers=(offer,)), people_of(bikes, people))
    forecast = forecast_volumes(bikes, definition_of(offer), people)
    share = compared.over_regions(compared.offer_shares)[:, 0]
    np.testing.assert_allclose(simulated.of("r"), share, rtol=1e-10)
    np.testing.assert_allclose(forecast.shares["r"], share, rtol=1e-10)
    asked = line_outcome(bikes, [replace(offer, terms=SHOWN)], people)
    assert (share != asked.over_regions(asked.offer_shares)[:, 0]).all()


def test_prices_are_sought_among_buyers_who_know_the_terms():
    bikes = _offered(100.0)
    offer = offer_like("r", 2500.0, bikes, battery="rented")
    new, asked = (
        LineMarkets(bikes, [replace(offer, terms=terms)], RIDERS, rival_unit_costs={})
        .of_draw(1)
        .regions[0]
        .buyers
        for terms in (offer.terms, SHOWN)
    )
    n_variants = len(offer.variants)
    added = (new[0] - asked[0])[:, :n_variants]
    np.testing.assert_allclose(added, np.tile(_added(bikes)[1][:, None], n_variants), atol=1e-12)


def test_an_offer_of_a_contract_that_is_no_more_is_as_it_was_written():
    bikes = rented_bike()
    offer = replace(offer_like("r", 2500.0, bikes, battery="rented"), contract="lease")
    assert sold_on(bikes, [offer])[0].contract is None
