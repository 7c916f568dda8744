"""`[search]` by first choice: the best line that the rules allow, valued by the same rule."""

from __future__ import annotations

import itertools
import time
from typing import Any

import numpy as np
import pytest

from counterflow.definition.buyers import sample_buyers
from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.define import define_line
from counterflow.definition.first_choice.lines import FirstChoiceLines, first_choice_lines
from counterflow.definition.first_choice.search import search_first_choices
from counterflow.definition.front import line_front
from counterflow.definition.offers import fixed_costs, offer_of, variant_margins
from counterflow.definition.valuation import profit_draws
from counterflow.demand.forecast import forecast_volumes
from counterflow.domain.deadline import Deadline
from counterflow.domain.definition import Definition
from counterflow.domain.errors import InputError, NoLineError
from counterflow.domain.market_alternatives import market_alternatives
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.kernels.first_choice import line_profit
from counterflow.kernels.first_choices import places_taken
from counterflow.runners.threads import ThreadRunner
from counterflow.solvers.growing_highs import GrowingHighs
from strategies.bikes import small_bike
from strategies.simulated_part_worths import simulated_part_worths

HUB, MID, NONE = {"motor": "hub"}, {"motor": "mid"}, {"motor": "none"}

RULES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "an offer that must be there": {"must_offer": [{"when": NONE, "price": 3500.0}]},
    "what must never be there": {"never_offer": [{"when": MID}, {"price": 4500.0}]},
    "one that requires another": {
        "line_rules": [{"when": MID, "requires": NONE, "reason": "Showrooms show one without."}]
    },
    "a ladder of prices": {
        "must_offer": [{"when": HUB}, {"when": MID}],
        "ladders": [{"lower": HUB, "higher": MID, "least_difference": 1500.0}],
    },
    "a budget for one offer": {"budget": 100_000.0},
    "no more than a capacity": {"most_vehicles": 800.0},
    "volumes worth a launch": {"least_vehicles_per_offer": 700.0},
    "revenue": {"objective": "revenue"},
    "share": {"objective": "share"},
}

TIERS = [
    {"from_vehicles": 0, "fee_per_vehicle": 300.0},
    {"from_vehicles": 1500, "fee_per_vehicle": 10.0},
]


def bike(**search: Any) -> Programme:
    """Return a bike of 48 candidates, so that every line of two can be tried."""
    prices = [{"least": 2500.0, "most": 4500.0, "step": 1000.0}]
    asked = {"choice_rule": "first_choice", "n_offers": 2, "prices": prices, **search}
    return small_bike(**asked)


def with_tiers(bikes: Programme) -> Programme:
    document = bikes.model_dump(mode="json")
    document["costs"]["packages"] = {
        "software": {
            "label": "Software",
            "when": HUB,
            "fixed_fee": 40_000.0,
            "tiers": TIERS,
            "tier_applies_to": "every_vehicle",
        }
    }
    return Programme.model_validate(document)


def lines_of(bikes: Programme, part_worths: PartWorths | None = None) -> FirstChoiceLines:
    possible = candidates(bikes, buildable_configurations(bikes))
    return first_choice_lines(bikes, possible, part_worths or simulated_part_worths(bikes))


def best_by_trying(lines: FirstChoiceLines) -> float:
    """Return the largest worth of an allowed line of one or two candidates."""
    group = lines.problem.group
    worths = [
        lines.worth(line, line_profit(lines.problem, line))
        for size in (1, 2)
        for line in itertools.combinations(range(len(group)), size)
        if len(set(group[list(line)].tolist())) == size
    ]
    return max(worth for worth in worths if worth is not None)


@pytest.mark.parametrize("asked", RULES.values(), ids=RULES)
def test_the_line_is_the_best_that_the_rules_allow(asked):
    bikes = bike(**asked)
    lines = lines_of(bikes)
    found = search_first_choices(lines, bikes.search, GrowingHighs, seed=2)
    assert lines.rules.allows(found.best.line)
    assert found.best.profit == pytest.approx(best_by_trying(lines), rel=1e-6)
    assert found.best.profit == pytest.approx(lines.value(found.best.line), rel=1e-9)
    assert found.bound >= found.best.profit


def test_fees_of_the_tier_that_is_reached_and_shared_fees_are_counted():
    bikes = with_tiers(bike())
    lines = lines_of(bikes)
    found = search_first_choices(lines, bikes.search, GrowingHighs, seed=2)
    assert found.best.profit == pytest.approx(best_by_trying(lines), rel=1e-6)
    assert found.bound == pytest.approx(found.best.profit, rel=1e-5)


def test_a_line_earns_what_each_buyer_brings_who_takes_the_best():
    """By its words: utilities of all variants and of the rest, person by person."""
    bikes = bike()
    part_worths = simulated_part_worths(bikes)
    possible = candidates(bikes, buildable_configurations(bikes))
    lines = first_choice_lines(bikes, possible, part_worths)
    line = (3, 40)
    offers = [offer_of(bikes, possible[c], name=str(c)) for c in line]
    market = market_alternatives(bikes, part_worths.coding, offers)
    n_variants = [len(offer.variants) for offer in offers]
    offer_of_alternative = np.repeat([0, 1], n_variants)
    buyers = sample_buyers(part_worths, n_buyers=bikes.search.n_buyers, seed=bikes.seeds.search)
    people = part_worths.draws[buyers.draws, buyers.respondents]
    n_regions = len(lines.weights) // len(people)
    place = places_taken(lines.choices, line).reshape(n_regions, -1)
    for m in range(n_regions):
        utility = people @ market.rows[m].T
        utility[:, np.isneginf(market.offsets[m])] = -np.inf
        best = utility.argmax(axis=1)
        ours = best < sum(n_variants)
        expected = np.where(ours, offer_of_alternative[np.minimum(best, sum(n_variants) - 1)], -1)
        np.testing.assert_array_equal(place[m], expected)


