"""Databases for measurements: SQLite in a folder, and PostgreSQL where there is one."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from benchmarks.case import ROOT, Run
from benchmarks.record import Record

_STARTED_HERE = ROOT / "build" / "services" / "postgresql.url"

KINDS = ("SQLite", "PostgreSQL")


def absence(kind: str) -> str | None:
    """Return why there is no database of this kind; None if there is."""
    if kind == "PostgreSQL" and not postgresql_server():
        return "no PostgreSQL: `make services` starts one, COUNTERFLOW_TEST_POSTGRESQL names it"
    return None


def in_each_database(
    run: Run, measured: Callable[[Run, str, Path], Iterable[Record]]
) -> Iterator[Record]:
    """Yield what is measured with each kind, in an empty folder, and why a kind is not there."""
    for kind in KINDS:
        if reason := absence(kind):
            yield run.skipped(reason)
            continue
        with tempfile.TemporaryDirectory() as temporary:
            yield from measured(run, kind, Path(temporary))


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database, which is gone when the block is left."""
    if kind == "SQLite":
        folder.mkdir(parents=True, exist_ok=True)
        yield f"sqlite:///{folder / 'field.sqlite'}"
        return
    server = make_url(postgresql_server()).set(drivername="postgresql+psycopg")
    name = f"measured_{secrets.token_hex(6)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
            try:
                yield server.set(database=name).render_as_string(hide_password=False)
            finally:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()


def postgresql_server() -> str:
    """Return the URL of a PostgreSQL that may be used; empty if there is none."""
    named = os.environ.get("COUNTERFLOW_TEST_POSTGRESQL", "")
    if named or not _STARTED_HERE.is_file():
        return named
    return _STARTED_HERE.read_text(encoding="utf-8").strip()
