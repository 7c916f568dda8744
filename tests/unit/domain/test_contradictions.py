"""What cannot hold at the same time is found, with an example of where it clashes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from counterflow.domain.programme import Programme
from strategies.cargo_bike import cargo_bike
from strategies.mismatches import mismatches_of


def said_with(section: str, **changes: Any) -> list[str]:
    """Return what the cargo bike says with some keys of a section replaced."""
    changed = copy.deepcopy(cargo_bike()[section])
    changed.update(changes)
    return mismatches_of(Programme, cargo_bike(**{section: changed}))


def rule(**changes: Any) -> dict[str, Any]:
    return {"reason": "Because.", **changes}


def test_a_programme_without_contradictions_says_nothing() -> None:
    assert mismatches_of(Programme, cargo_bike()) == []


@pytest.mark.parametrize(
    "bad",
    [
        rule(when={"motor": "mid"}, requires={"motor": "hub"}),
        rule(when={"motor": "mid"}, excludes={"motor": ["mid", "hub"]}),
        rule(excludes={"load": [80, 120, 160]}),
        rule(requires={"load": 80}, excludes={"load": 80}),
        rule(when={"motor": "mid"}, requires={"load": 80}, excludes={"motor": "mid", "load": 80}),
    ],
)
def test_a_rule_that_leaves_nothing_contradicts_itself(bad: dict[str, Any]) -> None:
    assert mismatches_of(Programme, cargo_bike(rules=[bad]))[0] == (
        "rules[1]: expected a rule that leaves something to build where its `when` holds, found "
        "one that leaves nothing."
    )


@pytest.mark.parametrize(
    "bad",
    [
        rule(when={"motor": "mid"}, requires={"motor": ["hub", "mid"]}),
        rule(requires={"load": [80, 120, 160]}),
        rule(when={"motor": "mid"}, excludes={"motor": "hub"}),
        rule(when={"motor": "mid"}, excludes={"motor": "hub", "load": 80}),
    ],
)
def test_a_rule_that_changes_nothing_is_a_slip(bad: dict[str, Any]) -> None:
    assert mismatches_of(Programme, cargo_bike(rules=[bad])) == [
        "rules[1]: expected a rule that rules something out, found one that changes nothing."
    ]


def test_two_contracts_for_one_configuration_clash() -> None:
    rent = cargo_bike()["contracts"]["rent"]
    second = {**rent, "when": {"battery": "rented", "motor": "mid"}}
    assert mismatches_of(Programme, cargo_bike(contracts={"rent": rent, "rent_mid": second})) == [
        "contracts.rent_mid.when: expected one contract at most for a configuration, found two, "
        '"rent" and "rent_mid", for motor = "mid", load = "80", battery = "rented".'
    ]


def test_contracts_that_only_meet_where_nothing_is_built_do_not_clash() -> None:
    rent = cargo_bike()["contracts"]["rent"]
    heavy = {**rent, "when": {"battery": "rented", "load": 160}}
    light = {**rent, "when": {"battery": "rented", "load": [80, 120]}}
    none = {**rent, "when": {"battery": "bought", "load": 160, "motor": "none"}}
    contracts = {"heavy": heavy, "light": light, "none": none}
    assert mismatches_of(Programme, cargo_bike(contracts=contracts)) == []


def test_a_term_without_a_contract_is_missed_with_an_example() -> None:
    assert mismatches_of(Programme, cargo_bike(contracts={})) == [
        'contracts: expected a contract wherever battery is "rented", found none for motor = '
        '"none", load = "80", battery = "rented".'
    ]


def test_a_configuration_without_a_price_is_found_unless_no_rule_lets_it_be_built() -> None:
    step = {"least": 1500, "most": 4500, "step": 100}
    light = {"when": {"load": [80, 120]}, **step}
    assert said_with("search", prices=[light]) == [
        "search.prices: expected a price range for each configuration, found none for motor = "
        '"hub", load = "160".'
    ]
    motorised = {"when": {"load": 160, "motor": ["hub", "mid"]}, **step}
    assert said_with("search", prices=[light, motorised]) == []
    assert said_with("search", prices=[light], keep={"load": 80}) == []


def test_a_price_range_that_never_applies_is_a_slip() -> None:
    step = {"least": 1500, "most": 4500, "step": 100}
    assert said_with("search", prices=[step, {"when": {"motor": "hub"}, **step}]) == [
        "search.prices[2]: expected a range for configurations that no earlier range covers, "
        "found none left. The first range that holds applies."
    ]


def test_a_price_that_was_not_asked_about_is_refused() -> None:
    prices = [{"least": 1400, "most": 4600, "step": 100}]
    assert said_with("search", prices=prices) == [
        "search.prices[1].least: expected a price from 1500 to 4500, the range that was asked "
        "about, found 1400.",
        "search.prices[1].most: expected a price from 1500 to 4500, the range that was asked "
        "about, found 4600.",
    ]


def test_subsidies_that_eat_up_the_least_price_are_added_where_they_go_together() -> None:
    def grants(*grants: dict[str, Any]) -> list[str]:
        named = {
            f"grant_{n}": {"label": "Grant", "regions": ["north"], **grant}
            for n, grant in enumerate(grants)
        }
        return said_with("market", subsidies=named)

    assert grants({"amount": 1499}) == []
    assert grants({"amount": 1500}) == [
        "market.subsidies.grant_0.amount: expected subsidies in north below the least price, 1500, "
        "found 1500 together."
    ]
    assert grants({"amount": 800}, {"amount": 700}) == [
        "market.subsidies.grant_0.amount: expected subsidies in north below the least price, 1500, "
        "found 1500 together."
    ]
    apart = {"amount": 800, "when": {"motor": "mid"}}, {"amount": 700, "when": {"motor": "hub"}}
    assert grants(*apart) == []
    assert grants({"amount": 800}, {"amount": 700, "regions": ["south"]}) == []
    # Bought ones fall under the first range, which begins at 2000.
    assert grants({"amount": 1999, "when": {"battery": "bought"}}) == []
    assert grants({"amount": 2000, "when": {"battery": "bought"}}) != []


def test_a_subsidy_on_what_is_not_sold_counts_for_nothing() -> None:
    document = cargo_bike()
    document["market"]["subsidies"]["grant"]["amount"] = 1500
    assert len(mismatches_of(Programme, document)) == 1
    document["search"]["keep"] = {"motor": "none"}
    assert mismatches_of(Programme, document) == []


def test_a_feature_that_nothing_charges_for_is_missed() -> None:
    assert said_with("costs", levels={"motor": {"none": 0, "hub": 1, "mid": 2}}) == [
        "costs.levels.colour: expected a cost or a part that depends on colour; zeros if it costs "
        "nothing, found neither."
    ]


def test_there_is_one_price_in_the_currency_of_the_programme() -> None:
    attributes = cargo_bike()["attributes"]
    attributes["price"]["unit"] = "USD"
    assert mismatches_of(Programme, cargo_bike(attributes=attributes)) == [
        'attributes.price.unit: expected "EUR", the programme\'s currency, found "USD".'
    ]
    second = {**attributes["price"], "unit": "EUR"}
    texts = mismatches_of(
        Programme, cargo_bike(attributes={**attributes, "price": second, "fee": second})
    )
    assert 'attributes: expected one attribute of kind "price", found "price", "fee".' in texts


def test_an_outside_option_is_estimated_only_where_it_was_asked_for() -> None:
    document = cargo_bike()
    document["survey"]["simulated"]["outside_option"] = False
    del document["survey"]["simulated"]["preferences"]["outside"]
    assert mismatches_of(Programme, document) == [
        'market.outside_option.kind: expected "calibrated", as nobody could choose none of the '
        'products in the survey, found "estimated".'
    ]


def test_an_outside_option_is_calibrated_on_a_rival_in_each_region() -> None:
    calibrated = {"kind": "calibrated", "share": 0.4}
    rival = cargo_bike()["market"]["competitors"]["rival"]
    assert said_with("market", outside_option=calibrated) == []
    for competitors in ({}, {"rival": {**rival, "regions": ["north"]}}):
        (text,) = said_with("market", outside_option=calibrated, competitors=competitors)
        assert text.startswith("market.outside_option.kind: expected a competitor in each region")
        assert text.endswith('"south".')
