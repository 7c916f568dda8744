"""The front of lines of a whole programme."""

import itertools

import numpy as np
import pytest

from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.define import define_line
from counterflow.definition.feasibility.allowed_lines import value_line
from counterflow.definition.front import LineFront, line_front
from counterflow.definition.problem import line_problem, line_terms
from counterflow.domain.programme import Programme
from counterflow.domain.settings import Quantity
from strategies.bikes import small_bike
from strategies.simulated_part_worths import simulated_part_worths

BIKES = small_bike(n_offers=2)
PART_WORTHS = simulated_part_worths(BIKES)


@pytest.mark.parametrize("second", ["share", "welfare", "revenue"])
def test_more_of_one_quantity_costs_some_of_the_other(second):
    front = line_front(BIKES, PART_WORTHS, ("profit", second), n_weights=5)
    assert len(front.lines) > 1
    for low, high in itertools.pairwise(front.lines):
        assert low.first < high.first
        assert low.second > high.second
    assert front.as_dict()["quantities"] == ["profit", second]


def test_the_ends_are_the_best_of_either_quantity():
    front = line_front(BIKES, PART_WORTHS, ("profit", "share"), n_weights=5)
    by_profit = define_line(BIKES, PART_WORTHS)
    by_share = define_line(small_bike(n_offers=2, objective="share"), PART_WORTHS)
    assert front.lines[-1].first == pytest.approx(by_profit.search_value, rel=1e-6)
    assert front.lines[0].second == pytest.approx(by_share.search_value, rel=1e-6)
    assert all(line.gap is None or line.gap < 1e-3 for line in front.lines)


def test_one_quantity_has_no_front():
    with pytest.raises(ValueError, match="two different"):
        line_front(BIKES, PART_WORTHS, ("share", "share"))


def costly_bike(**search) -> Programme:
    """Return bikes whose mid motor is a package with tiers, and costs more to launch."""
    bikes = small_bike(n_offers=2, **search)
    tiers = [
        {"from_vehicles": 0, "fee_per_vehicle": 900.0},
        {"from_vehicles": 900, "fee_per_vehicle": 100.0},
    ]
    mid = {"label": "Mid motor", "when": {"motor": "mid"}}
    costs = bikes.costs.model_dump(exclude_unset=True)
    costs["packages"] = {
        "mid": {**mid, "tiers": tiers, "tier_applies_to": "every_vehicle", "fixed_fee": 0.0}
    }
    costs["fixed"] = {"mid": {**mid, "amount": 150_000.0, "paid": "for_each_offer"}}
    return Programme.model_validate({**bikes.model_dump(exclude_unset=True), "costs": costs})


def best_by_trying(bikes: Programme, quantities: tuple[Quantity, Quantity], weights) -> float:
    """Return the largest weighted sum of two quantities over all allowed lines, at all costs."""
    possible = candidates(bikes, buildable_configurations(bikes))
    n = len(possible)
    of_lines = []
    for quantity in quantities:
        problem = line_problem(bikes, possible, PART_WORTHS, quantity=quantity)
        terms = line_terms(bikes, possible, PART_WORTHS, problem, quantity=quantity)
        lines = [(c,) for c in range(n)] + [
            pair
            for pair in itertools.combinations(range(n), 2)
            if problem.group[pair[0]] != problem.group[pair[1]]
        ]
        valued = (value_line(problem, terms, line) for line in lines)
        of_lines.append([v.profit for v in valued if v is not None])
    return float((np.array(weights) @ np.array(of_lines)).max())


def best_of(front: LineFront, weights) -> float:
    return max(weights[0] * line.first + weights[1] * line.second for line in front.lines)


@pytest.mark.parametrize("rules", [{}, {"must_offer": [{"when": {"motor": "none"}}]}])
def test_the_front_counts_fees_by_volume_and_the_costs_of_each_offer(rules):
    bikes = costly_bike(**rules)
    quantities: tuple[Quantity, Quantity] = ("profit", "contribution")
    front = line_front(bikes, PART_WORTHS, quantities, n_weights=3)
    for weights in ((1.0, 0.0), (0.0, 1.0)):
        best = best_by_trying(bikes, quantities, weights)
        assert best_of(front, weights) == pytest.approx(best, rel=1e-6)


def test_a_front_without_time_still_has_its_ends():
    front = line_front(small_bike(n_offers=2, time_limit_s=1e-3), PART_WORTHS, ("profit", "share"))
    assert len(front.lines) >= 2
    assert all(line.is_supported for line in front.lines)
