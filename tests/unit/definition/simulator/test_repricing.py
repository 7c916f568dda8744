"""Prices set anew in a scenario: those of the line's prices, and what features are worth then."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.definition.prices.line_market import LineMarkets
from counterflow.definition.prices.line_prices import line_prices
from counterflow.definition.prices.problems import price_problem
from counterflow.definition.simulator.calibration import Calibrated, calibrate
from counterflow.definition.simulator.feature_value import equilibrium_value
from counterflow.definition.simulator.offers import new_offer, offer_with
from counterflow.definition.simulator.people import people_of
from counterflow.definition.simulator.repricing import RepricedScenario, why_not_repriced
from counterflow.definition.simulator.scenario import Calibration, Scenario
from counterflow.definition.simulator.simulate import simulate
from strategies.bikes import small_bike
from strategies.simulated_part_worths import simulated_part_worths

CALIBRATED = {"outside_option": {"kind": "calibrated", "share": 0.7}}
LEVELS = {"motor": "hub", "load": "80", "battery": "bought"}
RIVAL_COST = {"rival": 1800.0}


def bike(market=None, *, mid_costs=190.0):
    """Return the small bike whose mid motor costs as much as its hub motor, or what is said."""
    bikes = small_bike(market=market)
    levels = {**bikes.costs.levels, "motor": {"none": 0.0, "hub": 190.0, "mid": mid_costs}}
    return bikes.model_copy(update={"costs": bikes.costs.model_copy(update={"levels": levels})})


def line(bikes, **other):
    light = new_offer(bikes, "light", LEVELS, 2600.0)
    heavy = new_offer(bikes, "heavy", {**LEVELS, "load": "160"}, 3600.0)
    return Scenario(programme=bikes, offers=(light, heavy), **other)


def to_whom_motors_are_alike(bikes, n_draws=4):
    """Return people to whom the mid motor is worth just what the hub motor is."""
    part_worths = simulated_part_worths(bikes, n_draws=n_draws)
    draws = part_worths.draws.copy()
    labels = part_worths.labels
    draws[:, :, labels.index("motor[mid]")] = draws[:, :, labels.index("motor[hub]")]
    return people_of(bikes, replace(part_worths, draws=draws))


def value(told, people, calibrated, costs, versus="mid"):
    """Return what the light bike's hub motor is worth against another."""
    light, *others = told.offers
    without = replace(told, offers=(offer_with(told.programme, light, {"motor": versus}), *others))
    repriced = [
        RepricedScenario(scenario, people, calibrated, rival_unit_costs=costs, n_starts=2)
        for scenario in (told, without)
    ]
    return equilibrium_value(*repriced, "light", draws=range(people.n_draws))


@given(
    market=st.sampled_from([{}, CALIBRATED]),
    known=st.sampled_from([{}, {"rival": 0.2}]),
    scale=st.sampled_from([0.6, 1.0]),
    costs=st.sampled_from([{}, RIVAL_COST]),
    regions=st.sampled_from([{}, {"light": ("south",)}]),
)
@settings(max_examples=12, deadline=None)
def test_a_feature_worth_nothing_is_worth_nothing_in_equilibrium(
    market, known, scale, costs, regions
):
    bikes = bike(market)
    people = to_whom_motors_are_alike(bikes)
    calibrated = calibrate(bikes, people, Calibration(scale=scale, shares=known))
    found = value(line(bikes, regions=regions), people, calibrated, costs)
    np.testing.assert_allclose(found.price_difference, 0.0, atol=1e-4)
    np.testing.assert_allclose(found.profit_difference, 0.0, atol=1e-3)
    assert found.is_converged.all()


@pytest.mark.parametrize("costs", [{}, RIVAL_COST], ids=["held", "answering"])
def test_a_feature_that_only_costs_makes_an_offer_dearer_and_the_line_earn_less(costs):
    bikes = bike(mid_costs=390.0)
    found = value(line(bikes), to_whom_motors_are_alike(bikes), Calibrated(), costs)
    # Hub against mid: 200 cheaper to make, and as good.
    inside = ~found.is_bounded
    assert inside.any()
    assert (found.price_difference[inside] < 0.0).all()
    assert (found.profit_difference > 0.0).all()


def test_a_motor_that_people_want_is_worth_something_and_rivals_who_answer_change_that():
    bikes = bike()
    people = people_of(bikes, simulated_part_worths(bikes))
    held, answered = (
        value(line(bikes), people, Calibrated(), costs, versus="none") for costs in ({}, RIVAL_COST)
    )
    assert held.profit_difference.mean() > 0.0
    assert answered.profit_difference.mean() != held.profit_difference.mean()


@pytest.mark.parametrize("market", [{}, CALIBRATED], ids=["estimated", "calibrated"])
def test_prices_of_a_scenario_that_changes_nothing_are_those_of_the_line(market):
    bikes = bike(market)
    told, part_worths = line(bikes), simulated_part_worths(bikes)
    people = people_of(bikes, part_worths)
    found = line_prices(bikes, told.offers, part_worths, rival_unit_costs=RIVAL_COST)
    repriced = RepricedScenario(told, people, calibrate(bikes, people), rival_unit_costs=RIVAL_COST)
    assert repriced.expected.prices == pytest.approx(dict(found.equilibrium.prices), rel=1e-6)
    draws = [repriced(s) for s in range(people.n_draws)]
    for name, by_draw in found.equilibrium_by_draw.items():
        mean = np.mean([draw.prices[name] for draw in draws])
        assert mean == pytest.approx(by_draw.mean, rel=1e-6)


@given(
    scale=st.sampled_from([0.5, 1.0, 2.0]),
    known=st.sampled_from([{}, {"rival": 0.2}]),
    regions=st.sampled_from([{}, {"light": ("south",)}]),
    rival_price=st.sampled_from([3900.0, 3000.0]),
)
@settings(max_examples=12, deadline=None)
def test_the_market_of_prices_sells_what_the_simulator_says(scale, known, regions, rival_price):
    bikes = bike(CALIBRATED)
    people = people_of(bikes, simulated_part_worths(bikes, n_draws=3))
    calibrated = calibrate(bikes, people, Calibration(scale=scale, shares=known))
    told = line(bikes, regions=regions).priced("rival", rival_price)
    shares = simulate(told, people, calibrated)
    markets = LineMarkets(
        told.programme,
        told.offers,
        replace(people.part_worths, draws=scale * people.part_worths.draws),
        rival_unit_costs={},
        offsets=calibrated.offsets,
        sold_in=regions,
    )
    prices = np.array(list(markets.prices.values()))
    for s in range(people.n_draws):
        problem = price_problem(markets.of_draw(s), moving=told.line, prices=markets.prices)
        sold = problem.conditions(prices).volumes
        for name, volume in zip(markets.prices, sold, strict=True):
            assert volume == pytest.approx(shares.volume_of(name)[s], rel=1e-9)


def test_prices_are_set_under_logit_among_people_who_know_every_offer():
    told = line(bike())
    assert list(why_not_repriced(told)) == []
    hidden = replace(told, considered={"light": 0.5, "heavy": 1.0}, rule="first_choice")
    assert len(list(why_not_repriced(hidden))) == 2
    assert len(list(why_not_repriced(replace(told, offers=())))) == 1
