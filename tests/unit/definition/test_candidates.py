"""Candidates: everything fixed that can be built, at each price of its range."""

import pytest

from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.domain.configuration import Rule
from counterflow.domain.errors import InputError, NothingBuildableError
from counterflow.domain.programme import Programme
from strategies.cargo_bike import cargo_bike

BIKES = Programme.model_validate(cargo_bike())


def test_every_combination_that_the_rules_allow_is_buildable_once():
    found = buildable_configurations(BIKES)
    # Motors x loads x colours x batteries, less 160 kg without a motor in two colours and terms.
    assert len(found) == len(set(found)) == 3 * 3 * 2 * 2 - 4


def test_options_are_left_to_the_buyer_and_prices_ascend_within_a_configuration():
    found = candidates(BIKES, buildable_configurations(BIKES))
    assert len(found) == (3 * 3 - 1) * 2 * 26
    bare = found[0]
    assert str(bare.configuration) == "motor=none;load=80;battery=bought"
    assert [variant["colour"] for variant in bare.variants] == ["black", "green"]
    assert [c.price for c in found[:26]] == [2000.0 + 100.0 * i for i in range(26)]
    assert {c.configuration for c in found[:26]} == {bare.configuration}


def test_the_first_price_range_that_holds_applies():
    found = candidates(BIKES, buildable_configurations(BIKES))
    rented = [c.price for c in found if c.configuration["battery"] == "rented"]
    assert (min(rented), max(rented)) == (1500.0, 4000.0)


def test_a_colour_that_a_rule_forbids_is_no_variant():
    rule = {"when": {"motor": "mid"}, "excludes": {"colour": "green"}, "reason": "Paint shop."}
    bikes = Programme.model_validate(cargo_bike(rules=[*cargo_bike()["rules"], rule]))
    found = candidates(bikes, buildable_configurations(bikes))
    n_variants = {c.configuration["motor"]: len(c.variants) for c in found}
    assert n_variants == {"none": 2, "hub": 2, "mid": 1}


def test_only_what_the_search_is_to_keep_is_a_candidate():
    search = {**cargo_bike()["search"], "keep": {"motor": ["hub", "mid"], "battery": "bought"}}
    bikes = Programme.model_validate(cargo_bike(search=search))
    found = candidates(bikes, buildable_configurations(bikes))
    assert {(c.configuration["motor"], c.configuration["battery"]) for c in found} == {
        ("hub", "bought"),
        ("mid", "bought"),
    }


def test_rules_that_leave_nothing_are_named():
    rules = [
        {"excludes": {"motor": ["none", "hub"]}, "reason": "Hills."},
        {"excludes": {"motor": ["mid", "hub"]}, "reason": "Price of copper."},
        {"excludes": {"load": 160}, "reason": "Frame."},
    ]
    bikes = Programme.model_validate(cargo_bike()).model_copy(
        update={"rules": tuple(_rule(rule) for rule in rules)}
    )
    with pytest.raises(NothingBuildableError) as caught:
        buildable_configurations(bikes)
    assert caught.value.rules == ("rule 1 (Hills.)", "rule 2 (Price of copper.)")


def test_a_configuration_without_a_price_range_is_named():
    ranges = [{"when": {"colour": "black"}, "least": 1500.0, "most": 4000.0, "step": 100.0}]
    search = {**cargo_bike()["search"], "prices": ranges}
    bikes = BIKES.model_copy(update={"search": type(BIKES.search).model_validate(search)})
    with pytest.raises(InputError, match=r"search\.prices.*none for motor=none"):
        candidates(bikes, buildable_configurations(bikes))


def _rule(raw: dict) -> Rule:
    return Rule.model_validate(raw)
