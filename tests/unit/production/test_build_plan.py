"""Builds chosen before demand is known, as a two-stage stochastic linear programme."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterflow.domain.linear_programme import Solution
from counterflow.production.build_plan import Plant, build_plan_problem, read_build_plan
from counterflow.production.margins import Margins
from counterflow.production.outcome import outcome_of
from counterflow.production.representative_draws import Scenarios
from counterflow.solvers.highs import HighsSolver

vehicles = st.integers(0, 200).map(float)


def _scenarios(demand) -> Scenarios:
    demand = np.asarray(demand, dtype=float)
    return Scenarios(demand=demand, probability=np.full(len(demand), 1.0 / len(demand)))


def _plant(n_offers, n_periods, *, capacity=1000.0, holding=0.0, lost=0.0, committed=None) -> Plant:
    limits = [] if committed is None else [committed]
    return Plant(
        capacity=np.full(n_periods, capacity),
        holding_cost_share=holding,
        lost_share=lost,
        part_quantity=np.ones((n_offers, len(limits))),
        parts_committed=np.array(limits, dtype=float),
    )


def _margins(*, income, unit_cost, salvage) -> Margins:
    return Margins(
        income=np.array(income, dtype=float),
        unit_cost=np.array(unit_cost, dtype=float),
        salvage=np.array(salvage, dtype=float),
    )


def _solve(scenarios: Scenarios, margins: Margins, plant: Plant) -> Solution:
    problem = build_plan_problem(scenarios, margins, plant)
    return HighsSolver().solve(problem, time_limit_s=60.0)


def _exact_builds(solution: Solution, n_offers: int, n_periods: int) -> np.ndarray:
    return np.maximum(solution.x[: n_offers * n_periods].reshape(n_offers, n_periods), 0.0)


@st.composite
def cases(draw):
    c, o, q = (draw(st.integers(1, most)) for most in (4, 2, 4))
    demand = draw(hnp.arrays(float, (c, o, q), elements=vehicles))
    cost = draw(hnp.arrays(float, o, elements=st.integers(10, 50).map(float)))
    margins = _margins(
        income=cost + draw(hnp.arrays(float, o, elements=st.integers(-5, 40).map(float))),
        unit_cost=cost,
        salvage=cost * draw(st.sampled_from([0.0, 0.5, 0.9])),
    )
    plant = _plant(
        o,
        q,
        capacity=draw(st.integers(0, 250)) * 1.0,
        holding=draw(st.sampled_from([0.0, 0.01, 0.1])),
        lost=draw(st.sampled_from([0.0, 0.15, 1.0])),
        committed=draw(st.none() | st.integers(0, 600).map(float)),
    )
    return _scenarios(demand), margins, plant


@given(cases())
def test_builds_stay_within_capacity_and_parts(case):
    scenarios, margins, plant = case
    solution = _solve(scenarios, margins, plant)
    builds = read_build_plan(solution, n_offers=len(margins.income), n_periods=len(plant.capacity))
    assert (builds >= 0.0).all()
    assert (builds == np.floor(builds)).all()
    assert (builds.sum(axis=0) <= plant.capacity + 1e-6).all()
    used = builds.sum(axis=1) @ plant.part_quantity
    assert (used <= plant.parts_committed + 1e-6).all()


@given(cases())
def test_serving_every_order_at_once_earns_what_the_programme_promises(case):
    # The linear programme may look ahead within a scenario; the shop floor may not, and need not.
    scenarios, margins, plant = case
    solution = _solve(scenarios, margins, plant)
    assert solution.status == "optimal"
    builds = _exact_builds(solution, len(margins.income), len(plant.capacity))
    outcome = outcome_of(builds, scenarios.demand, margins=margins, plant=plant)
    earned = scenarios.probability @ outcome.contribution
    assert earned == pytest.approx(solution.objective, rel=1e-6, abs=1e-3)


@given(cases(), st.integers(1, 100))
def test_more_capacity_never_lowers_the_contribution(case, more):
    scenarios, margins, plant = case
    larger = dataclasses.replace(plant, capacity=plant.capacity + more)
    before, after = (_solve(scenarios, margins, p).objective for p in (plant, larger))
    assert after >= before - 1e-6 * max(1.0, abs(before))


@given(cases())
def test_building_nothing_is_always_possible_so_no_plan_loses_money(case):
    assert _solve(*case).objective >= -1e-6


@settings(max_examples=30)
@given(cases(), st.integers(0, 2**32 - 1))
def test_no_other_builds_within_the_limits_earn_more(case, seed):
    scenarios, margins, plant = case
    random = np.random.default_rng(seed)
    share = random.dirichlet(np.ones(len(margins.income) + 1), len(plant.capacity))[:, :-1]
    builds = share.T * plant.capacity
    used = builds.sum(axis=1) @ plant.part_quantity
    builds *= np.divide(plant.parts_committed, used, out=np.ones_like(used), where=used > 0).min(
        initial=1.0
    )
    outcome = outcome_of(builds, scenarios.demand, margins=margins, plant=plant)
    best = _solve(scenarios, margins, plant).objective
    assert scenarios.probability @ outcome.contribution <= best + 1e-6 * max(1.0, abs(best))


def test_without_demand_nothing_is_built():
    margins = _margins(income=[30.0], unit_cost=[20.0], salvage=[19.0])
    solution = _solve(_scenarios(np.zeros((3, 1, 4))), margins, _plant(1, 4))
    assert read_build_plan(solution, n_offers=1, n_periods=4).sum() == 0.0


def test_one_period_is_a_newsvendor():
    # A car sold earns 30, one left over loses 10: the third of four equally likely demands.
    margins = _margins(income=[100.0], unit_cost=[70.0], salvage=[60.0])
    demand = np.array([100.0, 200.0, 300.0, 400.0])[:, None, None]
    solution = _solve(_scenarios(demand), margins, _plant(1, 1))
    # 300 cars cost 21,000; sold 100, 200, 300, 300 at 100; left 200, 100, 0, 0 at 60.
    assert solution.objective == pytest.approx(22_500.0 + 4_500.0 - 21_000.0)
    assert read_build_plan(solution, n_offers=1, n_periods=1)[0, 0] in (300.0,)


def test_capacity_builds_ahead_of_a_known_peak_and_pays_for_holding():
    # Of 150 wanted in the second period 100 can be built then; 50 wait a period for 10 % of 20.
    margins = _margins(income=[30.0], unit_cost=[20.0], salvage=[0.0])
    plant = _plant(1, 2, capacity=100.0, holding=0.1)
    solution = _solve(_scenarios([[[0.0, 150.0]]]), margins, plant)
    assert read_build_plan(solution, n_offers=1, n_periods=2).tolist() == [[50.0, 100.0]]
    assert solution.objective == pytest.approx(150 * 10.0 - 50 * 2.0)


def test_orders_that_wait_are_lost_at_the_stated_share():
    # 100 of 160 can be built when they are wanted; of the 60 that wait a quarter gives up.
    margins = _margins(income=[30.0], unit_cost=[20.0], salvage=[0.0])
    plant = _plant(1, 2, capacity=100.0, lost=0.25)
    solution = _solve(_scenarios([[[160.0, 0.0]]]), margins, plant)
    assert read_build_plan(solution, n_offers=1, n_periods=2).tolist() == [[100.0, 45.0]]


def test_the_better_offer_gets_scarce_capacity():
    margins = _margins(income=[30.0, 35.0], unit_cost=[20.0, 20.0], salvage=[0.0, 0.0])
    plant = _plant(2, 1, capacity=100.0)
    solution = _solve(_scenarios([[[80.0], [70.0]]]), margins, plant)
    assert read_build_plan(solution, n_offers=2, n_periods=1).tolist() == [[30.0], [70.0]]


def test_parts_on_order_limit_what_is_built():
    margins = _margins(income=[30.0], unit_cost=[20.0], salvage=[0.0])
    plant = _plant(1, 2, committed=90.0)
    solution = _solve(_scenarios([[[60.0, 60.0]]]), margins, plant)
    assert read_build_plan(solution, n_offers=1, n_periods=2).sum() == 90.0


def test_a_solver_without_a_point_builds_nothing():
    none = Solution(status="time_limit", objective=-np.inf, gap=np.inf, x=np.zeros(0))
    assert read_build_plan(none, n_offers=2, n_periods=3).tolist() == [[0.0] * 3] * 2


def test_builds_just_below_a_whole_vehicle_count_as_whole():
    nearly = Solution(status="optimal", objective=0.0, gap=0.0, x=np.array([6.9999999, 2.7, -1e-9]))
    assert read_build_plan(nearly, n_offers=1, n_periods=3).tolist() == [[7.0, 2.0, 0.0]]
