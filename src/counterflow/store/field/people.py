"""Contacts: who may be reached or passed on, and how a person is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, select, update

from counterflow.domain.interview import Contact
from counterflow.programme.field_store import UnknownInterviewError
from counterflow.store.field import schema

_AT_A_TIME = 1000
_INTERVIEW, _CONTACT, _CONSENT = schema.interview.c, schema.contact.c, schema.consent.c

_AFTER = (
    select(
        _INTERVIEW.number,
        _INTERVIEW.id,
        _CONTACT.name,
        _CONTACT.region,
        _CONTACT.phone,
        _CONTACT.email,
    )
    .join_from(schema.interview, schema.contact)
    .where(_INTERVIEW.number > bindparam("last"), _INTERVIEW.status != "withdrawn")
    .order_by(_INTERVIEW.number)
    .limit(_AT_A_TIME)
)
_CONSENTED = exists().where(
    _CONSENT.interview == _INTERVIEW.number, _CONSENT.kind == bindparam("kind")
)
_TO_BE_REACHED = _AFTER.where(_CONSENTED.where(_CONSENT.partner.is_(None)))
_TO_BE_PASSED_ON = _AFTER.where(_CONSENTED.where(_CONSENT.partner == bindparam("partner")))


def contacts_after(
    connection: Connection, last: int, partner: str | None
) -> Sequence[tuple[int, str, Contact]]:
    """Return (number, id, contact) of the next after number `last`; none at the end."""
    if partner is None:
        rows: Any = connection.execute(_TO_BE_REACHED, {"last": last, "kind": "contact"})
    else:
        wanted = {"last": last, "kind": "partner", "partner": partner}
        rows = connection.execute(_TO_BE_PASSED_ON, wanted)
    return [
        (number, interview_id, Contact(name=name, region=region, phone=phone, email=email))
        for number, interview_id, name, region, phone, email in rows
    ]


def forget(connection: Connection, interview_id: str) -> None:
    """Delete what leads to a person, the hashes of what was handed in among it."""
    number = connection.scalar(select(_INTERVIEW.number).where(_INTERVIEW.id == interview_id))
    if number is None:
        raise UnknownInterviewError("expected an interview that was begun, found none")
    keys, contact = schema.submission_key, schema.contact
    connection.execute(delete(contact).where(contact.c.interview == number))
    connection.execute(
        update(schema.interview)
        .where(_INTERVIEW.number == number)
        .values(panel_id=None, device=None)
    )
    connection.execute(update(keys).where(keys.c.interview == number).values(body_hash=None))
