"""How the fieldwork stands, from its counters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import median
from typing import Any, get_args

from sqlalchemy import Connection, bindparam, select

from counterflow.domain.interview import Status
from counterflow.programme.field_store import FieldCounts, QuotaCount
from counterflow.store.field import schema
from counterflow.store.field.fieldwork import current_fieldwork

LARGEST_SAMPLE = 1000
"""Interviews whose times are looked at for the medians: all of them up to here."""

_INTERVIEW, _ANSWER = schema.interview.c, schema.answer.c
_CELL, _VERSION = schema.quota_cell.c, schema.design_version.c

_COUNTERS = select(schema.counter.c.kind, schema.counter.c.item, schema.counter.c.n)
_QUOTAS = (
    select(_CELL.cell, _CELL.complete, _CELL.held, _CELL.most)
    .where(_CELL.most.is_not(None))
    .order_by(_CELL.cell)
)
_VERSIONS = (
    select(_VERSION.version, _VERSION.assigned)
    .where(_VERSION.design_hash == bindparam("of_design"), _VERSION.assigned > 0)
    .order_by(_VERSION.version)
)
_LAST = select(schema.turn.c.last_number)
_PAGE_SECONDS = select(_ANSWER.page, _ANSWER.seconds).where(
    _ANSWER.interview.in_(bindparam("sample", expanding=True)), _ANSWER.seconds.is_not(None)
)
_TOTAL_SECONDS = select(_INTERVIEW.seconds).where(
    _INTERVIEW.number.in_(bindparam("sample", expanding=True)),
    _INTERVIEW.status == "complete",
    _INTERVIEW.seconds.is_not(None),
)


def field_counts(connection: Connection) -> FieldCounts:
    """Return how the fieldwork stands."""
    counters = _counters(connection)
    sample = {"sample": _sample(connection.scalars(_LAST).one())}
    begun, completed = counters["begun"], counters["completed"]
    return FieldCounts(
        by_status={status: counters["status"].get(status, 0) for status in get_args(Status)},
        answered_by_page=counters["page"],
        median_seconds_by_page=_medians(connection.execute(_PAGE_SECONDS, sample)),
        median_seconds=_median(connection.scalars(_TOTAL_SECONDS, sample).all()),
        by_flag=counters["flag"],
        quotas=tuple(
            QuotaCount(cell=row.cell, complete=row.complete, held=row.held, limit=row.most)
            for row in connection.execute(_QUOTAS)
        ),
        by_version=_by_version(connection),
        by_language=counters["language"],
        by_day={
            day: (begun.get(day, 0), completed.get(day, 0)) for day in sorted({*begun, *completed})
        },
    )


def _counters(connection: Connection) -> defaultdict[str, dict[str, int]]:
    counters: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for kind, item, n in connection.execute(_COUNTERS):
        if n:
            counters[kind][item] = n
    return counters


def _by_version(connection: Connection) -> dict[int, int]:
    current = current_fieldwork(connection)
    if current is None:
        return {}
    found = connection.execute(_VERSIONS, {"of_design": current[1]})
    return {row.version: row.assigned for row in found}


def _sample(last_number: int) -> list[int]:
    """Return numbers that are spread evenly over all interviews."""
    step = -(-last_number // LARGEST_SAMPLE) or 1
    return list(range(last_number, 0, -step))


def _medians(told: Iterable[Any]) -> dict[str, float]:
    by_page: defaultdict[str, list[float]] = defaultdict(list)
    for page, seconds in told:
        by_page[page].append(seconds)
    return {page: median(seconds) for page, seconds in by_page.items()}


def _median(seconds: Iterable[float | None]) -> float | None:
    told = [one for one in seconds if one is not None]
    return median(told) if told else None
