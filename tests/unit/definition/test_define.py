"""The line that is defined: it earns what the forecast says, and the same on every machine."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from counterflow.definition.define import define_line
from counterflow.definition.offers import fixed_costs, variant_margins
from counterflow.definition.valuation import profit_draws
from counterflow.demand.forecast import forecast_volumes
from counterflow.domain.definition import Definition
from counterflow.domain.errors import InputError
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.volumes import interval
from strategies.bikes import small_bike
from strategies.cargo_bike import cargo_bike
from strategies.simulated_part_worths import simulated_part_worths

BIKES = small_bike()
PART_WORTHS = simulated_part_worths(BIKES)


@pytest.fixture(scope="module")
def definition() -> Definition:
    return define_line(BIKES, PART_WORTHS, made_from={"estimate": "abc"})


def test_the_profit_is_what_the_volumes_of_the_forecast_earn(definition):
    volumes = forecast_volumes(BIKES, definition, PART_WORTHS)
    margins = np.array([m for offer in definition.offers for m in variant_margins(offer)])
    earned = np.einsum("svmq,v->s", volumes.draws, margins) - fixed_costs(BIKES, definition.offers)
    drawn = profit_draws(BIKES, definition.offers, PART_WORTHS)
    np.testing.assert_allclose(drawn, earned, rtol=1e-9)
    expected = interval(earned).as_dict()
    assert definition.profit.as_dict() == pytest.approx(expected, rel=1e-9)


def test_the_profit_over_all_draws_is_near_that_of_the_search():
    bikes = small_bike(n_buyers=5000)
    found = define_line(bikes, simulated_part_worths(bikes, n_draws=100, n_respondents=400))
    # A mean over 100 draws of who answered; the other draws are stratified.
    assert found.profit.mean == pytest.approx(found.search_value, rel=0.05)


def test_the_definition_says_what_it_was_made_from_and_how_it_was_searched(definition):
    assert definition.made_from == {"estimate": "abc"}
    assert (definition.status, definition.gap) == ("optimal", 0.0)
    assert "every line tried" in definition.method
    # Three motors, three loads and two batteries less two without a motor, in two colours.
    assert definition.n_configurations == 32
    assert definition.n_candidates == 16 * 6


def test_a_local_search_finds_the_line_that_trying_all_finds(definition):
    local = define_line(small_bike(exhaustive_up_to=0), PART_WORTHS)
    assert local.offers == definition.offers
    assert (local.status, local.n_starts) == ("optimal", 6)
    assert local.search_value == pytest.approx(definition.search_value, rel=1e-9)


@pytest.mark.parametrize("exhaustive_up_to", [0, 10_000])
def test_threads_change_no_byte(exhaustive_up_to):
    bikes = small_bike(exhaustive_up_to=exhaustive_up_to)
    with ThreadPoolExecutor(3) as pool:
        together = define_line(bikes, PART_WORTHS, map_blocks=pool.map)
    alone = define_line(bikes, PART_WORTHS)
    assert json.dumps(together.as_dict()) == json.dumps(alone.as_dict())


def test_more_offers_allowed_never_lower_the_expected_profit():
    profits = [define_line(small_bike(n_offers=n), PART_WORTHS).search_value for n in (1, 2, 3)]
    assert profits == sorted(profits)


def test_a_smaller_line_is_chosen_where_another_offer_does_not_earn_its_fixed_costs():
    costs = {**cargo_bike()["costs"], "fixed_per_offer": 1e8}
    bikes = Programme.model_validate({**BIKES.model_dump(mode="json"), "costs": costs})
    found = define_line(bikes, PART_WORTHS)
    assert len(found.offers) == 1
    assert any("loses least" in note for note in found.notes)


def test_colours_that_nobody_tells_apart_change_no_profit():
    def with_colours(*names: str) -> Programme:
        document = BIKES.model_dump(mode="json")
        document["attributes"]["colour"].update(
            levels=[{"name": name} for name in names], base=names[0], option_price={}
        )
        document["costs"]["levels"]["colour"] = dict.fromkeys(names, 0.0)
        preferences = document["survey"]["simulated"]["preferences"]
        del preferences["colour[green]"]
        preferences.update({f"colour[{name}]": {"mean": 0.0, "sd": 0.0} for name in names[1:]})
        return Programme.model_validate(document)

    def profit(bikes: Programme) -> float:
        # The same people: only the columns of the colours, all zero, differ in number.
        labels = simulated_part_worths(bikes).labels
        draws = np.zeros((*PART_WORTHS.draws.shape[:2], len(labels)))
        for k, label in enumerate(labels):
            if not label.startswith("colour"):
                draws[:, :, k] = PART_WORTHS.draws[:, :, PART_WORTHS.labels.index(label)]
        people = PartWorths(
            draws=draws,
            coding=simulated_part_worths(bikes).coding,
            respondent_ids=PART_WORTHS.respondent_ids,
            weights=PART_WORTHS.weights,
        )
        return define_line(bikes, people).search_value

    two, four = with_colours("black", "green"), with_colours("black", "green", "red", "blue")
    assert profit(four) == pytest.approx(profit(two), rel=1e-6)


def test_a_price_at_the_end_of_its_range_is_noted():
    ranges = [{"least": 1500.0, "most": 1700.0, "step": 100.0}]
    found = define_line(small_bike(prices=ranges), PART_WORTHS)
    assert {offer.price for offer in found.offers} == {1700.0}
    for offer in found.offers:
        assert any(
            note.startswith(f"{offer.name}: its price, 1,700, is the highest")
            for note in found.notes
        )


def _notes_with_capacity(capacity: float, **search: float) -> list[str]:
    """Return the notes on capacity of a line whose plant builds so many a period, of two."""
    bikes = small_bike(**search)
    plant = bikes.production.model_copy(update={"capacity_per_period": capacity})
    found = define_line(bikes.model_copy(update={"production": plant}), PART_WORTHS)
    return [note for note in found.notes if "plant" in note]


def test_a_line_that_sells_more_than_can_be_built_is_noted_with_both_figures(definition):
    sold = forecast_volumes(BIKES, definition, PART_WORTHS).total()
    (note,) = _notes_with_capacity(0.9 * sold.mean / 2)
    expected = f"{sold.mean:,.0f} vehicles ({sold.low:,.0f} to {sold.high:,.0f})"
    assert f"expected to sell {expected}" in note
    assert f"can build {0.9 * sold.mean:,.0f} in all periods" in note
    assert "set search.most_vehicles" in note
    assert not _notes_with_capacity(1.1 * sold.mean / 2)


def test_a_limit_on_vehicles_that_keeps_the_line_within_capacity_ends_the_note(definition):
    sold = forecast_volumes(BIKES, definition, PART_WORTHS).total().mean
    capacity = 0.9 * sold
    # What the search expects of its buyers differs a little from what is sold over all draws.
    assert not _notes_with_capacity(capacity / 2, most_vehicles=0.8 * capacity)
    (note,) = _notes_with_capacity(capacity / 2, most_vehicles=2.0 * sold)
    assert "lower search.most_vehicles" in note


def test_a_market_that_likes_high_prices_is_refused_with_what_to_do():
    price = PART_WORTHS.labels.index("price")
    draws = PART_WORTHS.draws.copy()
    draws[:, :, price] = np.abs(draws[:, :, price])
    liked = PartWorths(
        draws=draws,
        coding=PART_WORTHS.coding,
        respondent_ids=PART_WORTHS.respondent_ids,
        weights=PART_WORTHS.weights,
    )
    with pytest.raises(InputError) as caught:
        define_line(BIKES, liked)
    (problem,) = caught.value.problems
    assert problem.key == "estimation.signs"
    assert 'signs = { price = "negative" }' in problem.advice


def test_runners_up_say_what_they_would_offer_and_earn(definition):
    assert definition.runners_up
    for line in definition.runners_up:
        assert line["profit"] <= definition.search_value
        assert {tuple(offer) for offer in line["offers"]} == {("name", "levels", "price")}


def test_the_definition_survives_json(definition):
    assert Definition.from_dict(json.loads(json.dumps(definition.as_dict()))) == definition


def test_one_set_of_part_worths_for_all_gives_a_line_too():
    mean = PartWorths(
        draws=PART_WORTHS.draws.mean(axis=1, keepdims=True),
        coding=PART_WORTHS.coding,
        respondent_ids=("",),
        weights=np.ones(1),
    )
    found = define_line(BIKES, mean)
    assert found.status == "optimal"
    assert found.profit.low <= found.profit.median <= found.profit.high
