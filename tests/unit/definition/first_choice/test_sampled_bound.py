"""The sampled bound: first choices at drawn errors are a logit in the mean, and bound its lines."""

import numpy as np
import pytest

from counterflow.definition.buyers import sample_buyers
from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.define import define_line
from counterflow.definition.first_choice.buyers import choices_of_buyers, drawn_errors
from counterflow.definition.first_choice.lines import search_problem
from counterflow.definition.problem import buyers_by_region, choices_of, line_problem
from counterflow.domain.definition import Definition
from counterflow.kernels.first_choice import line_profit as first_choice_profit
from counterflow.kernels.line_search import line_profit
from counterflow.runners.threads import ThreadRunner
from counterflow.solvers.growing_highs import GrowingHighs
from strategies.bikes import small_bike
from strategies.simulated_part_worths import simulated_part_worths

ASKED = {"n_replicates": 8, "n_buyers": 100}


def test_first_choices_at_drawn_errors_are_a_logit_in_the_mean():
    bikes = small_bike(n_offers=2)
    part_worths = simulated_part_worths(bikes)
    possible = candidates(bikes, buildable_configurations(bikes))
    problem = line_problem(bikes, possible, part_worths)
    buyers = sample_buyers(part_worths, n_buyers=bikes.search.n_buyers, seed=bikes.seeds.search)
    faced = choices_of(bikes, possible, part_worths, buyers, "profit")
    weights = np.outer(buyers_by_region(bikes, faced), buyers.weights).ravel()
    earned = []
    for replicate in range(40):
        errors = drawn_errors(possible, faced, seed=1, replicate=replicate)
        choices = choices_of_buyers(faced, errors)
        drawn = search_problem(bikes, possible, choices, weights)
        earned.append(first_choice_profit(drawn, (3, 40)))
    error = np.std(earned, ddof=1) / np.sqrt(len(earned))
    assert np.mean(earned) == pytest.approx(line_profit(problem, (3, 40)), abs=4.0 * error)


@pytest.fixture(scope="module")
def definition() -> Definition:
    bikes = small_bike(n_offers=2, sampled_bound=ASKED)
    return define_line(bikes, simulated_part_worths(bikes), open_programme=GrowingHighs)


def test_no_line_is_worth_more_than_the_limit(definition):
    """Every line was tried, so what the best one is worth is known."""
    bound = definition.sampled_bound
    assert definition.status == "optimal"
    assert bound.n_replicates == ASKED["n_replicates"]
    assert bound.at_most > bound.mean
    assert bound.at_most >= definition.search_value
    assert 0.0 <= definition.sampled_gap < 0.5


def test_the_proved_bound_is_left_as_it_is(definition):
    alone = define_line(small_bike(n_offers=2), simulated_part_worths(small_bike()))
    assert (definition.bound, definition.status) == (alone.bound, alone.status)
    assert definition.offers == alone.offers


def test_the_definition_comes_back_from_its_file(definition):
    assert Definition.from_dict(definition.as_dict()) == definition
    told = definition.as_dict()["search"]["sampled_bound"]
    assert told["gap"] == definition.sampled_gap


def test_threads_change_no_byte(definition):
    bikes = small_bike(n_offers=2, sampled_bound=ASKED)
    together = define_line(
        bikes,
        simulated_part_worths(bikes),
        open_programme=GrowingHighs,
        map_blocks=ThreadRunner(3).map,
    )
    assert together.as_dict() == definition.as_dict()


def test_more_buyers_leave_less_to_luck():
    def mean(n_buyers):
        bikes = small_bike(n_offers=2, sampled_bound={"n_replicates": 4, "n_buyers": n_buyers})
        part_worths = simulated_part_worths(bikes)
        return define_line(bikes, part_worths, open_programme=GrowingHighs).sampled_bound.mean

    assert mean(200) < mean(20)


def test_replicates_without_a_bound_in_time_are_left_out():
    bikes = small_bike(n_offers=2, sampled_bound=ASKED, time_limit_s=1e-9)
    found = define_line(bikes, simulated_part_worths(bikes), open_programme=GrowingHighs)
    assert found.sampled_bound is None
    assert found.sampled_gap is None
