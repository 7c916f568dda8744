"""Every line that the search returns keeps to the rules, and is the best of those that do."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.define import define_line
from counterflow.definition.feasibility.allowed_lines import LineTerms, value_line
from counterflow.definition.feasibility.volume_rules import vehicles_of
from counterflow.definition.problem import line_problem, line_terms
from counterflow.definition.search import search_line
from counterflow.domain.errors import NoLineError
from counterflow.domain.programme import Programme
from counterflow.kernels.line_bound import PROOF_TOLERANCE
from counterflow.kernels.line_search import LineProblem
from strategies.bikes import small_bike
from strategies.cargo_bike import cargo_bike
from strategies.simulated_part_worths import simulated_part_worths

HUB, MID, NONE = {"motor": "hub"}, {"motor": "mid"}, {"motor": "none"}
RENTED, BOUGHT = {"battery": "rented"}, {"battery": "bought"}

RULES: dict[str, dict[str, Any]] = {
    "an offer that must be there": {"must_offer": [{"when": NONE, "price": 3500.0}]},
    "two that must be there": {"must_offer": [{"when": NONE}, {"when": RENTED}]},
    "what must never be there": {"never_offer": [{"when": MID}, {"price": 4500.0}]},
    "one that requires another": {
        "line_rules": [{"when": MID, "requires": NONE, "reason": "Showrooms show one without."}]
    },
    "one that excludes another": {
        "line_rules": [{"when": MID, "excludes": MID, "reason": "One mid motor is enough."}]
    },
    "a ladder of prices": {
        "must_offer": [{"when": HUB}, {"when": MID}],
        "ladders": [{"lower": HUB, "higher": MID, "least_difference": 1500.0}],
    },
    "prices that end in nines": {
        "price_ending": {"ending": 990.0, "every": 1000.0, "grid": "round"}
    },
    "a budget for one offer": {"budget": 100_000.0},
    "no more than a capacity": {"most_vehicles": 800.0},
    "volumes worth a launch": {"least_vehicles_per_offer": 700.0},
    "a volume that a plant needs": {"least_vehicles": 2500.0},
}


def searched(bikes: Programme, n_draws: int = 8) -> tuple[LineProblem, LineTerms]:
    possible = candidates(bikes, buildable_configurations(bikes))
    part_worths = simulated_part_worths(bikes, n_draws=n_draws)
    problem = line_problem(bikes, possible, part_worths)
    return problem, line_terms(bikes, possible, part_worths, problem)


def best_by_trying(problem: LineProblem, terms: LineTerms) -> float:
    """Return the largest profit of an allowed line of one or two candidates."""
    n = len(problem.group)
    lines = [(c,) for c in range(n)]
    lines += [
        pair
        for pair in itertools.combinations(range(n), 2)
        if problem.group[pair[0]] != problem.group[pair[1]]
    ]
    valued = (value_line(problem, terms, line) for line in lines)
    return max(value.profit for value in valued if value is not None)


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_trying_every_line_finds_the_best_that_is_allowed(rules):
    bikes = small_bike(**rules)
    problem, terms = searched(bikes)
    found = search_line(problem, bikes.search, seed=1, terms=terms)
    assert terms.rules.problems(found.best.line) == ()
    assert found.status == "optimal"
    assert found.best.profit == pytest.approx(best_by_trying(problem, terms), rel=1e-9)


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_a_local_search_returns_an_allowed_line_below_a_valid_bound(rules):
    bikes = small_bike(exhaustive_up_to=0, n_restarts=12, **rules)
    problem, terms = searched(bikes)
    found = search_line(problem, bikes.search, seed=1, terms=terms)
    best = best_by_trying(problem, terms)
    assert terms.rules.allows(found.best.line)
    assert found.best.profit <= best + 1e-6 * abs(best)
    assert found.bound >= best - 1e-6 * abs(best)
    # Twelve starts on so few candidates: within a hair of the best, or at it.
    assert found.best.profit >= best - 0.02 * abs(best)


@pytest.mark.parametrize(
    "name",
    [
        "an offer that must be there",
        "two that must be there",
        "what must never be there",
        "one that excludes another",
        "a ladder of prices",
    ],
)
def test_what_must_be_there_or_stand_apart_is_heeded_by_the_bound(name):
    bikes = small_bike(exhaustive_up_to=0, n_restarts=12, **RULES[name])
    problem, terms = searched(bikes)
    found = search_line(problem, bikes.search, seed=1, terms=terms)
    best = best_by_trying(problem, terms)
    assert found.status == "optimal"
    assert found.best.profit == pytest.approx(best, rel=2.0 * PROOF_TOLERANCE)
    assert found.bound == pytest.approx(best, rel=2.0 * PROOF_TOLERANCE)


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_what_is_offered_meets_the_rules_as_they_are_written(rules):
    bikes = small_bike(**rules)
    offers = define_line(bikes, simulated_part_worths(bikes)).offers
    for pattern in bikes.search.must_offer:
        assert any(pattern.is_met_by(o.configuration, o.price) for o in offers)
    for pattern in bikes.search.never_offer:
        assert not any(pattern.is_met_by(o.configuration, o.price) for o in offers)
    for ladder in bikes.search.ladders:
        lower = [o.price for o in offers if o.configuration.meets(ladder.lower)]
        higher = [o.price for o in offers if o.configuration.meets(ladder.higher)]
        assert min(higher) - max(lower) >= ladder.least_difference
    for rule in bikes.search.line_rules:
        meant = [o for o in offers if o.configuration.meets(rule.when)]
        if meant and rule.requires:
            assert any(o.configuration.meets(rule.requires) for o in offers)
        if rule.excludes:
            assert not any(
                b.configuration.meets(rule.excludes) for a in meant for b in offers if a is not b
            )
    if bikes.search.price_ending is not None:
        assert {offer.price % 1000.0 for offer in offers} == {990.0}


def test_rules_that_the_best_line_keeps_to_change_nothing():
    free = small_bike()
    definition = define_line(free, simulated_part_worths(free))
    must = [{"when": o.configuration.as_dict(), "price": o.price} for o in definition.offers]
    bound = small_bike(must_offer=must, budget=1e9, least_vehicles=1.0)
    again = define_line(bound, simulated_part_worths(bound))
    assert again.offers == definition.offers
    assert again.search_value == pytest.approx(definition.search_value, rel=1e-12)


def test_another_rule_never_raises_the_profit():
    rules: dict[str, Any] = {}
    profits = []
    for more in ({}, {"most_vehicles": 2000.0}, {"never_offer": [{"when": MID}]}):
        rules |= more
        bikes = small_bike(**rules)
        profits.append(define_line(bikes, simulated_part_worths(bikes)).search_value)
    assert profits == sorted(profits, reverse=True)


def test_volumes_are_counted_as_buyers_choose():
    problem, _ = searched(small_bike())
    line = (3, 40)
    odds = problem.odds[:, line].astype(float)
    by_hand = sum(
        weight * mine / (1.0 + mine.sum())
        for weight, mine in zip(problem.weights, odds, strict=True)
    )
    np.testing.assert_allclose(vehicles_of(problem, line), by_hand, rtol=1e-9)


CONFLICTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "must against never": (
        {"must_offer": [{"when": HUB}], "never_offer": [{"when": HUB}], "budget": 1e9},
        ["never_offer[1]", "must_offer[1]"],
    ),
    "a budget below the cheapest line": ({"budget": 59_999.0}, ["budget"]),
    "a budget for one of the two that must be there": (
        {"budget": 119_999.0, "must_offer": [{"when": HUB}, {"when": MID}]},
        ["must_offer[1]", "must_offer[2]", "budget"],
    ),
    "more that must be there than offers": (
        {"must_offer": [{"when": NONE}, {"when": HUB}, {"when": MID}]},
        ["must_offer[1]", "must_offer[2]", "must_offer[3]", "n_offers"],
    ),
    "a ladder without room": (
        {
            "must_offer": [{"when": HUB}, {"when": MID}],
            "ladders": [{"lower": HUB, "higher": MID, "least_difference": 2501.0}],
        },
        ["must_offer[1]", "must_offer[2]", "ladders[1]"],
    ),
    "a chain that ends at what is excluded": (
        {
            "must_offer": [{"when": RENTED}],
            "line_rules": [
                {"when": RENTED, "requires": {**BOUGHT, **MID}, "reason": "A"},
                {"when": BOUGHT, "excludes": RENTED, "reason": "B"},
                {"when": NONE, "requires": HUB, "reason": "C"},
            ],
        },
        ["must_offer[1]", "line_rules[1]", "line_rules[2]"],
    ),
    "nothing that may be offered": (
        {"never_offer": [{"when": {"motor": ["none", "hub", "mid"]}}], "budget": 1e9},
        ["never_offer[1]"],
    ),
    "a price that is not tried": ({"must_offer": [{"price": 2100.0}]}, ["must_offer[1]"]),
    "a capacity below every line": ({"most_vehicles": 0.5}, ["most_vehicles"]),
    "more than anybody could sell": ({"least_vehicles": 1e7}, ["least_vehicles"]),
}


@pytest.mark.parametrize(("rules", "expected"), CONFLICTS.values(), ids=CONFLICTS)
def test_rules_that_allow_no_line_are_named_and_no_others(rules, expected):
    bikes = small_bike(**rules)
    with pytest.raises(NoLineError) as caught:
        define_line(bikes, simulated_part_worths(bikes))
    assert [rule.split(" (")[0] for rule in caught.value.rules] == [f"search.{e}" for e in expected]


@pytest.mark.parametrize(("rules", "expected"), CONFLICTS.values(), ids=CONFLICTS)
def test_without_any_one_of_the_rules_that_conflict_there_is_a_line(rules, expected):
    for left_out in expected:
        key = left_out.split("[")[0]
        others = {k: v for k, v in rules.items() if k != key}
        if "[" in left_out:
            position = int(left_out.split("[")[1][:-1]) - 1
            others[key] = [r for i, r in enumerate(rules[key]) if i != position]
        elif key == "n_offers":
            others[key] = cargo_bike()["search"]["n_offers"] + 1
        bikes = small_bike(**others)
        assert define_line(bikes, simulated_part_worths(bikes)).offers
