"""Hand in a page: checked, put together with what was shown, and stored as one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Literal

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
from counterflow.programme.field.show_task import shown_task
from counterflow.survey.quality.flags import flags_of
from counterflow.survey.questionnaire.form import Form, PageForm, read_form, read_key
from counterflow.survey.questionnaire.pages import Page, admission_page, next_page

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
) -> Future[Receipt]:
    """Return the receipt of a page that is handed in; done when it is durable.

    Raises
    ------
    UnknownInterviewError, UnknownPageError
        If there is no such interview or page.
    FormError
        With every problem of the form, by field.
    PageNotDueError
        If an earlier page has not been answered.
    StoreBusyError, StoreFailedError, KeyReusedError
        From the store, now or in the future.
    """
    page = field.page(page_id)
    interview = field.store.interview(interview_id)
    is_answered = interview.answer_on(page.id) is not None
    due = next_page(field.pages, interview)
    if due is None and not is_answered:
        return _done(Receipt(outcome="closed", interview_id=interview.id, status=interview.status))
    if due is not None and due != page and not is_answered:
        raise PageNotDueError(page.id, due=due.id)
    read = read_form(field.programme, page, form)
    return field.store.submit(
        submission_of(field, interview, page, read, key=read_key(key), seconds=seconds)
    )


def submission_of(
    field: Field,
    interview: Interview,
    page: Page,
    read: PageForm,
    *,
    key: str,
    seconds: float | None,
) -> Submission:
    """Return what the store keeps of a page: answers, what was shown, consents, admission."""
    now = field.clock()
    answer = PageAnswer(
        page=page.id,
        answers=read.answers,
        shown={} if page.task is None else shown_task(field, interview, page).record(),
        seconds=_plausible(seconds),
        received_at=now,
    )
    after = replace(interview, answers=_with(interview, answer))
    ends_as = _ends_as(field, page, read)
    return Submission(
        key=key,
        body_hash=_body_hash(interview, page, read),
        interview_id=interview.id,
        answer=answer,
        admission=_admission(field, page, read),
        ends_as=ends_as,
        contact=read.contact if read.agreed_to_contact else None,
        consents=tuple(_consents(field, page, read)),
        flags=_flags(field, after) if ends_as == "complete" else {},
    )


def _with(interview: Interview, answer: PageAnswer) -> tuple[PageAnswer, ...]:
    others = (other for other in interview.answers if other.page != answer.page)
    return (*others, answer)


def _ends_as(
    field: Field, page: Page, read: PageForm
) -> Literal["complete", "screened_out"] | None:
    if read.screens_out:
        return "screened_out"
    return "complete" if page == field.pages[-1] else None


def _admission(field: Field, page: Page, read: PageForm) -> Admission | None:
    """Return the place that is asked for, once it is known who answers."""
    if page != admission_page(field.pages) or read.screens_out:
        return None
    quotas, answers = field.questionnaire.quotas, read.answers
    return Admission(cells=tuple(f"{name}={answers[name]}" for name in quotas if name in answers))


def _consents(field: Field, page: Page, read: PageForm) -> Iterator[ConsentGiven]:
    version, now = field.questionnaire.consent.version, field.clock()
    if page.kind == "introduction":
        yield ConsentGiven(kind="survey", version=version, given_at=now)
    if read.agreed_to_contact:
        yield ConsentGiven(kind="contact", version=version, given_at=now)
    for partner in read.partners:
        yield ConsentGiven(kind="partner", version=version, given_at=now, partner=partner)


def _flags(field: Field, interview: Interview) -> Mapping[str, str]:
    device = interview.device
    n_of_device = field.store.interviews_of_device(device) if device is not None else 1
    return flags_of(interview, field.questionnaire.quality, n_of_device)


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
