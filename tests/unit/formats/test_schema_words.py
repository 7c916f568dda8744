"""What a schema allows and what a value is, in words that need no schema to understand."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from counterflow.formats.schema_words import advice_for, allowed_in_words, value_in_words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "number"}, "a number"),
        ({"type": "number", "minimum": 0}, "a number of at least 0"),
        (
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            "a number above 0 and below 1",
        ),
        ({"type": "number", "minimum": 0.0, "maximum": 1.0}, "a number from 0 to 1"),
        (
            {"type": "integer", "minimum": 100, "maximum": 10_000_000},
            "a whole number from 100 to 10,000,000",
        ),
        ({"type": "integer", "minimum": 1, "maximum": 1}, "1"),
        ({"type": "boolean"}, "true or false"),
        ({"type": "string"}, "text"),
        ({"type": "string", "minLength": 1}, "text that is not empty"),
        ({"type": "string", "enum": ["a", "b"]}, 'one of "a", "b"'),
        ({"type": "string", "const": "hb"}, '"hb"'),
        ({"type": "string", "pattern": "^a$", "x-expected": "the letter a"}, "the letter a"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "a number"),
        ({"anyOf": [{"type": "string"}, {"type": "number"}]}, "text, or a number"),
        ({"type": "array", "items": {"type": "number"}}, "a list, each a number"),
        (
            {"type": "array", "minItems": 1, "items": {"type": "string"}},
            "a list of at least 1 entry, each text",
        ),
        ({"type": "object", "required": ["low"]}, "a table with the key low"),
        ({"type": "object", "required": ["low", "high"]}, "a table with the keys low, high"),
        ({"type": "object"}, "a table"),
    ],
)
def test_what_is_allowed_is_said_in_words(schema: dict[str, Any], words: str) -> None:
    assert allowed_in_words(schema) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a", '"a"'),
        ("  ", "empty text"),
        ("a\nb\x1b", '"a\\nb\\u001b"'),
        ("x" * 100, f'"{"x" * 57}..."'),
        (3, "3"),
        (3.0, "3.0"),
        (False, "false"),
        ([], "an empty list"),
        ([1], "a list of 1"),
        ({}, "an empty table"),
        ({"a": 1}, "a table"),
        (datetime.date(2025, 11, 9), "the date or time 2025-11-09"),
        (datetime.time(7, 32), "the date or time 07:32:00"),
    ],
)
def test_what_is_found_is_said_in_words(value: object, words: str) -> None:
    assert value_in_words(value) == words


SHARE = {"type": "number", "minimum": 0, "maximum": 1}


@pytest.mark.parametrize(
    ("value", "schema", "advice"),
    [
        (40, SHARE, "Shares are not in percent: 40 % is 0.4."),
        (40, {"anyOf": [SHARE, {"type": "object"}]}, "Shares are not in percent: 40 % is 0.4."),
        (101, SHARE, ""),
        (-1, SHARE, ""),
        ("0.4", SHARE, "Remove the quotes."),
        ("much", SHARE, ""),
        (3.0, {"type": "integer"}, "Write it without a decimal point."),
        (3, {"type": "string"}, "Put it in double quotes."),
        (datetime.date(2025, 11, 9), {"type": "string"}, "Put it in double quotes."),
        ("yes", {"type": "boolean"}, "Write true or false, without quotes."),
        (1, {"type": "boolean"}, "Write true or false."),
        ("minn", {"enum": ["min", "max"]}, 'Did you mean "min"?'),
        ("a", {"type": "array", "items": {"type": "string"}}, 'Put it in brackets: ["a"].'),
        (
            {"a": 1},
            {"type": "array", "items": {"type": "object"}},
            "Put the table in brackets: [{ ... }].",
        ),
        (
            {"5": 3},
            {"type": "number"},
            'A name with a point in it stands in quotes, as in "0.5" = 3.',
        ),
        ([1], {"type": "number"}, ""),
        (True, {"type": "number"}, ""),
    ],
)
def test_advice_names_the_usual_slip(value: object, schema: dict[str, Any], advice: str) -> None:
    assert advice_for(value, schema) == advice
