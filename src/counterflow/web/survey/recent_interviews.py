"""Interviews that are under way, remembered: the next page needs no look into the database."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.interview import Contact, Interview, NewInterview, Receipt, Submission
from counterflow.programme.field_store import FieldCounts, FieldStore, Fieldwork

_MOST_INTERVIEWS = 4_000
"""Enough for who is answering just now; more would only make the memory to look through larger."""


class RecentInterviews(FieldStore):
    """A store that remembers interviews, for a process through which all answers come.

    An interview is remembered as it was read, and with each page that the store acknowledged since.
    It is forgotten whenever the store alone knows what became of it: when it was admitted, ended,
    or handed in twice. Where several processes share a database, each would miss what the others
    stored: use the store itself there.
    """

    def __init__(self, store: FieldStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Interview] = OrderedDict()
        self._being_read: dict[str, object] = {}

    def interview(self, interview_id: str) -> Interview:
        """Return the interview; UnknownInterviewError if there is none."""
        with self._lock:
            known = self._known.get(interview_id)
            if known is not None:
                self._known.move_to_end(interview_id)
                return known
            reading = self._being_read[interview_id] = object()
        try:
            interview = self._store.interview(interview_id)
        finally:
            with self._lock:
                # What was stored meanwhile may be missing in what was read.
                is_whole = self._being_read.pop(interview_id, None) is reading
        if is_whole and interview.status == "open":
            self._remember(interview)
        return interview

    def submit(self, submission: Submission) -> Future[Receipt]:
        """Store a page; remember it once it is durable."""
        stored = self._store.submit(submission)
        stored.add_done_callback(lambda done: self._note(submission, done))
        return stored

    def forget_person(self, interview_id: str) -> None:
        """Delete contact, panel id and device; the answer stays and leads to nobody."""
        self._store.forget_person(interview_id)
        self._forget(interview_id)

    def _note(self, submission: Submission, done: Future[Receipt]) -> None:
        with self._lock:
            self._being_read.pop(submission.interview_id, None)
            known = self._known.get(submission.interview_id)
            if known is None:
                return
            receipt = None if done.cancelled() or done.exception() else done.result()
            is_plain = receipt is not None and (receipt.outcome, receipt.status) == (
                "stored",
                "open",
            )
            if is_plain and submission.admission is None:
                self._known[known.id] = replace(
                    known,
                    answers=(*known.answers, submission.answer),
                    consents=(*known.consents, *submission.consents),
                    flags={**known.flags, **submission.flags},
                )
            else:
                del self._known[known.id]

    def _remember(self, interview: Interview) -> None:
        with self._lock:
            self._known[interview.id] = interview
            if len(self._known) > _MOST_INTERVIEWS:
                self._known.popitem(last=False)

    def _forget(self, interview_id: str) -> None:
        with self._lock:
            self._being_read.pop(interview_id, None)
            self._known.pop(interview_id, None)

    # What follows is the store's own.

    def open_fieldwork(self, fieldwork: Fieldwork) -> None:
        """Register what is in the field."""
        self._store.open_fieldwork(fieldwork)

    def design(self, design_hash: str) -> ChoiceDesign:
        """Return a design that was in the field; KeyError if none has this hash."""
        return self._store.design(design_hash)

    def questionnaire(self, version: str) -> Mapping[str, Any]:
        """Return what respondents saw of a version; KeyError if none was in the field."""
        return self._store.questionnaire(version)

    def begin(self, new: NewInterview, *, key: str, body_hash: str) -> Future[Receipt]:
        """Begin an interview; done when it is durable."""
        return self._store.begin(new, key=key, body_hash=body_hash)

    def interviews(
        self, *, statuses: Sequence[str] = ("complete",), not_begun_with: str | None = None
    ) -> Iterator[Interview]:
        """Yield interviews with their answers in order of number."""
        return self._store.interviews(statuses=statuses, not_begun_with=not_begun_with)

    def interviews_of_device(self, device: str) -> int:
        """Return how many interviews bear this device."""
        return self._store.interviews_of_device(device)

    def counts(self) -> FieldCounts:
        """Return how the fieldwork stands."""
        return self._store.counts()

    def contacts(self, *, partner: str | None = None) -> Iterator[tuple[str, Contact]]:
        """Yield (interview id, contact) of who agreed to be reached."""
        return self._store.contacts(partner=partner)

    def backup(self, path: Path) -> None:
        """Write a whole, consistent copy while the store is in use."""
        self._store.backup(path)

    def close(self) -> None:
        """Store what waits, and let go of everything."""
        self._store.close()

    @property
    def now(self) -> datetime:
        """Return the store's time."""
        return self._store.now
