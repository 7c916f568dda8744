"""A field store of dictionaries behind one lock: what every store must do, said plainly."""

from __future__ import annotations

import pickle
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.interview import (
    Admission,
    Contact,
    Interview,
    NewInterview,
    Receipt,
    Submission,
)
from counterflow.programme.field_store import (
    FieldCounts,
    FieldStore,
    FieldStoreError,
    Fieldwork,
    KeyReusedError,
    QuotaCount,
    StoreFailedError,
    UnknownInterviewError,
)

STATUSES = ("open", "complete", "screened_out", "over_quota", "withdrawn")


@dataclass
class _Kept:
    interview: Interview
    admission: Admission | None = None
    held_until: float | None = None
    contact: Contact | None = None

    @property
    def cells(self) -> set[str]:
        return {"all", *(self.admission.cells if self.admission else ())}


@dataclass
class _Key:
    body_hash: str | None
    interview_id: str


@dataclass
class _Memory:
    fieldwork: Fieldwork | None = None
    designs: dict[str, ChoiceDesign] = field(default_factory=dict)
    questionnaires: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    kept: dict[str, _Kept] = field(default_factory=dict)
    keys: dict[str, _Key] = field(default_factory=dict)
    n_forgotten: int = 0


class FieldStoreTwin(FieldStore):
    """Keeps interviews in memory; futures come back done."""

    def __init__(
        self,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lock = threading.RLock()
        self._monotonic = monotonic
        self._opened, self._opened_at = monotonic(), wall()
        self._memory = _Memory()
        self._is_open = True

    @property
    def now(self) -> datetime:
        return self._opened_at + timedelta(seconds=self._monotonic() - self._opened)

    def open_fieldwork(self, fieldwork: Fieldwork) -> None:
        with self._lock:
            self._memory.fieldwork = fieldwork
            self._memory.designs[fieldwork.design.content_hash] = fieldwork.design
            version = fieldwork.questionnaire_version
            self._memory.questionnaires[version] = fieldwork.questionnaire

    def design(self, design_hash: str) -> ChoiceDesign:
        with self._lock:
            return self._memory.designs[design_hash]

    def questionnaire(self, version: str) -> Mapping[str, Any]:
        with self._lock:
            return self._memory.questionnaires[version]

    def begin(self, new: NewInterview, *, key: str, body_hash: str) -> Future[Receipt]:
        return self._done(lambda: self._begin(new, key, body_hash))

    def submit(self, submission: Submission) -> Future[Receipt]:
        return self._done(lambda: self._submit(submission))

    def _done(self, work: Callable[[], Receipt]) -> Future[Receipt]:
        future: Future[Receipt] = Future()
        with self._lock:
            try:
                if not self._is_open:
                    raise StoreFailedError("expected an open store, found that it was closed")
                future.set_result(work())
            except FieldStoreError as error:
                future.set_exception(error)
        return future

    def _begin(self, new: NewInterview, key: str, body_hash: str) -> Receipt:
        if repeated := self._repeated(key, body_hash, interview_id=None):
            return repeated
        if new.design_hash not in self._memory.designs:
            raise FieldStoreError(f"expected a design in the field, found {new.design_hash}")
        interview = Interview.of(new, number=len(self._memory.kept) + 1)
        self._memory.kept[new.id] = _Kept(interview)
        self._memory.keys[key] = _Key(body_hash, new.id)
        return Receipt(outcome="stored", interview_id=new.id, status="open")

    def _submit(self, handed_in: Submission) -> Receipt:
        if repeated := self._repeated(handed_in.key, handed_in.body_hash, handed_in.interview_id):
            return repeated
        kept = self._kept(handed_in.interview_id)
        interview = kept.interview
        if interview.status != "open":
            return Receipt(outcome="closed", interview_id=interview.id, status=interview.status)
        if interview.answer_on(handed_in.answer.page) is not None:
            return Receipt(outcome="answered", interview_id=interview.id, status="open")

        kept.interview = interview = replace(
            interview,
            answers=(*interview.answers, handed_in.answer),
            consents=(*interview.consents, *handed_in.consents),
            flags=dict(handed_in.flags),
        )
        kept.contact = handed_in.contact or kept.contact
        self._memory.keys[handed_in.key] = _Key(handed_in.body_hash, interview.id)

        status = handed_in.ends_as or "open"
        if status in ("open", "complete") and not self._has_place(kept, handed_in):
            status = "over_quota"
        if status != "open":
            kept.held_until = None
            kept.interview = replace(
                kept.interview, status=status, ended_at=handed_in.answer.received_at
            )
        return Receipt(outcome="stored", interview_id=interview.id, status=status)

    def _repeated(self, key: str, body_hash: str, interview_id: str | None) -> Receipt | None:
        known = self._memory.keys.get(key)
        if known is None:
            return None
        is_same = known.body_hash in (None, body_hash)
        if not is_same or interview_id not in (None, known.interview_id):
            raise KeyReusedError("expected a new key, found one that came with something else")
        status = self._memory.kept[known.interview_id].interview.status
        return Receipt(outcome="repeated", interview_id=known.interview_id, status=status)

    def _has_place(self, kept: _Kept, handed_in: Submission) -> bool:
        asks = handed_in.admission is not None or handed_in.ends_as == "complete"
        if kept.admission is None and not asks:
            return True
        self._release_lapsed()
        counted_cells = kept.cells if kept.held_until is not None else set()
        if handed_in.admission is not None or kept.admission is None:
            kept.admission = handed_in.admission or Admission()
        limits = self._memory.fieldwork.quotas if self._memory.fieldwork else {}
        for cell in kept.cells & limits.keys():
            complete, held = self._counted(cell)
            is_full = complete + held >= limits[cell] if cell not in counted_cells else False
            if is_full or (handed_in.ends_as == "complete" and complete >= limits[cell]):
                return False
        kept.held_until = self._seconds + kept.admission.hold_s
        if kept.interview.design_version is None:
            version = self._least_filled_version(kept.interview.design_hash)
            kept.interview = replace(kept.interview, design_version=version)
        return True

    def _release_lapsed(self) -> None:
        for kept in self._memory.kept.values():
            if kept.held_until is not None and kept.held_until < self._seconds:
                kept.held_until = None

    @property
    def _seconds(self) -> float:
        return self._monotonic() - self._opened

    def _counted(self, cell: str) -> tuple[int, int]:
        concerned = [kept for kept in self._memory.kept.values() if cell in kept.cells]
        complete = sum(kept.interview.status == "complete" for kept in concerned)
        return complete, sum(kept.held_until is not None for kept in concerned)

    def _least_filled_version(self, design_hash: str) -> int:
        filled: Counter[int] = Counter()
        assigned: Counter[int] = Counter()
        for kept in self._memory.kept.values():
            version = kept.interview.design_version
            if kept.interview.design_hash == design_hash and version is not None:
                assigned[version] += 1
                is_complete = kept.interview.status == "complete"
                filled[version] += is_complete or kept.held_until is not None
        versions = range(self._memory.designs[design_hash].n_versions)
        return min(versions, key=lambda v: (filled[v], assigned[v], v))

    def interview(self, interview_id: str) -> Interview:
        with self._lock:
            return self._kept(interview_id).interview

    def _kept(self, interview_id: str) -> _Kept:
        try:
            return self._memory.kept[interview_id]
        except KeyError:
            raise UnknownInterviewError(f"there is no interview {interview_id}") from None

    def interviews(
        self, *, statuses: Sequence[str] = ("complete",), not_begun_with: str | None = None
    ) -> Iterator[Interview]:
        with self._lock:
            found = [kept.interview for kept in self._memory.kept.values()]
        return (
            interview
            for interview in found
            if interview.status in statuses and interview.questionnaire_version != not_begun_with
        )

    def interviews_of_device(self, device: str) -> int:
        with self._lock:
            return sum(kept.interview.device == device for kept in self._memory.kept.values())

    def counts(self) -> FieldCounts:
        with self._lock:
            self._release_lapsed()
            found = [kept.interview for kept in self._memory.kept.values()]
            fieldwork = self._memory.fieldwork
            quotas = [
                QuotaCount(cell=cell, complete=counted[0], held=counted[1], limit=limit)
                for cell, limit in sorted(fieldwork.quotas.items() if fieldwork else ())
                for counted in [self._counted(cell)]
            ]
        complete = [interview for interview in found if interview.status == "complete"]
        answers = [answer for interview in found for answer in interview.answers]
        current = fieldwork.design.content_hash if fieldwork else None
        told: dict[str, list[float]] = {}
        for answer in answers:
            if answer.seconds is not None:
                told.setdefault(answer.page, []).append(answer.seconds)
        begun = Counter(interview.started_at.date().isoformat() for interview in found)
        completed = Counter(i.ended_at.date().isoformat() for i in complete if i.ended_at)
        totals = [
            sum(seconds)
            for interview in complete
            if (seconds := [a.seconds for a in interview.answers if a.seconds is not None])
        ]
        return FieldCounts(
            by_status={s: sum(i.status == s for i in found) for s in STATUSES},
            answered_by_page=dict(Counter(answer.page for answer in answers)),
            median_seconds_by_page={page: median(seconds) for page, seconds in told.items()},
            median_seconds=median(totals) if totals else None,
            by_flag=dict(Counter(flag for interview in complete for flag in interview.flags)),
            quotas=quotas,
            by_version=dict(
                Counter(
                    i.design_version
                    for i in found
                    if i.design_version is not None and i.design_hash == current
                )
            ),
            by_language=dict(Counter(interview.language for interview in found)),
            by_day={day: (begun[day], completed[day]) for day in sorted({*begun, *completed})},
        )

    def contacts(self, *, partner: str | None = None) -> Iterator[tuple[str, Contact]]:
        kind = "contact" if partner is None else "partner"
        with self._lock:
            found = [
                (kept.interview.id, kept.contact)
                for kept in self._memory.kept.values()
                if kept.contact is not None
                and kept.interview.status != "withdrawn"
                and any(c.kind == kind and c.partner == partner for c in kept.interview.consents)
            ]
        return iter(found)

    def forget_person(self, interview_id: str) -> None:
        with self._lock:
            kept = self._kept(interview_id)
            kept.contact = None
            kept.interview = replace(kept.interview, panel_id=None, device=None)
            for key in self._memory.keys.values():
                if key.interview_id == interview_id:
                    key.body_hash = None

    def backup(self, path: Path) -> None:
        with self._lock:
            path.write_bytes(pickle.dumps(self._memory))

    def close(self) -> None:
        self._is_open = False
