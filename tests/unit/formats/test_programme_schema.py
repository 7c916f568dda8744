"""The published schema accepts the examples, refuses what is broken and says what keys mean."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from counterflow.formats.programme_schema import allowed_at, programme_schema, tables_in
from strategies.cargo_bike import cargo_bike

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*/programme.toml"))
SCHEMA = programme_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one_of_draft_2020_12_in_plain_json() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_schema_accepts_the_examples(example: Path) -> None:
    VALIDATOR.validate(tomllib.loads(example.read_text(encoding="utf-8")))


BROKEN: list[tuple[tuple[str | int, ...], Any]] = [
    (("format",), 2),
    (("programme", "name"), "Cargo Bike"),
    (("programme", "title"), ""),
    (("attributes", "motor", "kind"), "feat"),
    (("attributes", "motor", "levels"), ["none"]),
    (("attributes", "motor", "colour"), "red"),
    (("attributes", "2 motors"), {}),
    (("rules", 0, "when", "motor"), []),
    (("parts", "frame_tube", "salvage_share"), 90),
    (("market", "availability"), 60),
    (("market", "regions", "south", "buyers_per_period"), 0),
    (("market", "competitors", "rival", "levels", "load"), True),
    (("estimation", "model"), "hbb"),
    (("search", "n_offers"), 2.5),
]


@pytest.mark.parametrize(("key", "value"), BROKEN, ids=lambda x: str(x)[:40])
def test_the_schema_refuses_what_is_broken(key: tuple[str | int, ...], value: Any) -> None:
    document = copy.deepcopy(cargo_bike())
    assert VALIDATOR.is_valid(document)
    table: Any = document
    for part in key[:-1]:
        table = table[part]
    table[key[-1]] = value
    assert not VALIDATOR.is_valid(document)


def test_every_table_of_the_schema_is_closed_or_says_what_its_entries_are() -> None:
    for table in _tables(SCHEMA):
        assert "additionalProperties" in table


def _tables(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from _tables(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _tables(part)


def test_what_is_allowed_is_found_through_named_entries_lists_and_conditions() -> None:
    document = cargo_bike()
    assert allowed_at(("parts", "frame_tube", "unit_cost"), document)["minimum"] == 0
    assert allowed_at(("parts", "anything", "used_in", 3, "quantity"), {})["exclusiveMinimum"] == 0
    assert allowed_at(("market", "regions", "south", "buyers_per_period", 1), {})["minimum"] == 0
    assert allowed_at(("market", "awareness", "low"), {})["maximum"] == 1
    assert "list of levels" in allowed_at(("rules", 0, "when", "motor"), {})["x-expected"]
    assert allowed_at(("costs", "levels", "motor", "hub"), {})["type"] == "number"
    assert allowed_at(("no", "such", "key"), document) == {}


def test_which_choice_model_is_meant_decides_which_keys_are_allowed() -> None:
    def keys_for(model: str) -> set[str]:
        document = {"estimation": {"model": model}}
        tables = tables_in(allowed_at(("estimation",), document), document["estimation"])
        return {key for table in tables for key in table["properties"]}

    assert keys_for("mnl") == {"model", "use_weights", "n_draws"}
    assert "signs" in keys_for("hb")
    assert keys_for("hbb") == keys_for("mnl") | keys_for("hb")
    assert allowed_at(("estimation", "model"), {})["enum"] == ["mnl", "hb"]