def test_logit_becomes_first_choice_as_utilities_grow():
    bikes, logit = bike(), bike(choice_rule="logit")
    part_worths = simulated_part_worths(bikes)
    possible = candidates(bikes, buildable_configurations(bikes))
    offers = [offer_of(bikes, possible[c], name=str(c)) for c in (3, 40)]
    best = profit_draws(bikes, offers, part_worths)
    far = [
        np.abs(profit_draws(logit, offers, scaled(part_worths, by)) - best).max()
        for by in (1.0, 100.0, 1e6)
    ]
    assert far[0] > far[1] > far[2]
    assert far[2] <= 1e-6 * np.abs(best).max()


def scaled(part_worths: PartWorths, by: float) -> PartWorths:
    return PartWorths(
        draws=by * part_worths.draws,
        coding=part_worths.coding,
        respondent_ids=part_worths.respondent_ids,
        weights=part_worths.weights,
        own_numbers=part_worths.own_numbers,
    )


@pytest.fixture(scope="module")
def definition() -> Definition:
    bikes = bike()
    return define_line(bikes, simulated_part_worths(bikes), open_programme=GrowingHighs)


def test_the_definition_says_which_rule_was_used_and_comes_back_from_its_file(definition):
    assert definition.choice_rule == "first_choice"
    assert definition.as_dict()["search"]["choice_rule"] == "first_choice"
    assert definition.method.startswith("first choice")
    assert (definition.status, definition.gap) == ("optimal", pytest.approx(0.0, abs=1e-6))
    assert Definition.from_dict(definition.as_dict()) == definition


def test_the_profit_is_what_the_volumes_of_the_forecast_earn(definition):
    bikes = bike()
    part_worths = simulated_part_worths(bikes)
    volumes = forecast_volumes(bikes, definition, part_worths)
    margins = np.array([m for offer in definition.offers for m in variant_margins(offer)])
    earned = np.einsum("svmq,v->s", volumes.draws, margins) - fixed_costs(bikes, definition.offers)
    assert definition.profit.mean == pytest.approx(earned.mean(), rel=1e-6)


def test_threads_change_no_byte(definition):
    bikes = bike()
    together = define_line(
        bikes,
        simulated_part_worths(bikes),
        open_programme=GrowingHighs,
        map_blocks=ThreadRunner(3).map,
    )
    assert together.as_dict() == definition.as_dict()


def test_samples_of_other_buyers_are_searched_by_the_same_rule():
    bikes = bike(n_samples=3)
    found = define_line(bikes, simulated_part_worths(bikes), open_programme=GrowingHighs)
    assert found.sample_gap is not None
    assert found.sample_gap.n_samples == 3
    assert found.sample_gap.bound >= 0.9 * found.search_value


def test_a_deadline_that_has_passed_still_leaves_a_line():
    bikes = bike(n_offers=3)
    lines = lines_of(bikes, simulated_part_worths(bikes, n_respondents=200))
    began = time.monotonic()
    found = search_first_choices(
        lines, bikes.search, GrowingHighs, seed=2, deadline=Deadline.after(0.0)
    )
    assert found.best.line
    assert found.bound >= found.best.profit
    assert time.monotonic() - began < 5.0


def test_a_line_that_loses_least_is_made_where_all_lose():
    document = bike().model_dump(mode="json")
    document["costs"]["fixed_per_offer"] = 1e9
    bikes = Programme.model_validate(document)
    found = define_line(bikes, simulated_part_worths(bikes), open_programme=GrowingHighs)
    assert len(found.offers) == 1
    assert found.search_value < 0.0
    assert any("loses least" in note for note in found.notes)


def test_rules_that_leave_no_line_are_named():
    bikes = bike(least_vehicles=1e9)
    with pytest.raises(NoLineError, match="least_vehicles"):
        define_line(bikes, simulated_part_worths(bikes), open_programme=GrowingHighs)


@pytest.mark.parametrize(
    "asked",
    [
        {"objective": "welfare"},
        {"risk": {"measure": "cvar", "level": 0.1, "n_scenarios": 4}},
    ],
)
def test_what_needs_logit_is_refused_where_the_file_is_read(asked):
    with pytest.raises(ValueError, match="choice_rule"):
        bike(**asked)


def test_a_share_that_the_outside_option_must_meet_is_refused():
    outside = {"outside_option": {"kind": "calibrated", "share": 0.5}}
    bikes = small_bike(market=outside, choice_rule="first_choice")
    with pytest.raises(InputError, match="estimated outside option"):
        define_line(bikes, simulated_part_worths(bikes), open_programme=GrowingHighs)


def test_an_engine_is_asked_for_where_none_was_given():
    bikes = bike()
    with pytest.raises(ValueError, match="open_programme=GrowingHighs"):
        define_line(bikes, simulated_part_worths(bikes))


def test_a_front_of_lines_needs_logit():
    bikes = bike()
    with pytest.raises(InputError, match=r"search\.choice_rule|by which fronts are searched"):
        line_front(bikes, simulated_part_worths(bikes), ("profit", "share"))
