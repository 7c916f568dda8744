"""A page with everything that a template needs to draw it, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from counterflow.domain.interview import Status
from counterflow.domain.programme import Programme
from counterflow.domain.questionnaire import Question
from counterflow.domain.texts import Texts
from counterflow.survey.questionnaire.cards import TaskToShow
from counterflow.survey.questionnaire.pages import Page, questionnaire_of


@dataclass(frozen=True)
class AnswerToShow:
    """An answer: what is handed in, and what people read."""

    name: str
    label: str


@dataclass(frozen=True, kw_only=True)
class QuestionToShow:
    """A question in words; the name is that of its field in the form."""

    name: str
    label: str
    kind: Literal["single", "multiple", "number", "text"]
    is_required: bool
    answers: tuple[AnswerToShow, ...] = ()
    unit: str | None = None
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, kw_only=True)
class ConsentToShow:
    """What a respondent is asked to agree to, and to whom."""

    version: str
    controller: str


@dataclass(frozen=True, kw_only=True)
class DriveToShow:
    """The regions to choose from, and who may get contacts, each by a consent of its own.

    `partners` are (field of the form, name): consent to partner i is field "consent_partner_i".
    """

    regions: tuple[AnswerToShow, ...]
    partners: tuple[AnswerToShow, ...]
    consent: ConsentToShow


@dataclass(frozen=True, kw_only=True)
class PageToShow:
    """A page of an interview, or its end.

    Parameters
    ----------
    page
        Its id and kind; of the kind "end", the id is the interview's status.
    interview_id
        None on the introduction, before there is an interview.
    key
        A fresh idempotency key, to go into the form.
    number, n_pages
        The page is the `number`-th of `n_pages`, the introduction being the first.
    title
        What the survey is about.
    given
        What was answered on this page before, by question; that answer stands. None: not yet.
    next_page
        The page that comes next in the interview, for who looks back; None on the due page.
    return_url
        Where a respondent of a panel returns to (end pages); None for others.
    """

    page: Page
    interview_id: str | None
    status: Status
    language: str
    languages: tuple[str, ...]
    key: str
    number: int
    n_pages: int
    title: str
    questions: tuple[QuestionToShow, ...] = ()
    task: TaskToShow | None = None
    test_drive: DriveToShow | None = None
    consent: ConsentToShow | None = None
    given: Mapping[str, Any] | None = None
    next_page: str | None = None
    return_url: str | None = None

    @property
    def is_end(self) -> bool:
        """Return whether the interview is over."""
        return self.page.kind == "end"


def questions_to_show(
    questions: Mapping[str, Question], texts: Texts
) -> tuple[QuestionToShow, ...]:
    """Return the questions of a page in the language of `texts`."""
    return tuple(_question(name, question, texts) for name, question in questions.items())


def _question(name: str, question: Question, texts: Texts) -> QuestionToShow:
    return QuestionToShow(
        name=name,
        label=texts["questions", name, "label"],
        kind=question.kind,
        is_required=question.required,
        answers=tuple(
            AnswerToShow(answer, texts["questions", name, "answers", answer])
            for answer in question.answer_names
        ),
        unit=texts.get(("questions", name, "unit")),
        least=question.least,
        most=question.most,
    )


def drive_to_show(programme: Programme, texts: Texts) -> DriveToShow:
    """Return what the page that asks for a test drive shows."""
    consent = questionnaire_of(programme).consent
    return DriveToShow(
        regions=tuple(
            AnswerToShow(region, texts["regions", region, "label"])
            for region in programme.market.regions
        ),
        partners=tuple(
            AnswerToShow(partner_field(i), texts["consent", "partners", partner])
            for i, partner in enumerate(consent.partners)
        ),
        consent=consent_to_show(programme, texts),
    )


def consent_to_show(programme: Programme, texts: Texts) -> ConsentToShow:
    """Return which wording of the consent holds, and who answers for the data."""
    consent = questionnaire_of(programme).consent
    return ConsentToShow(version=consent.version, controller=texts["consent", "controller"])


def partner_field(i: int) -> str:
    """Return the field of the form that agrees to pass contacts to the i-th partner, from 0."""
    return f"consent_partner_{i + 1}"
