"""Read what a page's form hands in: all that is wrong at once, each beside its question."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from counterflow.domain.programme import Programme
from counterflow.domain.questionnaire import Question
from counterflow.survey.questionnaire.drive_form import read_test_drive
from counterflow.survey.questionnaire.form_fields import (
    Form,
    FormError,
    FormFields,
    FormProblem,
    Reason,
    given,
    is_text,
)
from counterflow.survey.questionnaire.page_form import PageForm
from counterflow.survey.questionnaire.pages import Page
from counterflow.survey.questionnaire.shown_task import ShownTask

__all__ = [
    "Form", "FormError", "FormProblem", "PageForm", "Reason", "read_form", "read_key",
    "read_panel_id",
]  # fmt: skip

MOST_LETTERS = 2000
"""Length of an answer in words of one's own."""

MOST_CHANCE = 10
"""The purchase chance is asked from 0, none, to 10, practically certain (Juster 1966)."""

_MOST_ID_LETTERS = 200
_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")


def read_form(
    programme: Programme, page: Page, form: Form, *, shown: ShownTask | None = None
) -> PageForm:
    """Return what was handed in on a page; fields that the page does not have are left out.

    `shown` is the choice task that the page showed; other pages need none.

    Raises
    ------
    FormError
        With every problem, by field.
    """
    fields = FormFields(form)
    match page.kind:
        case "introduction" | "consent":
            fields.tick("consent", "the consent to take part")
            found = PageForm(answers={})
        case "screening" | "background":
            found = _in_words(fields, page.questions)
        case "task":
            if shown is None:
                raise ValueError("expected the choice task that the page showed, found none")
            found = PageForm(answers=given(choice=fields.one_of("choice", shown.choices)))
        case "chance":
            chance = fields.one_of("chance", [str(x) for x in range(MOST_CHANCE + 1)])
            found = PageForm(answers=given(chance=chance and int(chance)))
        case "test_drive":
            found = read_test_drive(fields, programme)
        case "end":
            raise ValueError(f"expected a page with a form, found {page.id!r}")
    if fields.problems:
        raise FormError(fields.problems)
    return found


def read_key(key: str) -> str:
    """Return an idempotency key; FormError where it is none."""
    if not _KEY.fullmatch(key):
        expected = "the key of the form: 8 to 128 letters, digits, - or _"
        raise FormError([FormProblem(expected, "another", key="key", reason="unknown")])
    return key


def read_panel_id(panel_id: str | None) -> str | None:
    """Return what a panel calls a respondent; None where it says nothing, FormError if unusable."""
    if not panel_id:
        return None
    if len(panel_id) > _MOST_ID_LETTERS or not is_text(panel_id):
        expected = f"an id of at most {_MOST_ID_LETTERS} letters"
        raise FormError([FormProblem(expected, "another", key="id", reason="too_long")])
    return panel_id


def _in_words(fields: FormFields, questions: Mapping[str, Question]) -> PageForm:
    answers: dict[str, Any] = {}
    for name, question in questions.items():
        found: Any
        if question.kind == "single":
            found = fields.one_of(name, question.answer_names, required=question.required)
        elif question.kind == "multiple":
            found = fields.some_of(name, question.answer_names, required=question.required)
        elif question.kind == "number":
            found = fields.number(name, question)
        else:
            found = fields.text(name, most=MOST_LETTERS, required=question.required)
        if found not in (None, []):
            answers[name] = found
    return PageForm(answers=answers, screens_out=_screens_out(questions, answers))


def _screens_out(questions: Mapping[str, Question], answers: Mapping[str, Any]) -> bool:
    return any(
        answer.screens_out and answer.name in _as_list(answers.get(name))
        for name, question in questions.items()
        for answer in question.answers
    )


def _as_list(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else [answer]
