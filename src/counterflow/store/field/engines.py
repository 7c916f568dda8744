"""Connections to the database: one engine that writes, in turn, and one that only reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url

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

    def dispose(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self.writer.dispose()


def open_engines(url: str | URL) -> Engines:
    """Return engines for `sqlite:///field.sqlite` or `postgresql://user@host/database`.

    Raises
    ------
    ValueError
        For another kind of database.
    """
    parsed = make_url(url)
    kind = parsed.get_backend_name()
    if kind == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return _sqlite_engines(Path(str(parsed.database)))
    if kind == "postgresql":
        return _postgresql_engines(parsed.set(drivername="postgresql+psycopg"))
    raise ValueError(
        f"expected a database sqlite:///FILE or postgresql://HOST/NAME, found {parsed!r}. "
        "Without --database answers are kept in the programme's folder."
    )


def _sqlite_engines(file: Path) -> Engines:
    url = URL.create("sqlite", database=str(file))
    # Python's driver begins transactions by rules of its own; we begin them ourselves. A writer
    # takes its turn at once: one that read first and wrote later could be refused in between.
    writer = _engine(url, (*_SQLITE_ALWAYS, *_SQLITE_WRITER), check_same_thread=False)
    reader = _engine(url, (*_SQLITE_ALWAYS, *_SQLITE_READER), check_same_thread=False)
    for engine, begin in ((writer, "BEGIN IMMEDIATE"), (reader, "BEGIN")):
        event.listen(engine, "connect", _leave_transactions_to_us, insert=True)
        event.listen(engine, "begin", _beginning_with(begin))
    return Engines(writer, reader, file)


def _postgresql_engines(url: URL) -> Engines:
    writer = _engine(url, _POSTGRESQL_WRITER, isolation_level="READ COMMITTED", connect_timeout=10)
    # What is read in several statements shows one moment.
    reader = _engine(url, (), isolation_level="REPEATABLE READ", connect_timeout=10)
    return Engines(writer, reader, None)


def _engine(
    url: URL, settings: tuple[str, ...], *, isolation_level: str | None = None, **connect: Any
) -> Engine:
    engine = create_engine(
        url,
        connect_args=connect,
        # An error must not carry answers or contacts into a log.
        hide_parameters=True,
        # A connection that the database dropped, e.g. by its own restart, is replaced.
        pool_pre_ping=url.get_backend_name() == "postgresql",
        max_overflow=32,
        **({"isolation_level": isolation_level} if isolation_level else {}),
    )

    def set_up(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for setting in settings:
            cursor.execute(setting)
        cursor.close()
        connection.commit()

    event.listen(engine, "connect", set_up)
    return engine


def _leave_transactions_to_us(connection: Any, _record: object) -> None:
    connection.isolation_level = None


def _beginning_with(statement: str) -> Any:
    def begin(connection: Any) -> None:
        connection.exec_driver_sql(statement)

    return begin
