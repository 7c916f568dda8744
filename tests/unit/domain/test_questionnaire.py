"""A questionnaire that asks what cannot be answered, counted or weighted is told so."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from counterflow.domain.questionnaire import Questionnaire
from strategies.mismatches import mismatches_of

YES_NO = [{"name": "yes", "label": "Yes"}, {"name": "no", "label": "No", "screens_out": True}]
AGES = [{"name": "young", "label": "Young"}, {"name": "old", "label": "Old"}]
ASKED: dict[str, Any] = {
    "consent": {"version": "1", "controller": "Us"},
    "screening": {
        "licence": {"label": "Licence?", "answers": YES_NO},
        "age": {"label": "Age?", "answers": AGES},
    },
    "background": {"km": {"label": "How far?", "kind": "number", "unit": "km", "least": 0}},
    "quotas": {"age": {"young": 10}},
    "margins": {"age": {"young": 0.4, "old": 0.6}},
    "panel": {name: f"https://x.example/{name}" for name in ("complete", "screened_out")}
    | {"over_quota": "http://x.example/full"},
}


def _said(change: Any) -> list[str]:
    asked = copy.deepcopy(ASKED)
    change(asked)
    return mismatches_of(Questionnaire, asked)


def test_questions_come_by_name_screening_first() -> None:
    found = Questionnaire.model_validate(ASKED)
    assert list(found.questions) == ["licence", "age", "km"]
    assert found.questions["age"].answer_names == ("young", "old")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda x: x.update(languages=["en", "ko", "en"]),
            'languages[3]: expected each language once, found "en" twice.',
        ),
        (
            lambda x: x["background"].update(licence={"label": "?", "kind": "text"}),
            "background.licence: expected questions with distinct names, found a screening "
            "question of that name.",
        ),
        (
            lambda x: x["background"].update(seconds={"label": "?", "kind": "text"}),
            'background.seconds: expected a name other than "key", "csrf", "seconds", found one '
            "that forms use themselves.",
        ),
        (
            lambda x: x["screening"].update(why={"label": "Why?", "kind": "text"}),
            'screening.why.kind: expected "single", "multiple" or "number" for a screening '
            'question, found "text".',
        ),
        (
            lambda x: x["background"].update(again={"label": "?", "answers": YES_NO}),
            "background.again.answers[2].screens_out: expected answers that end the interview in "
            "screening questions only, found true.",
        ),
        (
            lambda x: x["screening"]["age"].update(required=False),
            "screening.age.required: expected true, as quotas need an answer of everybody, found "
            "false.",
        ),
        (
            lambda x: x["quotas"].update(km={"far": 3}),
            'quotas.km: expected one of "licence", "age", found "km".',
        ),
        (
            lambda x: x["quotas"]["age"].update(yung=3),
            'quotas.age.yung: expected one of "young", "old", found "yung". Did you mean "young"?',
        ),
        (
            lambda x: x["margins"]["age"].update(old=0.5),
            "margins.age: expected shares that sum to 1, found a sum of 0.9.",
        ),
        (
            lambda x: x["margins"].update(licence={"yes": 0.7, "no": 0.3}),
            "margins.licence.no: expected answers that do not end the interview, found "
            '"no", which ends it.',
        ),
        (
            lambda x: x["panel"].update(complete="x.example"),
            'complete: expected an address that begins with https://, found "x.example".',
        ),
    ],
)
def test_what_does_not_fit_together_is_told(change: Any, said: str) -> None:
    assert _said(change) == [said]


def test_margins_printed_with_two_digits_may_miss_one_by_a_rounding() -> None:
    assert _said(lambda x: x["margins"]["age"].update(old=0.604)) == []
