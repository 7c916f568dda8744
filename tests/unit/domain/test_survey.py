"""A survey has one source of answers, whose columns fit one another."""

from __future__ import annotations

from typing import Any

import pytest

from counterflow.domain.survey import AnswerColumn, AnswersFile, Survey
from strategies.cargo_bike import cargo_bike
from strategies.mismatches import mismatches_of

ANSWERS: dict[str, Any] = {
    "path": "answers.csv",
    "source": "A survey.",
    "respondent": "id",
    "chosen": "chosen",
    "attributes": {"price": "price"},
}


def test_answers_are_either_read_or_simulated() -> None:
    simulated = cargo_bike()["survey"]["simulated"]
    both = {"title": "Which?", "answers": ANSWERS, "simulated": simulated}
    expected = "expected either [survey.answers] or [survey.simulated], found "
    assert mismatches_of(Survey, both) == [f"{expected}both."]
    assert mismatches_of(Survey, {"title": "Which?"}) == [
        "expected [survey.answers], [survey.simulated] or [survey.questionnaire], "
        "found none of them."
    ]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("price", []),
        ({"column": "price", "multiply_by": 0.01}, []),
        ({"dummies": {"max": "is_max"}}, []),
        ({}, ["expected either the key `column` or `dummies`, found neither."]),
        (
            {"column": "price", "dummies": {"max": "is_max"}},
            ["expected either the key `column` or `dummies`, found both."],
        ),
        (
            {"column": "price", "multiply_by": 0},
            ["multiply_by: expected a factor other than 0, found 0."],
        ),
        (
            {"dummies": {"max": "is_max"}, "multiply_by": 2},
            ["multiply_by: expected no factor on columns that are 0 or 1, found 2."],
        ),
    ],
)
def test_an_attribute_is_read_in_one_way(column: Any, said: list[str]) -> None:
    assert mismatches_of(AnswerColumn, column) == said


def test_names_of_alternatives_stand_in_a_column() -> None:
    named = {**ANSWERS, "alternatives": ["a", "b"], "outside_alternative": "none"}
    assert mismatches_of(AnswersFile, named) == [
        f"{key}: expected the column `alternative`, in which these names stand, found no such "
        "column."
        for key in ("alternatives", "outside_alternative")
    ]
    assert mismatches_of(AnswersFile, {**named, "alternative": "alternative"}) == [
        'outside_alternative: expected one of "a", "b", found "none".'
    ]


def test_what_was_chosen_does_not_describe_the_product() -> None:
    cheating = {**ANSWERS, "attributes": {"price": "price", "trim": "chosen"}}
    assert mismatches_of(AnswersFile, cheating) == [
        "attributes.trim: expected a column of the product, known before the choice, found "
        '"chosen", which says what was chosen.'
    ]
