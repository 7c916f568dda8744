"""Whether what a store counted as it went is what its tables hold."""

from __future__ import annotations

import json
from collections import Counter

from sqlalchemy import Connection, func, select, text

from counterflow.store.field import schema
from counterflow.store.field.engines import open_engines, read_url


def unsound(url: str) -> list[str]:
    """Return what is wrong with a database; nothing if all counters agree with the rows."""
    engines = open_engines(read_url(url))
    try:
        with engines.reader.connect() as connection:
            return [*_quotas(connection), *_versions(connection), *_counters(connection)]
    finally:
        engines.dispose()


def _quotas(connection: Connection) -> list[str]:
    complete: Counter[str] = Counter()
    held: Counter[str] = Counter()
    interview = schema.interview.c
    for status, cells, until in connection.execute(
        select(interview.status, interview.cells, interview.held_until)
    ):
        complete.update(cells if status == "complete" else ())
        held.update(cells if until is not None else ())
    problems = []
    for cell, n_complete, n_held, most in connection.execute(text("SELECT * FROM quota_cell")):
        if (n_complete, n_held) != (complete[cell], held[cell]):
            found = (complete[cell], held[cell])
            problems.append(f"{cell}: counted {n_complete}, {n_held}; found {found}")
        if most is not None and n_complete > most:
            problems.append(f"{cell}: {n_complete} complete, {most} may be")
    return problems


def _versions(connection: Connection) -> list[str]:
    interview, version = schema.interview.c, schema.design_version.c
    given = select(interview.design_hash, interview.design_version, func.count()).where(
        interview.design_version.is_not(None)
    )
    by_version = given.group_by(interview.design_hash, interview.design_version)
    filled = by_version.where((interview.status == "complete") | interview.held_until.is_not(None))
    assigned = {tuple(row[:2]): row[2] for row in connection.execute(by_version)}
    full = {tuple(row[:2]): row[2] for row in connection.execute(filled)}
    return [
        f"version {row.version}: counted {row.filled} of {row.assigned}"
        for row in connection.execute(
            select(version.design_hash, version.version, version.filled, version.assigned)
        )
        if (row.filled, row.assigned)
        != (full.get(tuple(row[:2]), 0), assigned.get(tuple(row[:2]), 0))
    ]


def _counters(connection: Connection) -> list[str]:
    counted = {
        (row.kind, row.item): row.n for row in connection.execute(select(schema.counter)) if row.n
    }
    interview, answer = schema.interview.c, schema.answer.c
    found: dict[tuple[str, str], int] = {}
    for kind, column in (
        ("status", interview.status),
        ("language", interview.language),
        ("page", answer.page),
    ):
        rows = connection.execute(select(column, func.count()).group_by(column))
        found |= {(kind, item): n for item, n in rows}
    flags: Counter[str] = Counter()
    for kept in connection.scalars(select(interview.flags).where(interview.status == "complete")):
        flags.update(kept if not isinstance(kept, str) else json.loads(kept))
    found |= {("flag", flag): n for flag, n in flags.items()}
    problems = [
        f"{kind} {item}: counted {counted.get((kind, item), 0)}, found {n}"
        for (kind, item), n in found.items()
        if counted.get((kind, item), 0) != n
    ]
    n_answers = select(func.count()).where(answer.interview == interview.number)
    wrong = select(func.count()).where(interview.n_answers != n_answers.scalar_subquery())
    n_wrong = connection.scalars(wrong).one()
    return [*problems, *([f"{n_wrong} interviews miss answers"] if n_wrong else [])]
