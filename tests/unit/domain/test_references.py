"""Every name that a programme uses must exist where it points, and is missed where it does not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from counterflow.domain.mismatch import Key, dotted
from counterflow.domain.programme import Programme, mismatches_between
from strategies.cargo_bike import cargo_bike
from strategies.mismatches import mismatches_of

ATTRIBUTES = 'one of "motor", "load", "colour", "battery"'
OF_AN_OFFER = 'one of "motor", "load", "battery"'
LABELS = (
    'one of "motor[hub]", "motor[mid]", "load", "colour[green]", "battery[rented]", "price", '
    '"outside"'
)
RIVAL = ("market", "competitors", "rival", "levels")
PREFERENCES = ("survey", "simulated", "preferences")


def changed(*changes: tuple[Key, Any]) -> dict[str, Any]:
    """Return the cargo bike with other values at some keys; None deletes."""
    document = copy.deepcopy(cargo_bike())
    for key, value in changes:
        table: Any = document
        for part in key[:-1]:
            table = table[part]
        if value is None:
            del table[key[-1]]
        else:
            table[key[-1]] = value
    return document


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (("rules", 0, "when"), {"moto": "hub"}, f'.moto: expected {ATTRIBUTES}, found "moto".'),
        (("rules", 0, "when"), {"price": 1500}, f'.price: expected {ATTRIBUTES}, found "price".'),
        (
            ("parts", "frame_tube", "used_in", 1, "when"),
            {"motor": ["hub", "big"]},
            '.motor: expected one of "none", "hub", "mid", found "big".',
        ),
        (
            ("contracts", "rent", "when"),
            {"battery": "rented", "colour": "green"},
            f'.colour: expected {OF_AN_OFFER}, found "colour".',
        ),
        (
            ("search", "prices", 0, "when"),
            {"colour": "green"},
            f'.colour: expected {OF_AN_OFFER}, found "colour".',
        ),
        (
            ("search", "keep"),
            {"load": 90},
            '.load: expected one of "80", "120", "160", found "90".',
        ),
        (
            ("market", "subsidies", "grant", "when"),
            {"motor": "max"},
            '.motor: expected one of "none", "hub", "mid", found "max".',
        ),
        (
            ("market", "subsidies", "grant", "regions"),
            ["north", "nrth"],
            '[2]: expected one of "north", "south", found "nrth".',
        ),
        (
            ("market", "competitors", "rival", "regions"),
            ["east"],
            '[1]: expected one of "north", "south", found "east".',
        ),
        (
            ("costs", "levels", "motor"),
            {"none": 0, "hub": 1},
            ': expected a cost for each level of motor, found none for "mid".',
        ),
        (
            ("costs", "levels", "engine"),
            {},
            ': expected one of "motor", "load", "colour", "battery", "price", found "engine".',
        ),
        (
            (*RIVAL, "motor"),
            "max",
            ': expected one of "none", "hub", "mid", found "max".',
        ),
        (
            (*RIVAL, "load"),
            161,
            ": expected a number from 80 to 160, the range that was asked about, found 161.",
        ),
        (
            (*RIVAL, "load"),
            "120",
            ': expected a number from 80 to 160, the range that was asked about, found "120".',
        ),
        (RIVAL, {"motor": "mid"}, ": expected a level of each attribute but the price, found none"),
        (
            (*PREFERENCES, "load"),
            None,
            ': expected a spread for each coefficient, found none for "load"',
        ),
        ((*PREFERENCES, "lod"), {"mean": 1, "sd": 1}, f': expected {LABELS}, found "lod".'),
        (
            (*PREFERENCES, "price", "mean"),
            0.1,
            ": expected a negative number, as [estimation] gives this coefficient the sign "
            '"negative", found 0.1.',
        ),
        (
            ("estimation", "signs"),
            {"motor": "positive"},
            f'.motor: expected {LABELS}, found "motor".',
        ),
    ],
)
def test_a_name_that_leads_nowhere_is_missed_where_it_is_used(
    key: Key, value: Any, said: str
) -> None:
    texts = mismatches_of(Programme, changed((key, value)))
    place = key[:-1] if value is None else key
    assert any(text.startswith(f"{dotted(place)}{said}") for text in texts), texts


def test_a_mistyped_name_is_not_missed_as_well() -> None:
    document = changed(((*RIVAL, "load"), None), ((*RIVAL, "laod"), 120))
    (text,) = mismatches_of(Programme, document)
    assert text.endswith('found "laod". Did you mean "load"?')


ANSWERS = {
    "path": "answers.csv",
    "source": "A survey.",
    "respondent": "id",
    "alternative": "alternative",
    "outside_alternative": "none",
    "chosen": "chosen",
    "attributes": {
        "motor": {"dummies": {"hub": "is_hub", "mid": "is_mid"}},
        "load": "load",
        "colour": "colour",
        "battery": "battery",
        "price": {"column": "price_cents", "multiply_by": 0.01},
    },
}


@pytest.mark.parametrize(
    ("attribute", "column", "said"),
    [
        (None, None, []),
        (
            "motor",
            {"dummies": {"hub": "is_hub"}},
            [
                "survey.answers.attributes.motor.dummies: expected a column for each level but the "
                'base, "none", found none for "mid".'
            ],
        ),
        (
            "colour",
            {"column": "colour", "multiply_by": 2},
            [
                "survey.answers.attributes.colour.multiply_by: expected no factor on an attribute "
                "that is not a number, found 2."
            ],
        ),
        (
            "weight",
            "weight",
            [
                'survey.answers.attributes.weight: expected one of "motor", "load", "colour", '
                '"battery", "price", found "weight".'
            ],
        ),
    ],
)
def test_columns_of_answers_stand_for_the_attributes_and_their_levels(
    attribute: str | None, column: Any, said: list[str]
) -> None:
    answers = copy.deepcopy(ANSWERS)
    if attribute is not None:
        answers["attributes"][attribute] = column
    survey = {"title": "Which?", "answers": answers}
    assert mismatches_of(Programme, cargo_bike(survey=survey)) == said


@pytest.mark.parametrize("section", [name for name in Programme.model_fields if name != "format"])
def test_a_section_that_is_broken_is_trusted_by_the_others(section: str) -> None:
    sections = dict(Programme.model_validate(cargo_bike()))
    assert list(mismatches_between({**sections, section: None})) == []
    del sections[section]
    assert list(mismatches_between(sections)) == []


@pytest.mark.parametrize("attribute", ["motor", "load", "colour", "battery", "price"])
def test_an_attribute_that_is_broken_is_trusted_by_the_others(attribute: str) -> None:
    sections = dict(Programme.model_validate(cargo_bike()))
    attributes = {**sections["attributes"], attribute: None}
    assert list(mismatches_between({**sections, "attributes": attributes})) == []
