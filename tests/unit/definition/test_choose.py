"""What a line is chosen for: each objective and risk against the lines it could have taken."""

import itertools
import json
import time
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.choose import welfare_of
from counterflow.definition.define import define_line
from counterflow.definition.problem import line_problem, line_terms, scenario_problem
from counterflow.definition.valuation import profit_draws
from counterflow.demand.forecast import forecast_volumes
from counterflow.domain.definition import Definition
from counterflow.domain.errors import InputError
from reference.line_search import every_line
from strategies.bikes import small_bike
from strategies.simulated_part_worths import simulated_part_worths

PART_WORTHS = simulated_part_worths(small_bike())


def chosen(**search) -> Definition:
    return _chosen(json.dumps(search))


@cache
def _chosen(search: str) -> Definition:
    return define_line(small_bike(**json.loads(search)), PART_WORTHS)


def mean_share(definition) -> float:
    bikes = small_bike()
    volumes = forecast_volumes(bikes, definition, PART_WORTHS)
    market = bikes.market
    buyers = sum(sum(r.buyers(len(market.periods))) for r in market.regions.values())
    return float(volumes.draws.sum(axis=(1, 2, 3)).mean() / buyers)


def test_the_line_chosen_for_share_has_more_of_it_and_less_profit():
    by_profit, by_share = chosen(), chosen(objective="share")
    assert mean_share(by_share) > mean_share(by_profit)
    assert by_share.profit.mean < by_profit.profit.mean
    assert by_share.search_value == pytest.approx(mean_share(by_share), rel=0.1)
    assert by_share.objective == "expected share"


def test_contribution_is_profit_before_fixed_costs():
    by_profit, by_contribution = chosen(), chosen(objective="contribution")
    assert by_contribution.search_value >= by_profit.search_value
    bikes = small_bike()
    possible = candidates(bikes, buildable_configurations(bikes))
    problem = line_problem(bikes, possible, PART_WORTHS, quantity="contribution")
    assert problem.fixed_per_offer == 0.0
    assert not problem.fees.any()


def test_revenue_counts_no_costs():
    assert chosen(objective="revenue").search_value > chosen(objective="contribution").search_value


@pytest.mark.parametrize("quantity", ["profit", "contribution", "revenue", "share", "welfare"])
def test_every_objective_comes_with_a_bound(quantity):
    found = chosen(objective=quantity)
    assert found.bound >= found.search_value
    assert 0.0 <= found.gap < 1.0


def test_what_buyers_like_best_is_cheap():
    by_profit, by_welfare = chosen(), chosen(objective="welfare")
    assert max(o.price for o in by_welfare.offers) < max(o.price for o in by_profit.offers)


def test_the_mean_over_all_scenarios_is_the_mean_of_the_search():
    bikes = small_bike()
    possible = candidates(bikes, buildable_configurations(bikes))
    n = PART_WORTHS.n_draws
    scenarios = scenario_problem(bikes, possible, PART_WORTHS, n_scenarios=n)
    # Everybody in every draw: then a scenario is what the valuation has in that draw.
    assert scenarios.n_scenarios == n
    definition = chosen()
    line = [
        next(
            i
            for i, c in enumerate(possible)
            if (c.configuration, c.price) == (offer.configuration, offer.price)
        )
        for offer in definition.offers
    ]
    drawn = profit_draws(bikes, definition.offers, PART_WORTHS)
    everybody = bikes.search.n_buyers // n >= PART_WORTHS.n_respondents
    near = 1e-4 if everybody else 0.3
    np.testing.assert_allclose(scenarios.values(line), drawn, rtol=near, atol=near * drawn.std())


def test_a_line_chosen_for_bad_draws_does_better_in_them():
    cautious = chosen(risk={"measure": "cvar", "level": 0.2, "n_scenarios": 20})
    assert cautious.bound >= cautious.search_value
    assert cautious.search_value < chosen().search_value
    assert cautious.objective == "mean profit of the worst 20% of draws"


def test_cvar_rises_with_its_level():
    values = [
        chosen(risk={"measure": "cvar", "level": level, "n_scenarios": 10}).search_value
        for level in (0.1, 0.5, 1.0)
    ]
    assert all(low <= high for low, high in itertools.pairwise(values))


