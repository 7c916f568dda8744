"""The port to where interviews are kept: every acknowledged answer once, no quota exceeded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.content_hash import content_hash
from counterflow.domain.interview import Contact, Interview, NewInterview, Receipt, Submission


class FieldStoreError(Exception):
    """What a store refuses, or cannot do."""


class UnknownInterviewError(FieldStoreError):
    """There is no interview of this id."""


class KeyReusedError(FieldStoreError):
    """The key came before, with something else in it."""


class StoreBusyError(FieldStoreError):
    """More is waiting than can be stored soon; nothing was stored. `retry_after_s` says when."""

    def __init__(self, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"expected room in the queue; try again in {retry_after_s:g} s")


class StoreFailedError(FieldStoreError):
    """The medium failed (full, read-only, gone); nothing of the submission was stored."""


@dataclass(frozen=True, kw_only=True)
class Fieldwork:
    """What is in the field: which definition and design, what is seen, how many may complete.

    Parameters
    ----------
    questionnaire
        All that respondents see, as JSON values; kept by the store under its version.
    quotas
        The most complete interviews by cell ("question=answer"); the cell "all" is everybody.
    """

    programme_version: str
    design: ChoiceDesign
    questionnaire: Mapping[str, Any] = field(default_factory=dict)
    quotas: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def questionnaire_version(self) -> str:
        """Return the content hash of all that respondents see."""
        return content_hash(dict(self.questionnaire))


@dataclass(frozen=True, kw_only=True)
class QuotaCount:
    """A quota cell: how many completed, how many are on their way, how many may."""

    cell: str
    complete: int
    held: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class FieldCounts:
    """How the fieldwork stands, from counters that are kept as interviews go on.

    Parameters
    ----------
    by_status
        Interviews by status.
    answered_by_page
        Interviews that answered each page.
    median_seconds_by_page
        Of the times that devices told; of a sample where there are very many.
    by_flag
        Complete interviews by flag.
    by_version
        Interviews by design version.
    by_day
        Interviews begun and completed by day (UTC, ISO date).
    """

    by_status: Mapping[str, int]
    answered_by_page: Mapping[str, int]
    median_seconds_by_page: Mapping[str, float]
    median_seconds: float | None
    by_flag: Mapping[str, int]
    quotas: Sequence[QuotaCount]
    by_version: Mapping[int, int]
    by_language: Mapping[str, int]
    by_day: Mapping[str, tuple[int, int]]


class FieldStore(ABC):
    """Keeps interviews. All methods may be called from any thread."""

    @abstractmethod
    def open_fieldwork(self, fieldwork: Fieldwork) -> None:
        """Register what is in the field; the same again changes nothing, new limits take effect."""

    @abstractmethod
    def design(self, design_hash: str) -> ChoiceDesign:
        """Return a design that was in the field; KeyError if none has this hash."""

    @abstractmethod
    def questionnaire(self, version: str) -> Mapping[str, Any]:
        """Return what respondents saw of a version that was in the field; KeyError if none was."""

    @abstractmethod
    def begin(self, new: NewInterview, *, key: str, body_hash: str) -> Future[Receipt]:
        """Begin an interview; done when it is durable. A repeated key begins nothing new.

        The future raises KeyReusedError, StoreFailedError; the call itself StoreBusyError.
        """

    @abstractmethod
    def submit(self, submission: Submission) -> Future[Receipt]:
        """Store a page; done when it is durable, with the key in the same transaction.

        The future raises UnknownInterviewError, KeyReusedError, StoreFailedError; the call itself
        StoreBusyError. An admission that finds a cell full ends the interview as over_quota: its
        answer is stored all the same.
        """

    @abstractmethod
    def interview(self, interview_id: str) -> Interview:
        """Return the interview; UnknownInterviewError if there is none."""

    @abstractmethod
    def interviews(
        self, *, statuses: Sequence[str] = ("complete",), not_begun_with: str | None = None
    ) -> Iterator[Interview]:
        """Yield interviews with their answers in order of number, without holding all of them.

        `not_begun_with` leaves out those that were begun with this version of the questionnaire.
        """

    @abstractmethod
    def interviews_of_device(self, device: str) -> int:
        """Return how many interviews bear this device."""

    @abstractmethod
    def counts(self) -> FieldCounts:
        """Return how the fieldwork stands; under a second with 170,000 interviews."""

    @abstractmethod
    def contacts(self, *, partner: str | None = None) -> Iterator[tuple[str, Contact]]:
        """Yield (interview id, contact) of who agreed to be reached, or to be passed to `partner`.

        Nobody whose consent was withdrawn.
        """

    @abstractmethod
    def forget_person(self, interview_id: str) -> None:
        """Delete contact, panel id and device; the answer stays and leads to nobody."""

    @abstractmethod
    def backup(self, path: Path) -> None:
        """Write a whole, consistent copy while the store is in use."""

    @abstractmethod
    def close(self) -> None:
        """Store what waits, and let go of everything."""

    @property
    @abstractmethod
    def now(self) -> datetime:
        """Return the store's time; durations never depend on a clock that may jump."""
