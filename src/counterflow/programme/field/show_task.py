"""What a respondent sees as a choice task: the same whether it is drawn or stored."""

from __future__ import annotations

from functools import lru_cache

from counterflow.domain.answered_task import AnsweredTask
from counterflow.domain.interview import Interview
from counterflow.programme.field.field import ChangedProgrammeError, Field
from counterflow.programme.field.pages_of_interview import pages_of_interview
from counterflow.survey.questionnaire.arrangement import Arrangement, arrangement_of
from counterflow.survey.questionnaire.pages import Page
from counterflow.survey.questionnaire.shown_task import (
    ShownTask,
    task_for_respondent,
    task_of_design,
)


def shown_task(field: Field, interview: Interview, page: Page) -> ShownTask:
    """Return the task of a page as the respondent sees it; as recorded, once it is answered.

    It depends on the interview's design, version and seed alone; an adaptive task also on the
    answers to the tasks before it.

    Raises
    ------
    ChangedProgrammeError
        If the programme no longer has what the interview was begun with.
    """
    assert page.task is not None, "only pages with a task show one"
    if (answer := interview.answer_on(page.id)) is not None:
        return ShownTask.from_record(answer.shown)
    design = field.design_of(interview)
    assert page.task < design.n_tasks, "an interview has as many tasks as its design"
    arrangement = _arrangement(field, interview)
    if field.next_task is not None:
        before = answered_tasks(field, interview, before=page.task)
        profiles = field.next_task(before, interview.seed)
        shown = task_for_respondent(
            profiles, arrangement, page.task, has_outside=design.has_outside
        )
    else:
        assert interview.design_version is not None, "who sees tasks was admitted"
        shown = task_of_design(design, interview.design_version, arrangement, page.task)
    if design is not field.design or field.next_task is not None:
        # The field's own design was checked when it was opened.
        _check_levels(field, interview, shown)
    return shown


def answered_tasks(field: Field, interview: Interview, *, before: int) -> tuple[AnsweredTask, ...]:
    """Return the tasks with their choices, in the order of the screen, up to task `before`."""
    found = []
    for page in pages_of_interview(field, interview):
        answer = interview.answer_on(page.id)
        if page.task is not None and page.task < before and answer is not None:
            found.append(ShownTask.from_record(answer.shown).answered(answer.answers["choice"]))
    return tuple(found)


def _arrangement(field: Field, interview: Interview) -> Arrangement:
    design = field.design_of(interview)
    return _arranged(
        n_tasks=design.n_tasks,
        n_alternatives=design.n_alternatives,
        attributes=tuple(design.levels),
        price=field.programme.price_attribute,
        seed=interview.seed,
    )


# A respondent's order is asked for twice a page: when it is drawn and when it is handed in.
_arranged = lru_cache(maxsize=4096)(arrangement_of)


def _check_levels(field: Field, interview: Interview, shown: ShownTask) -> None:
    attributes = field.programme.attributes
    for alternative in shown.alternatives:
        for name, level in alternative.levels.items():
            if name not in attributes or level not in attributes[name].level_names:
                raise ChangedProgrammeError(interview.id, f"{name} = {level}")
