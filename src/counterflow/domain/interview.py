"""Interviews: who answers which version of the survey, what they answered, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Status = Literal["open", "complete", "screened_out", "over_quota", "withdrawn"]
"""How an interview stands. `withdrawn`: the respondent took the consent back."""

ConsentKind = Literal["survey", "contact", "partner"]
"""To answer and have answers kept; to be reached; to have contacts passed to a partner."""


@dataclass(frozen=True, kw_only=True)
class NewInterview:
    """An interview that begins.

    Parameters
    ----------
    id
        128 random bits, safe in an address; who has it can go on with the interview.
    programme_version, design_hash
        Content hashes of the definition and of the choice design that are shown.
    questionnaire_version
        Content hash of all that respondents see, texts of every language among it; empty of
        interviews that were begun before it was kept.
    seed
        Where the random order of tasks, alternatives and attributes starts.
    panel_id
        What a panel calls the respondent; None for people who come by themselves.
    device
        A keyed hash by which a second interview from one device is told; never the address itself.
    """

    id: str
    programme_version: str
    design_hash: str
    questionnaire_version: str = ""
    language: str
    seed: int
    started_at: datetime
    panel_id: str | None = None
    device: str | None = None


@dataclass(frozen=True, kw_only=True)
class PageAnswer:
    """What was answered on a page.

    Parameters
    ----------
    answers
        Answer by question, as JSON values; checked against the questionnaire beforehand.
    shown
        What the page showed where that differs between people: levels by alternative in the order
        of the screen, order of attributes.
    seconds
        Time on the page as the respondent's device measured it; None where it did not say.
    questionnaire_version
        Which version of the questionnaire the page was drawn from, where that is another one than
        the interview was begun with; None where it is the same.
    """

    page: str
    answers: Mapping[str, Any]
    shown: Mapping[str, Any] = field(default_factory=dict)
    questionnaire_version: str | None = None
    seconds: float | None = None
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How to reach a person, kept apart from the answers; deleted on request."""

    name: str
    region: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, kw_only=True)
class ConsentGiven:
    """What a person agreed to, in which wording, for whom."""

    kind: ConsentKind
    version: str
    given_at: datetime
    partner: str | None = None


@dataclass(frozen=True, kw_only=True)
class Admission:
    """Asks for a place in every quota cell, and for the design version that fewest have.

    `cells` are "question=answer". A place is kept until the interview ends or has rested for
    `hold_s` seconds; who returns later needs a place again.
    """

    cells: Sequence[str] = ()
    hold_s: float = 3600.0


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A page that is handed in: stored whole, with its key, in one transaction, or not at all.

    Parameters
    ----------
    key
        Chosen by the respondent's device when the page was opened; a retry bears the same key.
    body_hash
        Hash of what was handed in; the same key with another body is refused.
    flags
        What the interview so far is flagged for, by name, with the reason.
    """

    key: str
    body_hash: str
    interview_id: str
    answer: PageAnswer
    admission: Admission | None = None
    ends_as: Literal["complete", "screened_out", "withdrawn"] | None = None
    contact: Contact | None = None
    consents: Sequence[ConsentGiven] = ()
    flags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of a submission.

    Parameters
    ----------
    outcome
        `stored`: now, durably. `repeated`: by an earlier submission with this key. `answered`: the
        page had been answered before, under another key, and that answer stands. `closed`: the
        interview has ended and takes no more.
    """

    outcome: Literal["stored", "repeated", "answered", "closed"]
    interview_id: str
    status: Status


@dataclass(frozen=True, kw_only=True)
class Interview:
    """An interview as it stands.

    Parameters
    ----------
    design_version
        Which version of the choice design was assigned; None before admission.
    answers
        Pages that were answered, in the order in which they were handed in.
    """

    id: str
    number: int
    programme_version: str
    design_hash: str
    questionnaire_version: str = ""
    language: str
    seed: int
    status: Status
    started_at: datetime
    ended_at: datetime | None = None
    design_version: int | None = None
    panel_id: str | None = None
    device: str | None = None
    answers: Sequence[PageAnswer] = ()
    consents: Sequence[ConsentGiven] = ()
    flags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, new: NewInterview, *, number: int) -> Interview:
        """Return an interview as it stands before its first answer.

        Examples
        --------
        >>> new = NewInterview(id="x", programme_version="", design_hash="", language="en", seed=1,
        ...     started_at=datetime.fromisoformat("2026-05-04T09:00:00+00:00"))
        >>> Interview.of(new, number=1).status
        'open'
        """
        return cls(**vars(new), number=number, status="open")

    def answer_on(self, page: str) -> PageAnswer | None:
        """Return what was answered on a page; None if it was not."""
        return next((answer for answer in self.answers if answer.page == page), None)
