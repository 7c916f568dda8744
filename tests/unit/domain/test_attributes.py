"""An attribute's kind, coding and levels must fit one another."""

from __future__ import annotations

from typing import Any

import pytest

from counterflow.domain.attributes import Attribute, Level
from strategies.mismatches import mismatches_of

CATEGORICAL = {"label": "Trim", "kind": "feature", "coding": "categorical", "levels": ["a", "b"]}
LINEAR = {
    "label": "Range",
    "kind": "feature",
    "coding": "linear",
    "unit": "km",
    "levels": [4, 5, 6],
}


@pytest.mark.parametrize(
    ("attribute", "changes", "expected"),
    [
        (CATEGORICAL, {}, []),
        (LINEAR, {}, []),
        (LINEAR, {"coding": "piecewise", "knots": [4.5, 5.5]}, []),
        (
            CATEGORICAL,
            {"levels": ["a", "b", "a"]},
            ['levels[3]: expected levels with distinct names, found "a" twice.'],
        ),
        (
            CATEGORICAL,
            {"kind": "price"},
            [
                'coding: expected one of "linear", "log", "piecewise", found "categorical" for '
                "a price."
            ],
        ),
        (
            LINEAR,
            {"kind": "option"},
            [
                'coding: expected "categorical", as buyers pick an option level by level, found '
                '"linear".'
            ],
        ),
        (
            CATEGORICAL,
            {"option_price": {"a": 1}},
            [
                'option_price: expected no option_price but for an attribute of kind "option", '
                'found kind "feature".'
            ],
        ),
        (
            CATEGORICAL,
            {"kind": "option", "option_price": {"aa": 1}},
            ['option_price.aa: expected one of "a", "b", found "aa". Did you mean "a"?'],
        ),
        (
            LINEAR,
            {"levels": [4, "five"]},
            ['levels[2]: expected a level with a value, for coding "linear", found "five".'],
        ),
        (
            LINEAR,
            {"coding": "log", "levels": [0, 4]},
            ['levels[1]: expected a value above 0, for coding "log", found 0.'],
        ),
        (
            LINEAR,
            {"levels": [4, {"name": "four", "value": 4.0}]},
            ["levels[2]: expected levels with distinct values, found 4 twice."],
        ),
        (
            LINEAR,
            {"unit": None, "base": "4"},
            [
                'unit: expected the unit of the levels, for coding "linear", found none.',
                'base: expected no base, for coding "linear", found "4".',
            ],
        ),
        (
            LINEAR,
            {"coding": "piecewise"},
            ["knots: expected ascending, distinct numbers strictly between 4 and 6, found []."],
        ),
        (
            LINEAR,
            {"coding": "piecewise", "knots": [5.5, 4.5]},
            [
                "knots: expected ascending, distinct numbers strictly between 4 and 6, found "
                "[5.5, 4.5]."
            ],
        ),
        (
            LINEAR,
            {"coding": "piecewise", "knots": [5, 6]},
            ["knots: expected ascending, distinct numbers strictly between 4 and 6, found [5, 6]."],
        ),
        (
            LINEAR,
            {"knots": [5]},
            ['knots: expected no knots but for coding "piecewise", found coding "linear".'],
        ),
        (
            CATEGORICAL,
            {"base": "c", "continuous": True},
            [
                'base: expected one of "a", "b", found "c".',
                "continuous: expected false, as there is nothing between levels that are not "
                "numbers, found true.",
            ],
        ),
    ],
)
def test_keys_that_do_not_fit_are_all_named(
    attribute: dict[str, Any], changes: dict[str, Any], expected: list[str]
) -> None:
    assert mismatches_of(Attribute, {**attribute, **changes}) == expected


@pytest.mark.parametrize(
    ("raw", "name", "value"),
    [
        ("plus", "plus", None),
        (400, "400", 400.0),
        (400.0, "400", 400.0),
        (9.4190, "9.419", 9.419),
        ({"name": "near", "value": 400}, "near", 400.0),
    ],
)
def test_a_bare_level_is_called_as_it_is_written(raw: Any, name: str, value: float | None) -> None:
    level = Level.model_validate(raw)
    assert (level.name, level.value, level.text) == (name, value, name)


@pytest.mark.parametrize("raw", [True, "", " a", "a ", "a,b", "a=b", "a[b]", 10**400, None, []])
def test_a_level_that_tables_could_not_hold_is_refused(raw: Any) -> None:
    with pytest.raises(ValueError, match="Level"):
        Level.model_validate(raw)


def test_a_level_that_does_not_exist_is_missed_by_name() -> None:
    with pytest.raises(KeyError, match="no level 'c'"):
        Attribute.model_validate(CATEGORICAL).level("c")
