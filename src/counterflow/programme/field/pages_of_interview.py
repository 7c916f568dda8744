"""The pages of one interview: those of the questionnaire as it is now, as far as they suit it.

A questionnaire may change while people answer it. An interview keeps the choice design that it was
begun with, and so the number of its tasks; it agrees once more where the consent has a new wording;
all other pages are asked, or not asked any more, as the questionnaire says now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from counterflow.domain.content_hash import content_hash
from counterflow.domain.errors import CounterflowError
from counterflow.domain.interview import Interview
from counterflow.programme.field.field import Field, UnknownPageError
from counterflow.survey.questionnaire.pages import Page, admission_page, is_page_id, next_page


class InterviewBehindError(CounterflowError):
    """The questionnaire changed so that an interview needs `catch_up` before it can go on."""

    def __init__(self, interview_id: str) -> None:
        self.interview_id = interview_id
        super().__init__(
            "expected an interview that goes on with the questionnaire as it is now, found one "
            "that is to be admitted or completed first: call catch_up"
        )


def pages_of_interview(field: Field, interview: Interview) -> tuple[Page, ...]:
    """Return the pages that the respondent passes, in their order."""
    n_tasks = field.design_of(interview).n_tasks
    again = consent_again(field, interview)
    if again is None and n_tasks >= field.questionnaire.n_tasks:
        return field.pages
    return tuple(_pages(field, n_tasks, again))


def consent_again(field: Field, interview: Interview) -> Page | None:
    """Return the page that asks for the consent in its present wording; None where it was given."""
    agreed = {given.version for given in interview.consents if given.kind == "survey"}
    version = field.questionnaire.consent.version
    if not agreed or agreed == {version}:
        return None
    page = Page(id=f"consent-{content_hash(version)[:8]}", kind="consent")
    # Where it was answered it stays a page, so that a retry of it is told what became of it.
    return page if version not in agreed or interview.answer_on(page.id) else None


def page_of_interview(pages: Sequence[Page], page_id: str) -> Page | None:
    """Return the page of this id; None of one that the questionnaire may have had at other times.

    Raises
    ------
    UnknownPageError
        If no questionnaire has such a page.
    """
    for page in pages:
        if page.id == page_id:
            return page
    if is_page_id(page_id):
        return None
    raise UnknownPageError(page_id)


def due_page(pages: Sequence[Page], interview: Interview) -> Page | None:
    """Return the page to answer now; None where the interview has ended.

    Raises
    ------
    InterviewBehindError
        If nothing is left to ask and the interview is not complete yet, or nothing is left to be
        admitted by.
    """
    due = next_page(pages, interview)
    if interview.status == "open" and (due is None or lacks_place(pages, interview)):
        raise InterviewBehindError(interview.id)
    return due


def lacks_place(pages: Sequence[Page], interview: Interview) -> bool:
    """Return whether the page that admits is answered, and by it nobody was admitted."""
    is_past = interview.answer_on(admission_page(pages).id) is not None
    return is_past and interview.design_version is None


def _pages(field: Field, n_tasks: int, again: Page | None) -> Iterator[Page]:
    introduction, *others = field.pages
    yield introduction
    if again is not None:
        yield again
    yield from (page for page in others if page.task is None or page.task < n_tasks)
