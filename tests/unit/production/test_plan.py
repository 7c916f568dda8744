"""The whole production plan of a line."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings

from counterflow.domain.linear_programme import Solution
from counterflow.production.build_plan import build_plan_problem
from counterflow.production.margins import offer_margins
from counterflow.production.plan import plan_production, plant_of
from counterflow.production.representative_draws import representative_draws
from counterflow.solvers.highs import HighsSolver
from strategies.findings import national_car_findings
from strategies.lines import Build, Line, lines, part


def _solve(problem):
    return HighsSolver().solve(problem, time_limit_s=60.0)


def _plan(made: Line, **other):
    return plan_production(
        made.programme, made.definition, made.volumes, **{"solve": _solve, **other}
    )


@settings(max_examples=50)
@given(lines())
def test_a_plan_keeps_every_limit_and_counts_every_vehicle(made: Line):
    plan = _plan(made)
    assert plan.status == "optimal"
    assert (plan.builds.sum(axis=0) <= plan.capacity + 1e-6).all()
    assert (plan.expected_sales.sum(axis=1) <= plan.builds.sum(axis=1) + 1e-6).all()
    wanted = made.volumes.by_offer().mean(axis=0).sum(axis=(1, 2))
    served = plan.expected_sales.sum(axis=1)
    np.testing.assert_allclose(served + plan.expected_unserved, wanted, atol=1e-6)
    assert (plan.expected_unsold >= -1e-6).all()


@settings(max_examples=50)
@given(lines())
def test_the_same_line_gives_the_same_plan(made: Line):
    first, second = _plan(made), _plan(made)
    assert first.as_dict() == second.as_dict()
    np.testing.assert_array_equal(first.part_needs, second.part_needs)


def test_half_of_the_draws_are_enough_to_plan_for_all_of_them():
    # 200 draws of the national car. What no plan can exceed on all draws is the optimum of the
    # linear programme that looks at each; the plan from 100 scenarios, in whole vehicles, comes
    # within 1 % of it.
    findings = national_car_findings()
    line = (findings.programme, findings.definition, findings.volumes)
    plan = plan_production(*line, solve=_solve)
    every_draw = representative_draws(findings.volumes.by_offer().sum(axis=2), n_scenarios=200)
    best = _solve(
        build_plan_problem(every_draw, offer_margins(*line), plant_of(*line, plan.commitments))
    )
    assert 0.99 * best.objective <= plan.expected_contribution <= best.objective
    assert 0.0 < plan.builds.sum() < plan.capacity.sum()


def test_a_solver_that_ran_out_of_time_leaves_a_plan_that_says_so():
    made = Line({"car": [Build("white", 30.0, 20.0)]}, np.full((2, 1, 1, 2), 10.0))
    none = Solution(status="time_limit", objective=-np.inf, gap=np.inf, x=np.zeros(0))
    plan = _plan(made, solve=lambda _: none)
    assert (plan.status, plan.gap, plan.builds.sum()) == ("time_limit", np.inf, 0.0)
    assert plan.expected_unserved.tolist() == [20.0]


def test_an_unbounded_plan_is_a_broken_solver():
    made = Line({"car": [Build("white", 30.0, 20.0)]}, np.ones((1, 1, 1, 1)))
    unbounded = Solution(status="unbounded", objective=np.inf, gap=np.inf, x=np.zeros(0))
    with pytest.raises(ValueError, match="found them unbounded"):
        _plan(made, solve=lambda _: unbounded)


def test_progress_and_provenance_are_passed_on():
    made = Line({"car": [Build("white", 30.0, 20.0)]}, np.ones((1, 1, 1, 1)))
    told = []
    plan = _plan(made, made_from={"forecast": "abc"}, report=lambda done, what: told.append(done))
    assert plan.made_from == {"forecast": "abc"}
    assert told == sorted(told)
    assert told[0] == 0.0


def test_builds_use_no_more_long_lead_parts_than_are_ordered():
    # The pack is dear and brings nothing back, so fewer are ordered than the median need.
    made = Line(
        {"car": [Build("white", 100.0, 70.0, {"pack": 1.0})]},
        np.array([100.0, 200.0, 300.0, 400.0])[:, None, None, None],
        parts={"pack": part(60.0)},
    )
    plan = _plan(made)
    (order,) = plan.commitments
    assert order.quantity == 200.0
    assert plan.builds.sum() <= 200.0


def test_many_offers_and_periods_are_planned_on_fewer_scenarios():
    made = Line(
        {f"car_{i}": [Build("white", 30.0, 20.0)] for i in range(20)},
        np.ones((200, 20, 1, 52)),
    )
    sizes = []

    def solve(problem):
        sizes.append(len(problem.objective))
        return Solution(status="time_limit", objective=-np.inf, gap=np.inf, x=np.zeros(0))

    _plan(made, solve=solve)
    n_builds = 20 * 52
    assert sizes == [n_builds + 3 * 24 * n_builds]


def test_a_larger_plant_is_worth_no_less_out_of_sample_here():
    made = Line(
        {"car": [Build("white", 30.0, 20.0)]},
        np.array([50.0, 80.0, 120.0])[:, None, None, None] * np.ones(3),
        capacity=60.0,
    )
    larger = dataclasses.replace(made, capacity=90.0)
    assert _plan(larger).expected_contribution >= _plan(made).expected_contribution
