"""How the HiGHS engine keeps its time limit and its silence."""

import math
import time

import numpy as np
import pytest

from counterflow.production.build_plan import Plant, build_plan_problem
from counterflow.production.margins import Margins
from counterflow.production.representative_draws import Scenarios
from counterflow.solvers.highs import HighsSolver
from strategies.linear_programmes import linear_programme


def _long_build_plan():
    """Return a build plan that takes HiGHS some seconds."""
    random = np.random.default_rng(0)
    demand = random.lognormal(5.0, 0.5, (50, 8, 26))
    cost = random.uniform(10.0, 20.0, 8)
    margins = Margins(income=1.3 * cost, unit_cost=cost, salvage=0.7 * cost)
    plant = Plant(
        capacity=np.full(26, 1000.0),
        holding_cost_share=0.01,
        lost_share=0.15,
        part_quantity=np.zeros((8, 0)),
        parts_committed=np.zeros(0),
    )
    scenarios = Scenarios(demand=demand, probability=np.full(50, 0.02))
    return build_plan_problem(scenarios, margins, plant)


def test_the_time_limit_is_kept_and_is_a_status():
    problem = _long_build_plan()
    started = time.monotonic()
    solution = HighsSolver().solve(problem, time_limit_s=0.05)
    assert time.monotonic() - started < 5.0
    assert solution.status == "time_limit"
    assert solution.gap > 0.0
    assert solution.x.size in (0, len(problem.objective))


def test_nothing_is_printed(capfd):
    HighsSolver().solve(linear_programme([1.0], [[1.0]], row_upper=[1.0]), time_limit_s=1.0)
    assert capfd.readouterr() == ("", "")


def test_a_number_that_is_none_is_refused_before_it_reaches_the_engine():
    with pytest.raises(ValueError, match="finite"):
        linear_programme([math.nan], [[1.0]])
    with pytest.raises(ValueError, match="NaN"):
        linear_programme([1.0], [[1.0]], upper=math.nan)
