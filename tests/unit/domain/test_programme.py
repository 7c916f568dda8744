"""A programme's version is the hash of what it means, not of how it is written."""

from __future__ import annotations

from typing import Any

import pytest

from counterflow.domain.programme import Programme
from strategies.cargo_bike import cargo_bike


def version(**sections: Any) -> str:
    return Programme.model_validate(cargo_bike(**sections)).version


def test_the_version_is_a_hash_of_64_digits() -> None:
    assert len(version()) == 64
    assert version() == version()


def test_what_is_left_out_and_what_is_spelled_out_are_one_version() -> None:
    document = cargo_bike()
    document["attributes"]["motor"]["base"] = "none"
    document["attributes"]["motor"]["levels"][1] = {"name": "hub", "label": "hub"}
    document["market"]["awareness_build_up"] = [1.0, 1]
    document["rules"][0]["when"] = {"motor": ["none"]}
    document["rules"][0]["excludes"] = {"load": "160"}
    document["market"]["availability"] = {"low": 0.6, "mode": 0.6, "high": 0.6}
    assert Programme.model_validate(document).version == version()


@pytest.mark.parametrize(
    "change",
    [
        {"rules": []},
        {"costs": {**cargo_bike()["costs"], "base_per_vehicle": 721}},
        {"seeds": {"simulation": 1, "estimation": 2, "search": 3, "demand": 5}},
    ],
)
def test_what_changes_the_meaning_changes_the_version(change: dict[str, Any]) -> None:
    assert version(**change) != version()


def test_the_order_of_levels_counts_and_that_of_keys_does_not() -> None:
    document = cargo_bike()
    backwards = {name: document[name] for name in reversed(document)}
    assert Programme.model_validate(backwards).version == version()
    document["attributes"]["motor"]["base"] = "none"
    document["attributes"]["motor"]["levels"] = ["mid", "hub", "none"]
    assert Programme.model_validate(document).version != version()


def test_the_price_is_no_part_of_a_configuration() -> None:
    programme = Programme.model_validate(cargo_bike())
    assert programme.price_attribute == "price"
    assert list(programme.configurable) == ["motor", "load", "colour", "battery"]
