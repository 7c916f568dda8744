"""Lines under a risk, and fronts of two quantities, against enumeration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.definition.objectives.pareto import (
    Earned,
    is_dominated,
    pareto_front,
    weighted_problem,
)
from counterflow.definition.objectives.risk import (
    ConditionalValueAtRisk,
    Mean,
    ProbabilityOfBeating,
    WorstCase,
)
from counterflow.definition.objectives.scenarios import Scenarios
from counterflow.definition.objectives.search import BestLine, search_under_risk
from counterflow.kernels.line_bound import PROOF_TOLERANCE
from counterflow.kernels.line_search import LineProblem, line_profit
from reference.line_search import every_line
from strategies.line_problems import line_problems


@st.composite
def scenarios(draw):
    problem = draw(line_problems(most_candidates=6))
    n = len(problem.weights)
    inner = sorted(draw(st.sets(st.integers(1, n - 1), max_size=4))) if n > 1 else []
    weights = np.array(
        draw(st.lists(st.floats(0.1, 1.0), min_size=len(inner) + 1, max_size=len(inner) + 1))
    )
    return Scenarios(
        problem=problem, first=np.array([0, *inner, n]), probability=weights / weights.sum()
    )


def by_enumeration(problem):
    profit, line = max((line_profit(problem, line), line) for line in every_line(problem))
    return BestLine(line, profit)


risks = st.sampled_from(
    [Mean(), ConditionalValueAtRisk(0.2), ConditionalValueAtRisk(0.7), WorstCase()]
)


@given(scenarios(), risks)
def test_the_line_found_is_never_above_the_bound_and_the_bound_never_below_the_best(given_, risk):
    found = search_under_risk(given_, risk, by_enumeration)
    values = {
        line: float(risk.value(given_.values(line), given_.probability))
        for line in every_line(given_.problem)
    }
    best = max(values.values())
    near = 2.0 * PROOF_TOLERANCE * (1.0 + abs(best))
    assert found.value == pytest.approx(values[found.line], abs=near)
    assert found.value <= best + near
    assert best <= found.bound + near
    if found.status == "optimal":
        assert found.value == pytest.approx(best, abs=near)


@given(scenarios())
def test_the_mean_is_proved_in_one_round(given_):
    assert search_under_risk(given_, Mean(), by_enumeration, n_rounds=1).status == "optimal"


@given(scenarios())
def test_a_probability_is_at_most_one(given_):
    reference = given_.values(every_line(given_.problem)[0])
    found = search_under_risk(given_, ProbabilityOfBeating(reference), by_enumeration)
    assert 0.0 <= found.value <= found.bound == 1.0


@given(scenarios(), st.integers(0, 2**32 - 1))
def test_fixed_weights_give_the_weighted_sum_of_values(given_, seed):
    weights = np.random.default_rng(seed).random(given_.n_scenarios)
    weights /= weights.sum()
    line = every_line(given_.problem)[-1]
    expected = weights @ given_.values(line)
    assert line_profit(given_.weighed(weights), line) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(scenarios())
def test_additions_are_valued_as_whole_lines_are(given_):
    table = given_.values_with(())
    for c in range(table.shape[1]):
        np.testing.assert_allclose(table[:, c], given_.values((c,)), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("first", "probability", "what"),
    [([0, 2], [1.0], "first"), ([0, 3], [0.5, 0.5], "one a scenario"), ([0, 3], [0.7], "sum to 1")],
)
def test_scenarios_that_do_not_fit_are_refused(first, probability, what):
    problem = LineProblem(
        odds=np.ones((3, 1), np.float32),
        earnings=np.ones((3, 1), np.float32),
        weights=np.ones(3),
        group=np.array([0]),
        fixed_per_offer=0.0,
        fees=np.zeros(0),
        uses=np.zeros((1, 0), bool),
        n_offers=1,
    )
    with pytest.raises(ValueError, match=what):
        Scenarios(problem=problem, first=np.array(first), probability=np.array(probability))


@given(line_problems(most_candidates=6))
@settings(max_examples=40)
def test_no_line_beats_a_supported_point_of_the_front_under_its_weights(problem):
    second = problem._replace(
        earnings=problem.odds, fixed_per_offer=0.0, fees=np.zeros_like(problem.fees)
    )
    front = pareto_front(
        Earned(problem),
        Earned(second),
        lambda weights: by_enumeration(weighted_problem(problem, second, weights)),
    )
    lines = every_line(problem)
    pairs = np.array([(line_profit(problem, x), line_profit(second, x)) for x in lines])
    best = pairs.max(axis=0)
    near = 1e-5 * (1.0 + np.abs(best))
    assert (best[0] - max(p.first for p in front)) <= near[0]
    assert (best[1] - max(p.second for p in front)) <= near[1]
    ours = np.array([(p.first, p.second) for p in front])
    assert not is_dominated(ours).any()
    assert (np.diff(ours[:, 0]) > 0.0).all()
    assert (np.diff(ours[:, 1]) < 0.0).all()
    # What is supported lies on the hull: nothing lies above the line through two neighbours.
    supported = np.array([(p.first, p.second) for p in front if p.is_supported])
    for point in supported:
        beaten_in_both = (pairs > point + near).all(axis=1)
        assert not beaten_in_both.any()


@given(line_problems(most_candidates=5), st.floats(0.0, 1.0))
def test_a_weighted_sum_of_problems_is_a_weighted_sum_of_profits(problem, share):
    second = problem._replace(earnings=problem.odds, fixed_per_offer=0.5)
    mixed = weighted_problem(problem, second, (share, 1.0 - share))
    for line in every_line(problem):
        expected = share * line_profit(problem, line) + (1.0 - share) * line_profit(second, line)
        assert line_profit(mixed, line) == pytest.approx(expected, rel=1e-5, abs=1e-5)
