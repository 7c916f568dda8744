"""Copies of a whole database: one kind of file, whichever database it comes from or goes to.

A backup is a SQLite file with the tables of the store. From SQLite it is made by the online backup
of the engine; from PostgreSQL row by row out of one snapshot (REPEATABLE READ), so that no program
of the server's version is needed, and so that a backup of one can be restored into the other.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, Table, func, insert, select

from counterflow.domain.errors import InputError, Problem
from counterflow.programme.field_store import FieldStoreError
from counterflow.store.field import schema
from counterflow.store.field.engines import Engines, open_engines, sqlite_url
from counterflow.store.field.failures import failures_told
from counterflow.store.field.migrating import bring_up_to_date

_ROWS_AT_A_TIME = 2000


def back_up(engines: Engines, to: Path) -> None:
    """Write a consistent copy while the store is in use; whole, or `to` is left as it was.

    Raises InputError if there is no folder to write it to.
    """
    if to.is_dir() or not to.absolute().parent.is_dir():
        found = "a folder" if to.is_dir() else f"no folder {to.parent}"
        raise InputError([Problem("a file to write, in a folder that is there", found, str(to))])
    with _written_aside(to) as aside:
        if engines.file is not None:
            _copy_sqlite(engines.file, aside)
        else:
            _copy_rows_to_file(engines.reader, aside)
        check_backup(aside)


def check_backup(backup: Path) -> None:
    """Raise InputError unless this is a whole backup of a field store.

    Every page of the file is read, and every reference between tables followed.
    """
    problem = _problem_of(backup)
    if problem is not None:
        expected = "a whole backup made by `counterflow backup`"
        advice = "Take another backup; this one was left as it is."
        raise InputError([Problem(expected, problem, where=str(backup), advice=advice)])


def restore(backup: Path, url: URL, *, replace: bool = False) -> int:
    """Put a backup in the place of a database and return how many interviews it holds.

    Raises
    ------
    InputError
        If the backup is damaged, or there are interviews already and `replace` is False.
    FieldStoreError
        If a server is using the database.
    """
    check_backup(backup)
    engines = open_engines(url)
    try:
        with failures_told(engines.writer.url.render_as_string(hide_password=True)):
            if engines.file is not None:
                return _restore_file(backup, engines.file, replace=replace)
            return _restore_rows(backup, engines.writer, replace=replace)
    finally:
        engines.dispose()


def _copy_sqlite(file: Path, to: Path) -> None:
    with (
        closing(sqlite3.connect(file.absolute().as_uri() + "?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(to)) as target,
    ):
        # All pages in one step: one read transaction, which never waits for a writer, nor has to
        # start again when one has written.
        source.backup(target, pages=-1)
    _make_one_file(to)


def _copy_rows_to_file(source: Engine, to: Path) -> None:
    engines = open_engines(sqlite_url(to))
    try:
        bring_up_to_date(engines.writer)
        with source.connect() as reading, engines.writer.begin() as writing:
            _copy_rows(reading, writing)
    finally:
        engines.dispose()
    _make_one_file(to)


def _make_one_file(file: Path) -> None:
    with closing(sqlite3.connect(file, timeout=0.0)) as connection:
        # Puts what is in the log into the file and ends the log; only who is alone with it may.
        connection.execute("PRAGMA journal_mode = DELETE")


def _copy_rows(source: Connection, target: Connection) -> None:
    for table in reversed(schema.metadata.sorted_tables):
        target.execute(table.delete())
    for table in schema.metadata.sorted_tables:
        for rows in _rows(source, table):
            target.execute(insert(table), rows)


def _rows(source: Connection, table: Table) -> Iterator[list[dict[str, object]]]:
    streaming = source.execution_options(yield_per=_ROWS_AT_A_TIME)
    for some in streaming.execute(select(table)).mappings().partitions():
        yield [dict(row) for row in some]


def _restore_file(backup: Path, file: Path, *, replace: bool) -> int:
    n_there = _interviews_in(file)
    _refuse_to_overwrite(n_there, str(file), replace=replace)
    if n_there is not None:
        _let_nobody_use(file)
    with _written_aside(file) as aside:
        _copy_sqlite(backup, aside)
        _migrate_file(aside)
        # A log that is left of another file must not be taken for the new one's.
        _remove_log_of(file)
    return _interviews_in(file) or 0


def _restore_rows(backup: Path, target: Engine, *, replace: bool) -> int:
    bring_up_to_date(target)
    where = target.url.render_as_string(hide_password=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "backup.sqlite"
        _copy_sqlite(backup, copy)
        _migrate_file(copy)
        source = open_engines(sqlite_url(copy))
        try:
            with source.reader.connect() as reading, target.begin() as writing:
                _refuse_to_overwrite(_count(writing), where, replace=replace)
                _copy_rows(reading, writing)
                return _count(writing)
        finally:
            source.dispose()


def _migrate_file(file: Path) -> None:
    engines = open_engines(sqlite_url(file))
    try:
        bring_up_to_date(engines.writer)
    finally:
        engines.dispose()
    _make_one_file(file)


def _refuse_to_overwrite(n_interviews: int | None, where: str, *, replace: bool) -> None:
    if n_interviews == 0 or replace:
        return
    found = "one that cannot be read" if n_interviews is None else f"{n_interviews:,} interviews"
    expected = "a database without interviews"
    advice = "Use --replace to put the backup in its place; what it holds now is then lost."
    raise InputError([Problem(expected, found, where=where, advice=advice)])


def _let_nobody_use(file: Path) -> None:
    try:
        _make_one_file(file)
    except sqlite3.OperationalError:
        raise FieldStoreError(
            f"expected that nobody uses {file}, found that a server does. Stop it first."
        ) from None


def _remove_log_of(file: Path) -> None:
    for end in ("wal", "shm"):
        file.with_name(f"{file.name}-{end}").unlink(missing_ok=True)


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(schema.interview)).scalar_one()


def _interviews_in(file: Path) -> int | None:
    """Return how many interviews a file holds; None if it is something else, or damaged."""
    if not file.exists() or file.stat().st_size == 0:
        return 0
    try:
        with closing(sqlite3.connect(file)) as connection:
            return int(connection.execute("SELECT count(*) FROM interview").fetchone()[0])
    except sqlite3.DatabaseError:
        return None


def _problem_of(backup: Path) -> str | None:
    if not backup.is_file():
        return "no such file"
    address = backup.absolute().as_uri() + "?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if said != "ok":
                return f"damage: {said}"
            if connection.execute("PRAGMA foreign_key_check").fetchone():
                return "rows that refer to rows that are not there"
            connection.execute("SELECT field_s, last_number FROM turn").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None


@contextmanager
def _written_aside(file: Path) -> Iterator[Path]:
    """Yield a path to write to; the file takes its place when it is whole and on the disk."""
    aside = file.with_name(f".{file.name}.writing")
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    try:
        yield aside
        _flush(aside)
        aside.replace(file)
        _flush(file.parent)
    finally:
        aside.unlink(missing_ok=True)
        _remove_log_of(aside)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
