"""What submissions change, worked out together in one turn and written in few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, insert, select, update

from counterflow.domain.interview import NewInterview, Receipt, Status, Submission
from counterflow.programme.field_store import (
    FieldStoreError,
    KeyReusedError,
    UnknownInterviewError,
)
from counterflow.store.field import schema
from counterflow.store.field.places import Place, Places
from counterflow.store.field.tally import Tally
from counterflow.store.field.turn import Turn
from counterflow.store.field.upsert import upsert

Outcome: TypeAlias = Receipt | FieldStoreError


@dataclass(frozen=True)
class Beginning:
    """An interview that asks to begin."""

    new: NewInterview
    key: str
    body_hash: str


HandedIn: TypeAlias = Beginning | Submission


def store_together(
    connection: Connection, turn: Turn, handed_in: Sequence[HandedIn]
) -> list[Outcome]:
    """Store what was handed in, in order, and return what became of each.

    The caller has the turn: nobody else changes anything until the transaction ends, so that what
    is read here still holds when it is written.
    """
    ledger = _Ledger.load(connection, turn, handed_in)
    outcomes = [ledger.enter(item) for item in handed_in]
    ledger.write(connection)
    return outcomes


@dataclass
class _Standing:
    """An interview as far as what is handed in may change it."""

    number: int
    id: str
    status: Status
    n_answers: int
    n_consents: int
    flags: dict[str, str]
    seconds: float | None
    place: Place
    ended_at: datetime | None = None
    pages: set[str] = field(default_factory=set)


@dataclass
class _Key:
    body_hash: str | None
    interview_id: str


@dataclass
class _Ledger:
    turn: Turn
    keys: dict[str, _Key]
    standing: dict[str, _Standing]
    places: Places
    tally: Tally = field(default_factory=Tally)
    changed: dict[str, _Standing] = field(default_factory=dict)
    new_interviews: list[dict[str, Any]] = field(default_factory=list)
    new_answers: list[dict[str, Any]] = field(default_factory=list)
    new_keys: list[dict[str, Any]] = field(default_factory=list)
    new_consents: list[dict[str, Any]] = field(default_factory=list)
    contacts: dict[int, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def load(cls, connection: Connection, turn: Turn, handed_in: Sequence[HandedIn]) -> _Ledger:
        submissions = [item for item in handed_in if isinstance(item, Submission)]
        keys = _load_keys(connection, {item.key for item in handed_in})
        ids = {s.interview_id for s in submissions} | {key.interview_id for key in keys.values()}
        standing = _load_standing(connection, ids)
        _load_pages(connection, standing, submissions)
        begun = [item.new.design_hash for item in handed_in if isinstance(item, Beginning)]
        places = Places.load(
            connection,
            held=[one.place for one in standing.values()],
            asked_for=[s.admission.cells for s in submissions if s.admission],
            begun_designs=begun,
        )
        return cls(turn, keys, standing, places)

    def enter(self, item: HandedIn) -> Outcome:
        """Take one submission into account; what it is refused for changes nothing."""
        try:
            return self._begin(item) if isinstance(item, Beginning) else self._submit(item)
        except FieldStoreError as error:
            return error

    def _begin(self, item: Beginning) -> Receipt:
        if repeated := self._repeated(item.key, item.body_hash, interview_id=None):
            return repeated
        new = item.new
        self.places.check_design(new.design_hash)
        if new.id in self.standing:
            raise FieldStoreError("expected an interview id that is new, found one that is taken")
        self.turn.last_number += 1
        standing = _Standing(
            number=self.turn.last_number,
            id=new.id,
            status="open",
            n_answers=0,
            n_consents=0,
            flags={},
            seconds=None,
            place=Place(design_hash=new.design_hash),
        )
        self.standing[new.id] = standing
        self.new_interviews.append(_row_of_new(new, standing.number))
        self._keep_key(item.key, item.body_hash, standing)
        self.tally.begun(new)
        return Receipt(outcome="stored", interview_id=new.id, status="open")

    def _submit(self, handed_in: Submission) -> Receipt:
        if repeated := self._repeated(handed_in.key, handed_in.body_hash, handed_in.interview_id):
            return repeated
        standing = self.standing.get(handed_in.interview_id)
        if standing is None:
            raise UnknownInterviewError("expected an interview that was begun, found none")
        if standing.status != "open":
            return Receipt(outcome="closed", interview_id=standing.id, status=standing.status)
        if handed_in.answer.page in standing.pages:
            return Receipt(outcome="answered", interview_id=standing.id, status="open")
        self._keep_key(handed_in.key, handed_in.body_hash, standing)
        self._keep_answer(handed_in, standing)
        self._go_on_or_end(handed_in, standing)
        return Receipt(outcome="stored", interview_id=standing.id, status=standing.status)

    def _repeated(self, key: str, body_hash: str, interview_id: str | None) -> Receipt | None:
        known = self.keys.get(key)
        if known is None:
            return None
        has_same_body = known.body_hash in (None, body_hash)
        if not has_same_body or interview_id not in (None, known.interview_id):
            raise KeyReusedError(
                "expected a key that is new, or the same body again; found a key that came before "
                "with another body. Open the page again to get a new key."
            )
        status = self.standing[known.interview_id].status
        return Receipt(outcome="repeated", interview_id=known.interview_id, status=status)

    def _keep_key(self, key: str, body_hash: str, standing: _Standing) -> None:
        self.keys[key] = _Key(body_hash, standing.id)
        self.new_keys.append({"key": key, "body_hash": body_hash, "interview": standing.number})

    def _keep_answer(self, handed_in: Submission, standing: _Standing) -> None:
        answer = handed_in.answer
        self.new_answers.append(
            {
                "interview": standing.number,
                "page": answer.page,
                "place": standing.n_answers,
                "answers": dict(answer.answers),
                "shown": dict(answer.shown),
                "questionnaire_version": answer.questionnaire_version,
                "seconds": answer.seconds,
                "received_at": answer.received_at,
            }
        )
        for consent in handed_in.consents:
            self.new_consents.append(
                {
                    "interview": standing.number,
                    "place": standing.n_consents,
                    "kind": consent.kind,
                    "version": consent.version,
                    "partner": consent.partner,
                    "given_at": consent.given_at,
                }
            )
            standing.n_consents += 1
        if handed_in.contact is not None:
            self.contacts[standing.number] = {
                "interview": standing.number,
                "name": handed_in.contact.name,
                "region": handed_in.contact.region,
                "phone": handed_in.contact.phone,
                "email": handed_in.contact.email,
            }
        standing.pages.add(answer.page)
        standing.n_answers += 1
        if answer.seconds is not None:
            standing.seconds = (standing.seconds or 0.0) + answer.seconds
        standing.flags = dict(handed_in.flags)
        self.tally.answered(answer.page)
        self.changed[standing.id] = standing

    def _go_on_or_end(self, handed_in: Submission, standing: _Standing) -> None:
        wanted: Status = handed_in.ends_as or "open"
        if wanted in ("open", "complete"):
            has_place = self.places.keep_or_take(
                standing.place,
                handed_in.admission,
                field_s=self.turn.field_s,
                completes=wanted == "complete",
            )
            wanted = wanted if has_place else "over_quota"
        if wanted == "open":
            return
        self.places.leave(standing.place, completes=wanted == "complete")
        standing.status, standing.ended_at = wanted, handed_in.answer.received_at
        self.tally.ended(wanted, standing.ended_at, standing.flags)

    def write(self, connection: Connection) -> None:
        """Write what changed."""
        _insert(connection, schema.interview, self.new_interviews)
        _insert(connection, schema.submission_key, self.new_keys)
        _insert(connection, schema.answer, self.new_answers)
        _insert(connection, schema.consent, self.new_consents)
        if self.changed:
            rows = [_row_of_changed(standing) for standing in self.changed.values()]
            connection.execute(_CHANGE_INTERVIEW, rows)
        if self.contacts:
            upsert(connection, schema.contact, self.contacts.values())
        self.places.write(connection)
        self.tally.write(connection)
        self.turn.write(connection)


_STANDING_COLUMNS = tuple(
    schema.interview.c[name]
    for name in (
        "number",
        "id",
        "status",
        "n_answers",
        "n_consents",
        "flags",
        "seconds",
        "design_hash",
        "design_version",
        "cells",
        "hold_s",
        "held_until",
    )
)
_KEYS = (
    select(schema.submission_key.c.key, schema.submission_key.c.body_hash, schema.interview.c.id)
    .join(schema.interview)
    .where(schema.submission_key.c.key.in_(bindparam("some", expanding=True)))
)
_STANDING = select(*_STANDING_COLUMNS).where(
    schema.interview.c.id.in_(bindparam("some", expanding=True))
)
# By interview alone: for pairs of interview and page SQLite would look through all answers.
_PAGES = select(schema.answer.c.interview, schema.answer.c.page).where(
    schema.answer.c.interview.in_(bindparam("some", expanding=True))
)
_CHANGE_INTERVIEW = (
    update(schema.interview)
    .where(schema.interview.c.number == bindparam("of_number"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in (
                "status",
                "ended_at",
                "n_answers",
                "n_consents",
                "flags",
                "seconds",
                "design_version",
                "cells",
                "hold_s",
                "held_until",
            )
        }
    )
)


def _load_keys(connection: Connection, keys: Iterable[str]) -> dict[str, _Key]:
    found = connection.execute(_KEYS, {"some": list(keys)})
    return {key: _Key(body_hash, interview_id) for key, body_hash, interview_id in found}


def _load_standing(connection: Connection, ids: Iterable[str]) -> dict[str, _Standing]:
    return {
        row.id: _Standing(
            number=row.number,
            id=row.id,
            status=row.status,
            n_answers=row.n_answers,
            n_consents=row.n_consents,
            flags=row.flags,
            seconds=row.seconds,
            place=Place(
                design_hash=row.design_hash,
                version=row.design_version,
                cells=None if row.cells is None else tuple(row.cells),
                hold_s=row.hold_s,
                held_until=row.held_until,
            ),
        )
        for row in connection.execute(_STANDING, {"some": list(ids)})
    }


def _load_pages(
    connection: Connection, standing: dict[str, _Standing], submissions: Iterable[Submission]
) -> None:
    by_number = {one.number: one for one in standing.values()}
    wanted = {standing[s.interview_id].number for s in submissions if s.interview_id in standing}
    if wanted:
        for number, page in connection.execute(_PAGES, {"some": list(wanted)}):
            by_number[number].pages.add(page)


def _row_of_new(new: NewInterview, number: int) -> dict[str, Any]:
    return {
        "number": number,
        "id": new.id,
        "programme_version": new.programme_version,
        "design_hash": new.design_hash,
        "questionnaire_version": new.questionnaire_version,
        "language": new.language,
        "seed": new.seed,
        "status": "open",
        "started_at": new.started_at,
        "panel_id": new.panel_id,
        "device": new.device,
        "flags": {},
        "n_answers": 0,
        "n_consents": 0,
    }


def _row_of_changed(standing: _Standing) -> dict[str, Any]:
    place = standing.place
    return {
        "of_number": standing.number,
        "new_status": standing.status,
        "new_ended_at": standing.ended_at,
        "new_n_answers": standing.n_answers,
        "new_n_consents": standing.n_consents,
        "new_flags": standing.flags,
        "new_seconds": standing.seconds,
        "new_design_version": place.version,
        "new_cells": None if place.cells is None else list(place.cells),
        "new_hold_s": place.hold_s,
        "new_held_until": place.held_until,
    }


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
