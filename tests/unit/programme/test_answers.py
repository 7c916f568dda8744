"""Answers come from a file, from simulated respondents, or from the field once it is asked for."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from random import Random

import pytest

from counterflow.domain.errors import InputError
from counterflow.programme.answers import (
    obtain_answers,
    source_of_answers,
    version_of_answers,
)
from counterflow.programme.chain import Chain
from counterflow.programme.check import check
from counterflow.programme.estimate import describe
from counterflow.programme.field.begin_interview import begin_interview
from counterflow.programme.field.field import Field
from counterflow.programme.field.open_page import open_page
from counterflow.programme.field.submit_page import submit_page
from counterflow.programme.workspace import Workspace
from counterflow.survey.questionnaire.simulated_respondent import SimulatedRespondent
from counterflow.survey.simulate import simulate_coefficients
from strategies.fieldwork import asking, changed, field_in_memory
from strategies.workspaces import ResultsInMemory, workspace_in_memory


def _answer(field: Field, numbers: range) -> None:
    coefficients = simulate_coefficients(asking())
    for number in numbers:
        respondent = SimulatedRespondent(
            programme=field.programme, coefficients=coefficients[number], number=number, seed=1
        )
        begun = begin_interview(field, key=field.new_key(), language="en", consented=True)
        interview_id = begun.result().interview_id
        while not (page := open_page(field, interview_id)).is_end:
            form = respondent.form(page)
            submit_page(
                field, interview_id, page.page.id, key=page.key, form=form, seconds=8.0
            ).result()


def _workspace(field: Field, *, from_field: bool = True) -> Workspace:
    workspace = workspace_in_memory(ResultsInMemory(), programme=field.programme)
    return replace(
        workspace, from_field=from_field, open_field_store=lambda: nullcontext(field.store)
    )


@pytest.fixture
def field() -> Field:
    field = field_in_memory(asking(n_tasks=4, margins={}))
    _answer(field, range(12))
    return field


def test_answers_of_the_field_are_the_choices_of_complete_interviews(field):
    begin_interview(field, key=field.new_key(), language="ko", consented=True).result()
    data = obtain_answers(Chain(_workspace(field))).value()
    assert (data.n_respondents, data.n_tasks, data.n_rows) == (12, 48, 192)
    described = describe(field.programme, data, "field")
    assert not described.is_simulated
    assert described.source == ("Asked by the questionnaire of National car, cleaned and weighted.")


def test_answers_of_the_field_are_kept_until_another_interview_is_complete(field):
    workspace = _workspace(field)
    first = obtain_answers(Chain(workspace))
    begin_interview(field, key=field.new_key(), language="ko", consented=True).result()
    assert obtain_answers(Chain(workspace)).kept
    _answer(field, range(12, 13))
    third = obtain_answers(Chain(workspace))
    assert (first.kept, third.kept) == (False, False)
    assert third.key != first.key
    assert third.value().n_respondents == 13


def test_another_field_with_as_many_interviews_has_other_answers(field):
    other = field_in_memory(asking(n_tasks=4, margins={}), random_bytes=Random(8).randbytes)
    _answer(other, range(12))
    assert version_of_answers(_workspace(field)) != version_of_answers(_workspace(other))


def test_the_field_is_asked_for_where_the_programme_also_simulates(field):
    assert source_of_answers(_workspace(field)) == "field"
    assert source_of_answers(_workspace(field, from_field=False)) == "simulation"
    assert version_of_answers(_workspace(field, from_field=False)) == ""


def test_beside_a_rehearsal_answers_are_those_that_went_through_the_pages(field):
    rehearsal = replace(_workspace(field, from_field=False), is_rehearsal=True)
    assert source_of_answers(rehearsal) == "rehearsal"
    assert obtain_answers(Chain(rehearsal)).value().n_respondents == 12


def test_a_programme_with_a_questionnaire_alone_takes_its_answers_from_the_field():
    programme = changed(lambda raw: raw["survey"].pop("simulated"))
    workspace = workspace_in_memory(ResultsInMemory(), programme=programme)
    assert source_of_answers(workspace) == "field"
    found = check(Chain(workspace))
    assert found["answers"] == "to be asked: counterflow serve"
    assert found["coefficients"][-1] == "outside"


def test_without_a_questionnaire_there_is_no_field():
    def without_questions(raw):
        raw["survey"].pop("questionnaire")
        raw["survey"]["simulated"].pop("numbers")
        raw["market"]["distance"] = {"mean_km_per_year": 15_000.0, "relative_sd": 0.6}

    programme = changed(without_questions)
    workspace = workspace_in_memory(ResultsInMemory(), programme=programme)
    with pytest.raises(InputError, match=r"expected \[survey.questionnaire\]"):
        obtain_answers(Chain(replace(workspace, from_field=True)))


def test_simulated_answers_do_not_depend_on_the_questionnaire():
    keys = {
        obtain_answers(Chain(workspace_in_memory(ResultsInMemory(), programme=programme))).key
        for programme in (
            _small(asking()),
            _small(asking(n_tasks=5, purchase_chance=False)),
        )
    }
    assert len(keys) == 1


def _small(programme):
    raw = programme.model_dump(mode="json", exclude_unset=True)
    raw["survey"]["simulated"].update(n_respondents=5, n_tasks=2)
    return type(programme).model_validate(raw)
