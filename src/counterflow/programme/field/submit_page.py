"""Hand in a page: checked, put together with what was shown, and stored as one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Literal

from counterflow.domain.content_hash import content_hash
from counterflow.domain.interview import (
    Admission,
    ConsentGiven,
    Interview,
    PageAnswer,
    Receipt,
    Submission,
)
from counterflow.programme.field.field import Field, PageNotDueError
from counterflow.programme.field.pages_of_interview import (
    due_page,
    page_of_interview,
    pages_of_interview,
)
from counterflow.programme.field.show_task import shown_task
from counterflow.survey.quality.flags import flags_of
from counterflow.survey.questionnaire.form import (
    Form,
    FormError,
    FormProblem,
    PageForm,
    read_form,
    read_key,
)
from counterflow.survey.questionnaire.pages import SCREENING, Page, admission_page, next_page

_MOST_SECONDS = 86_400.0
"""Longer than a day is a clock that was set, or a page that lay open."""


def submit_page(
    field: Field,
    interview_id: str,
    page_id: str,
    *,
    key: str,
    form: Form,
    seconds: float | None = None,
    drawn_from: str | None = None,
) -> Future[Receipt]:
    """Return the receipt of a page that is handed in; done when it is durable.

    `drawn_from` is the version of the questionnaire that the page was drawn from; the present one
    if nobody says. What was shown is what is stored, also of who opened the page before a change.

    Raises
    ------
    UnknownInterviewError, UnknownPageError
        If there is no such interview or page.
    FormError
        With every problem of the form, by field.
    PageNotDueError
        If an earlier page has not been answered, or the page is not asked any more.
    InterviewBehindError
        If `catch_up` must come first.
    StoreBusyError, StoreFailedError, KeyReusedError
        From the store, now or in the future.
    """
    interview = field.store.interview(interview_id)
    pages = pages_of_interview(field, interview)
    page = page_of_interview(pages, page_id)
    due = due_page(pages, interview)
    if page is None or interview.answer_on(page.id) is None:
        if due is None:
            closed = Receipt(outcome="closed", interview_id=interview.id, status=interview.status)
            return _done(closed)
        if page != due:
            raise PageNotDueError(page_id, due=due.id)
        page = due
    shown = None if page.task is None else shown_task(field, interview, page)
    read = read_form(field.programme, page, form, shown=shown)
    _check_consent_was_shown(field, page, read, drawn_from)
    return field.store.submit(
        submission_of(
            field,
            interview,
            page,
            read,
            key=read_key(key),
            seconds=seconds,
            drawn_from=drawn_from,
        )
    )


def submission_of(
    field: Field,
    interview: Interview,
    page: Page,
    read: PageForm,
    *,
    key: str,
    seconds: float | None,
    drawn_from: str | None = None,
) -> Submission:
    """Return what the store keeps of a page: answers, what was shown, consents, admission."""
    now, pages = field.clock(), pages_of_interview(field, interview)
    answer = PageAnswer(
        page=page.id,
        answers=read.answers,
        shown={} if page.task is None else shown_task(field, interview, page).record(),
        questionnaire_version=field.drawn_from(interview, drawn_from),
        seconds=_plausible(seconds),
        received_at=now,
    )
    after = replace(interview, answers=_with(interview, answer))
    ends_as = _ends_as(pages, after, read)
    return Submission(
        key=key,
        body_hash=_body_hash(interview, page, read),
        interview_id=interview.id,
        answer=answer,
        admission=(
            admission_of(field, after)
            if page == admission_page(pages) and not read.screens_out
            else None
        ),
        ends_as=ends_as,
        contact=read.contact if read.agreed_to_contact else None,
        consents=tuple(_consents(field, page, read)),
        flags=flags_at_end(field, after) if ends_as == "complete" else {},
    )


def admission_of(field: Field, interview: Interview) -> Admission:
    """Return the place that an interview asks for: in the cell of each screening answer.

    Cells without a limit are asked for too: one that gets a limit later has counted everybody.
    """
    said: dict[str, Any] = {}
    for answer in interview.answers:
        if answer.page == SCREENING:
            said.update(answer.answers)
    asked = field.questionnaire.screening
    cells = (name for name, question in asked.items() if question.kind == "single")
    return Admission(cells=tuple(f"{name}={said[name]}" for name in cells if name in said))


def flags_at_end(field: Field, interview: Interview) -> Mapping[str, str]:
    """Return what an interview is flagged for that is complete but for being stored so."""
    device = interview.device
    n_of_device = field.store.interviews_of_device(device) if device is not None else 1
    return flags_of(interview, field.questionnaire.quality, n_of_device)


def _check_consent_was_shown(
    field: Field, page: Page, read: PageForm, drawn_from: str | None
) -> None:
    """Refuse a consent to what the page did not say: the wording was another when it was drawn."""
    if drawn_from in (None, field.questionnaire_version):
        return
    name = "consent_contact" if page.kind == "test_drive" else "consent"
    if page.kind == "consent" or read.agreed_to_contact:
        expected = "a consent to the wording that holds now"
        raise FormError([FormProblem(expected, "one that was shown", key=name, reason="changed")])


def _with(interview: Interview, answer: PageAnswer) -> tuple[PageAnswer, ...]:
    others = (other for other in interview.answers if other.page != answer.page)
    return (*others, answer)


def _ends_as(
    pages: Sequence[Page], after: Interview, read: PageForm
) -> Literal["complete", "screened_out"] | None:
    if read.screens_out:
        return "screened_out"
    # Not the last page of the questionnaire: pages may have been reordered or taken out meanwhile.
    return "complete" if next_page(pages, after) is None else None


def _consents(field: Field, page: Page, read: PageForm) -> Iterator[ConsentGiven]:
    version, now = field.questionnaire.consent.version, field.clock()
    if page.kind in ("introduction", "consent"):
        yield ConsentGiven(kind="survey", version=version, given_at=now)
    if read.agreed_to_contact:
        yield ConsentGiven(kind="contact", version=version, given_at=now)
    for partner in read.partners:
        yield ConsentGiven(kind="partner", version=version, given_at=now, partner=partner)


def _body_hash(interview: Interview, page: Page, read: PageForm) -> str:
    contact = read.contact
    return content_hash(
        {
            "interview": interview.id,
            "page": page.id,
            "answers": dict(read.answers),
            "contact": None if contact is None else vars(contact),
            "consents": [read.agreed_to_contact, *read.partners],
        }
    )


def _plausible(seconds: float | None) -> float | None:
    if seconds is None or not math.isfinite(seconds) or not 0 <= seconds <= _MOST_SECONDS:
        return None
    return round(seconds, 3)


def _done(receipt: Receipt) -> Future[Receipt]:
    future: Future[Receipt] = Future()
    future.set_result(receipt)
    return future
