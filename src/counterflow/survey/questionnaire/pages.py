"""The pages of a questionnaire, in the order in which they come, and which one is due."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from counterflow.domain.interview import Interview
from counterflow.domain.programme import Programme
from counterflow.domain.questionnaire import Question, Questionnaire

PageKind = Literal[
    "introduction", "consent", "screening", "task", "chance", "test_drive", "background", "end"
]  # fmt: skip

INTRODUCTION, SCREENING = "introduction", "screening"

_PAGE_ID = re.compile(
    r"introduction|consent-[0-9a-f]{8}|screening|task-([1-9]|[12][0-9]|30)|chance|test-drive|background"
)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: its id, as addresses and tables have it, and what kind it is.

    Parameters
    ----------
    questions
        What is asked in words, by name (screening and background).
    task
        Which choice task in the order of the screen, from 0; None on other pages.
    """

    id: str
    kind: PageKind
    questions: Mapping[str, Question] = field(default_factory=dict)
    task: int | None = None


END_PAGES: Mapping[str, Page] = {
    status: Page(id=status, kind="end")
    for status in ("complete", "screened_out", "over_quota", "withdrawn")
}
"""What people see when an interview has ended, by its status."""


def questionnaire_of(programme: Programme) -> Questionnaire:
    """Return the questionnaire; ValueError if the programme has none."""
    if programme.survey.questionnaire is None:
        raise ValueError("expected a programme with [survey.questionnaire], found none")
    return programme.survey.questionnaire


def pages_of(programme: Programme) -> tuple[Page, ...]:
    """Return the pages that a respondent passes, those left out that nothing is asked on.

    Raises ValueError if the programme has no questionnaire.
    """
    return tuple(_pages(questionnaire_of(programme)))


def _pages(asked: Questionnaire) -> Iterator[Page]:
    yield Page(id=INTRODUCTION, kind="introduction")
    if asked.screening:
        yield Page(id=SCREENING, kind="screening", questions=asked.screening)
    for k in range(asked.n_tasks):
        yield Page(id=f"task-{k + 1}", kind="task", task=k)
    if asked.purchase_chance:
        yield Page(id="chance", kind="chance")
    if asked.test_drive:
        yield Page(id="test-drive", kind="test_drive")
    if asked.background:
        yield Page(id="background", kind="background", questions=asked.background)


def is_page_id(text: str) -> bool:
    """Return whether a questionnaire can have a page of this id, be it this one or not.

    Examples
    --------
    >>> is_page_id("task-12"), is_page_id("task-x")
    (True, False)
    """
    return _PAGE_ID.fullmatch(text) is not None


def next_page(pages: Sequence[Page], interview: Interview) -> Page | None:
    """Return the first page that is not answered; None where the interview has ended."""
    if interview.status != "open":
        return None
    answered = {answer.page for answer in interview.answers}
    return next((page for page in pages if page.id not in answered), None)


def admission_page(pages: Sequence[Page]) -> Page:
    """Return the page after which a respondent takes a place: screening, else the introduction."""
    return next((page for page in pages if page.id == SCREENING), pages[0])
