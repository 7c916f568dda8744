"""Open a page: the one that is due, or one that was answered before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from counterflow.domain.interview import Interview, Status
from counterflow.domain.texts import Texts
from counterflow.programme.field.field import Field
from counterflow.programme.field.show_task import shown_task
from counterflow.survey.questionnaire.cards import TaskToShow, cards_of
from counterflow.survey.questionnaire.page_to_show import (
    PageToShow,
    consent_to_show,
    drive_to_show,
    questions_to_show,
)
from counterflow.survey.questionnaire.pages import END_PAGES, Page, next_page


def open_introduction(field: Field, language: str) -> PageToShow:
    """Return the introduction, as who has not begun yet sees it; in a language of the survey."""
    return _page_to_show(field, field.pages[0], interview=None, language=language, status="open")


def open_page(field: Field, interview_id: str, page_id: str | None = None) -> PageToShow:
    """Return the page that is due; or `page_id`, if it was answered before, as it was answered.

    Of an interview that has ended, this is its end. A page that is not yet due gives the due one,
    so compare `PageToShow.page.id` with what was asked for.

    Raises
    ------
    UnknownInterviewError, UnknownPageError
        If there is no such interview or page.
    ChangedProgrammeError
        If the programme no longer has what the interview was begun with.
    """
    interview = field.store.interview(interview_id)
    page = _asked(field, page_id)
    due = next_page(field.pages, interview)
    if due is None:
        # A questionnaire that became shorter may leave nothing to ask of who was on the way.
        status = "complete" if interview.status == "open" else interview.status
        return _of_interview(field, END_PAGES[status], interview)
    if page is None or interview.answer_on(page.id) is None:
        page = due
    return _of_interview(field, page, interview)


def _asked(field: Field, page_id: str | None) -> Page | None:
    if page_id is None or page_id in END_PAGES:
        return None
    return field.page(page_id)


def _of_interview(field: Field, page: Page, interview: Interview) -> PageToShow:
    language = field.language(interview.language)
    return _page_to_show(
        field, page, interview=interview, language=language, status=interview.status
    )


def _page_to_show(
    field: Field, page: Page, *, interview: Interview | None, language: str, status: Status
) -> PageToShow:
    texts = field.texts[language]
    answer = interview.answer_on(page.id) if interview is not None else None
    is_end = page.kind == "end"
    number = len(field.pages) if is_end else field.pages.index(page) + 1
    return PageToShow(
        page=page,
        interview_id=interview.id if interview is not None else None,
        status=status,
        language=language,
        languages=field.questionnaire.languages,
        key=field.new_key(),
        number=number,
        n_pages=len(field.pages),
        title=texts["survey", "title"],
        questions=questions_to_show(page.questions, texts),
        task=_task(field, page, interview, texts) if interview is not None else None,
        test_drive=drive_to_show(field.programme, texts) if page.kind == "test_drive" else None,
        consent=consent_to_show(field.programme, texts) if page.kind == "introduction" else None,
        given=answer.answers if answer is not None else None,
        next_page=field.pages[number].id
        if answer is not None and number < len(field.pages)
        else None,
        return_url=_return_url(field, interview) if is_end and interview is not None else None,
    )


def _task(field: Field, page: Page, interview: Interview, texts: Texts) -> TaskToShow | None:
    if page.task is None:
        return None
    return TaskToShow(
        number=page.task + 1,
        n_tasks=field.questionnaire.n_tasks,
        cards=cards_of(field.programme, shown_task(field, interview, page), texts),
        has_outside=field.questionnaire.outside_option,
        currency=texts["programme", "currency"],
    )


def _return_url(field: Field, interview: Interview) -> str | None:
    """Return where the panel wants its respondent back; None for who came without a panel."""
    links = field.questionnaire.panel
    if links is None or interview.panel_id is None:
        return None
    by_status: Mapping[str, Any] = links.model_dump()
    link = by_status.get(interview.status)
    return link.replace("{id}", quote(interview.panel_id, safe="")) if link else None