def test_a_poor_line_is_beaten_nearly_always_and_the_best_one_hardly_ever():
    bikes = small_bike(
        risk={"measure": "beats", "reference": "some/definition.json", "n_scenarios": 10}
    )
    poor = chosen(objective="welfare")
    against_poor = define_line(bikes, PART_WORTHS, reference=poor)
    assert against_poor.search_value > 0.9
    against_best = define_line(bikes, PART_WORTHS, reference=chosen())
    assert against_best.search_value <= against_poor.search_value
    assert against_best.bound == 1.0
    assert not {o.name for o in against_best.offers} & {"reference"}


@pytest.mark.parametrize(
    "rules",
    [
        {"must_offer": [{"when": {"motor": "none"}, "price": 4500.0}]},
        {"never_offer": [{"when": {"motor": "mid"}}]},
        {"most_vehicles": 800.0},
        {"budget": 100_000.0},
    ],
    ids=["must be there", "must never be there", "a capacity", "a budget"],
)
def test_the_line_that_buyers_like_best_keeps_to_the_rules(rules):
    bikes = small_bike(objective="welfare", n_offers=2, **rules)
    possible = candidates(bikes, buildable_configurations(bikes))
    problem = line_problem(bikes, possible, PART_WORTHS, quantity="share")
    terms = line_terms(bikes, possible, PART_WORTHS, problem, quantity="welfare")
    welfare = welfare_of(bikes, PART_WORTHS, problem)
    lines = [line for line in every_line(problem) if terms.rules.allows(line)]
    best = max(welfare.value(line) for line in lines)
    found = define_line(bikes, PART_WORTHS)
    assert found.search_value <= best * (1.0 + 1e-9)
    assert found.search_value >= 0.99 * best
    assert found.bound >= best * (1.0 - 1e-9)


def test_welfare_has_no_risk():
    with pytest.raises(ValueError, match="welfare is a mean"):
        small_bike(objective="welfare", risk={"measure": "cvar", "level": 0.2, "n_scenarios": 20})


def test_a_line_has_no_welfare_where_one_buyer_likes_high_prices():
    bikes = small_bike(objective="welfare")
    labels = list(PART_WORTHS.labels)
    draws = PART_WORTHS.draws.copy()
    draws[:, 0, labels.index(bikes.price_attribute)] *= -1.0
    part_worths = replace(PART_WORTHS, draws=draws)
    with pytest.raises(InputError, match="price coefficient is not below 0"):
        define_line(bikes, part_worths)


def test_samples_say_how_far_the_line_is_from_the_best_for_everybody():
    found = chosen(n_samples=3)
    assert found.sample_gap is not None
    assert found.sample_gap.n_samples == 3
    assert found.sample_gap.at_most >= found.sample_gap.bound - found.sample_gap.value
    assert Definition.from_dict(found.as_dict()) == found


def test_a_time_limit_is_honoured_and_the_answer_still_has_a_bound():
    began_s = time.perf_counter()
    found = chosen(exhaustive_up_to=0, time_limit_s=0.001)
    assert time.perf_counter() - began_s < 30.0
    assert found.bound >= found.search_value


def test_the_worst_of_two_models_is_no_better_than_either():
    other = simulated_part_worths(small_bike(), seed=11)
    bikes = small_bike(risk={"measure": "worst", "part_worths": ["other.parquet"]})
    found = define_line(bikes, PART_WORTHS, other_models=[other])
    alone = [define_line(small_bike(), model).search_value for model in (PART_WORTHS, other)]
    assert found.search_value <= min(alone) * (1.0 + 1e-9)
    assert found.search_value <= found.bound <= min(alone) * (1.0 + 1e-6) + 1e-6


def test_the_worst_of_a_model_and_itself_is_that_model():
    bikes = small_bike(risk={"measure": "worst", "part_worths": ["same.parquet"]})
    found = define_line(bikes, PART_WORTHS, other_models=[PART_WORTHS])
    assert found.search_value == pytest.approx(chosen().search_value, rel=1e-6)
    assert found.status == "optimal"
