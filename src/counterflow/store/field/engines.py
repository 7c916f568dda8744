"""Connections to the database: one engine that writes, in turn, and one that only reads."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from counterflow.domain.errors import InputError, Problem

BUSY_TIMEOUT_S = 10
"""How long a writer waits for its turn while another process has it."""

_SQLITE_ALWAYS = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}",
    "PRAGMA foreign_keys = ON",
)
_SQLITE_WRITER = (
    "PRAGMA journal_mode = WAL",
    # A commit returns when the log has reached the disk, not the operating system's cache.
    "PRAGMA synchronous = FULL",
    # Who asks to be forgotten is overwritten, not only unlinked.
    "PRAGMA secure_delete = ON",
)
_SQLITE_READER = ("PRAGMA query_only = ON",)
_POSTGRESQL_WRITER = (
    "SET synchronous_commit = on",
    f"SET lock_timeout = '{BUSY_TIMEOUT_S}s'",
    # A server that hangs in its turn loses it, so that the others can go on.
    f"SET idle_in_transaction_session_timeout = '{BUSY_TIMEOUT_S}s'",
)


@dataclass(frozen=True)
class Engines:
    """The engines of one database; `file` is where SQLite keeps it."""

    writer: Engine
    reader: Engine
    file: Path | None

    def empty_log(self) -> None:
        """Move what SQLite's log holds into the file, so that nothing deleted stays in the log."""
        if self.file is not None:
            with self.writer.connect() as connection:
                raw = connection.connection.driver_connection
                assert isinstance(raw, sqlite3.Connection)
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def dispose(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self.writer.dispose()


def sqlite_url(file: Path) -> URL:
    """Return the URL of a SQLite database in a file, whatever characters its path has."""
    return URL.create("sqlite", database=str(file))


def read_url(url: str) -> URL:
    """Return `sqlite:///field.sqlite` or `postgresql://user@host/database` as a URL.

    Raises
    ------
    InputError
        For what is no URL, or names another kind of database.

    Examples
    --------
    >>> read_url("postgresql://anna@db.example/field").host
    'db.example'
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = URL.create("none")
    kind = parsed.get_backend_name() if parsed.drivername != "none" else ""
    if kind == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    expected = "sqlite:///FILE or postgresql://USER@HOST/DATABASE"
    advice = "Without a database's URL, interviews are kept in the programme's folder."
    raise InputError([Problem(expected, kind or "something else", where="database", advice=advice)])


def open_engines(url: URL) -> Engines:
    """Return engines for the URL of a SQLite or PostgreSQL database."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_engines(Path(str(url.database)))
    return _postgresql_engines(url)


def _sqlite_engines(file: Path) -> Engines:
    file = file.absolute()
    file.parent.mkdir(parents=True, exist_ok=True)
    # Contacts of people are in it: for the owner's eyes, as the log and the index that follow it.
    file.touch(mode=0o600)
    address = f"{file.as_uri()}?mode=rw"

    def connect() -> sqlite3.Connection:
        # Never makes a file: one that was deleted must be missed, not replaced by an empty one.
        # Transactions begin as we say below, and not by the rules of Python's driver.
        return sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)

    writer = _engine("sqlite://", (*_SQLITE_ALWAYS, *_SQLITE_WRITER), creator=connect)
    reader = _engine("sqlite://", (*_SQLITE_ALWAYS, *_SQLITE_READER), creator=connect)
    # A writer takes its turn at once: one that read first could be refused when it writes.
    event.listen(writer, "begin", _beginning_with("BEGIN IMMEDIATE"))
    event.listen(reader, "begin", _beginning_with("BEGIN"))
    return Engines(writer, reader, file)


def _postgresql_engines(url: URL) -> Engines:
    shared = {"connect_args": {"connect_timeout": 10}, "pool_pre_ping": True}
    writer = _engine(url, _POSTGRESQL_WRITER, isolation_level="READ COMMITTED", **shared)
    # What is read in several statements shows one moment.
    reader = _engine(url, (), isolation_level="REPEATABLE READ", **shared)
    return Engines(writer, reader, None)


def _engine(url: str | URL, settings: tuple[str, ...], **options: Any) -> Engine:
    # An error must not carry answers or contacts into a log.
    engine = create_engine(
        url, poolclass=QueuePool, max_overflow=32, hide_parameters=True, **options
    )

    def set_up(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for setting in settings:
            cursor.execute(setting)
        cursor.close()
        connection.commit()

    event.listen(engine, "connect", set_up)
    return engine


def _beginning_with(statement: str) -> Any:
    def begin(connection: Any) -> None:
        connection.exec_driver_sql(statement)

    return begin
