"""Open a page: the one that is due, or one that was answered before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from counterflow.domain.interview import Interview
from counterflow.domain.texts import Texts
from counterflow.programme.field.field import Field
from counterflow.programme.field.pages_of_interview import (
    due_page,
    page_of_interview,
    pages_of_interview,
)
from counterflow.programme.field.show_task import shown_task
from counterflow.survey.questionnaire.cards import TaskToShow, cards_of
from counterflow.survey.questionnaire.page_to_show import (
    PageToShow,
    consent_to_show,
    drive_to_show,
    questions_to_show,
)
from counterflow.survey.questionnaire.pages import END_PAGES, Page


def open_introduction(field: Field, language: str) -> PageToShow:
    """Return the introduction, as who has not begun yet sees it; in a language of the survey."""
    return _page_to_show(field, field.pages[0], field.pages, interview=None, language=language)


def open_page(field: Field, interview_id: str, page_id: str | None = None) -> PageToShow:
    """Return the page that is due; or `page_id`, if it was answered before, as it was answered.

    Of an interview that has ended, this is its end. A page that is not yet due gives the due one,
    so compare `PageToShow.page.id` with what was asked for.

    Raises
    ------
    UnknownInterviewError, UnknownPageError
        If there is no such interview or page.
    InterviewBehindError
        If `catch_up` must come first.
    ChangedProgrammeError
        If the programme no longer has what the interview was begun with.
    """
    interview = field.store.interview(interview_id)
    pages = pages_of_interview(field, interview)
    asked = None
    if page_id is not None and page_id not in END_PAGES:
        asked = page_of_interview(pages, page_id)
    due = due_page(pages, interview)
    if due is None:
        page = END_PAGES[interview.status]
    else:
        page = asked if asked is not None and interview.answer_on(asked.id) else due
    language = field.language(interview.language)
    return _page_to_show(field, page, pages, interview=interview, language=language)


def _page_to_show(
    field: Field,
    page: Page,
    pages: Sequence[Page],
    *,
    interview: Interview | None,
    language: str,
) -> PageToShow:
    texts = field.texts[language]
    answer = interview.answer_on(page.id) if interview is not None else None
    is_end = page.kind == "end"
    number = len(pages) if is_end else pages.index(page) + 1
    asks_consent = page.kind in ("introduction", "consent")
    return PageToShow(
        page=page,
        interview_id=interview.id if interview is not None else None,
        status=interview.status if interview is not None else "open",
        language=language,
        languages=field.questionnaire.languages,
        key=field.new_key(),
        number=number,
        n_pages=len(pages),
        title=texts["survey", "title"],
        questions=questions_to_show(page.questions, texts),
        task=_task(field, page, pages, interview, texts) if interview is not None else None,
        test_drive=drive_to_show(field.programme, texts) if page.kind == "test_drive" else None,
        consent=consent_to_show(field.programme, texts) if asks_consent else None,
        given=answer.answers if answer is not None else None,
        next_page=pages[number].id if answer is not None and number < len(pages) else None,
        return_url=_return_url(field, interview) if is_end and interview is not None else None,
    )


def _task(
    field: Field, page: Page, pages: Sequence[Page], interview: Interview, texts: Texts
) -> TaskToShow | None:
    if page.task is None:
        return None
    shown = shown_task(field, interview, page)
    return TaskToShow(
        number=page.task + 1,
        n_tasks=sum(page.task is not None for page in pages),
        cards=cards_of(field.programme, shown, texts),
        has_outside=shown.has_outside,
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
