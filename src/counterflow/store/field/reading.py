"""Interviews as they were kept, put together from their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.interview import ConsentGiven, Interview, PageAnswer
from counterflow.programme.field_store import UnknownInterviewError
from counterflow.store.field import schema
from counterflow.store.field.fieldwork import design_of

_AT_A_TIME = 200

_INTERVIEW, _ANSWER, _CONSENT = schema.interview.c, schema.answer.c, schema.consent.c

_INTERVIEWS = select(
    _INTERVIEW.id,
    _INTERVIEW.number,
    _INTERVIEW.programme_version,
    _INTERVIEW.design_hash,
    _INTERVIEW.questionnaire_version,
    _INTERVIEW.language,
    _INTERVIEW.seed,
    _INTERVIEW.status,
    _INTERVIEW.started_at,
    _INTERVIEW.ended_at,
    _INTERVIEW.design_version,
    _INTERVIEW.panel_id,
    _INTERVIEW.device,
    _INTERVIEW.flags,
)
_ONE = _INTERVIEWS.where(_INTERVIEW.id == bindparam("of_id"))
_AFTER = (
    _INTERVIEWS.where(_INTERVIEW.number > bindparam("last"))
    .where(_INTERVIEW.status.in_(bindparam("statuses", expanding=True)))
    .order_by(_INTERVIEW.number)
    .limit(_AT_A_TIME)
)
_NOT_BEGUN_WITH = _AFTER.where(_INTERVIEW.questionnaire_version != bindparam("version"))
_SOME: BindParameter[int] = bindparam("some", expanding=True)
_ANSWERS = (
    select(
        _ANSWER.interview,
        _ANSWER.page,
        _ANSWER.answers,
        _ANSWER.shown,
        _ANSWER.questionnaire_version,
        _ANSWER.seconds,
        _ANSWER.received_at,
    )
    .where(_ANSWER.interview.in_(_SOME))
    .order_by(_ANSWER.interview, _ANSWER.place)
)
_CONSENTS = (
    select(_CONSENT.interview, _CONSENT.kind, _CONSENT.version, _CONSENT.given_at, _CONSENT.partner)
    .where(_CONSENT.interview.in_(_SOME))
    .order_by(_CONSENT.interview, _CONSENT.place)
)
_OF_DEVICE = select(func.count()).where(_INTERVIEW.device == bindparam("of_device"))
_DESIGN = select(schema.design.c.document).where(schema.design.c.hash == bindparam("of_hash"))
_QUESTIONNAIRE = select(schema.questionnaire.c.document).where(
    schema.questionnaire.c.version == bindparam("version")
)


def interview(connection: Connection, interview_id: str) -> Interview:
    """Return an interview; UnknownInterviewError if there is none."""
    row = connection.execute(_ONE, {"of_id": interview_id}).first()
    if row is None:
        raise UnknownInterviewError("expected an interview that was begun, found none")
    return _assembled(connection, [row])[0]


def interviews_after(
    connection: Connection, last: int, statuses: Sequence[str], not_begun_with: str | None
) -> list[Interview]:
    """Return the next interviews after number `last`, in order; none at the end."""
    wanted: dict[str, Any] = {"last": last, "statuses": list(statuses)}
    if not_begun_with is None:
        return _assembled(connection, connection.execute(_AFTER, wanted).all())
    wanted["version"] = not_begun_with
    return _assembled(connection, connection.execute(_NOT_BEGUN_WITH, wanted).all())


def interviews_of_device(connection: Connection, device: str) -> int:
    """Return how many interviews bear this device."""
    return connection.execute(_OF_DEVICE, {"of_device": device}).scalar_one()


def design(connection: Connection, design_hash: str) -> ChoiceDesign:
    """Return a design that was in the field; KeyError if none has this hash."""
    document = connection.execute(_DESIGN, {"of_hash": design_hash}).scalar()
    if document is None:
        raise KeyError(design_hash)
    return design_of(document)


def questionnaire(connection: Connection, version: str) -> Mapping[str, Any]:
    """Return what respondents saw of a version; KeyError if none of it was in the field."""
    document: Mapping[str, Any] | None = connection.scalar(_QUESTIONNAIRE, {"version": version})
    if document is None:
        raise KeyError(version)
    return document


def _assembled(connection: Connection, rows: Iterable[Any]) -> list[Interview]:
    rows = list(rows)
    some = {"some": [row.number for row in rows]}
    if not rows:
        return []
    answers: dict[int, list[PageAnswer]] = defaultdict(list)
    for number, *told in connection.execute(_ANSWERS, some):
        answers[number].append(PageAnswer(**dict(zip(_TOLD, told, strict=True))))
    consents: dict[int, list[ConsentGiven]] = defaultdict(list)
    for number, *given in connection.execute(_CONSENTS, some):
        consents[number].append(ConsentGiven(**dict(zip(_GIVEN, given, strict=True))))
    return [
        Interview(
            **row._mapping,
            answers=tuple(answers[row.number]),
            consents=tuple(consents[row.number]),
        )
        for row in rows
    ]


_TOLD = ("page", "answers", "shown", "questionnaire_version", "seconds", "received_at")
_GIVEN = ("kind", "version", "given_at", "partner")
