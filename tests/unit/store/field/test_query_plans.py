"""What a submission asks of SQLite is found by an index, however many interviews there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from counterflow.domain.interview import Admission
from strategies.field_stores import begun, fieldwork, opened, page

GROWING = {"interview", "answer", "submission_key", "consent", "contact"}
"""Tables that grow with the respondents."""


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Yield what is asked of any database, with its parameters, as it is asked."""
    asked: list[tuple[str, Any]] = []

    def note(connection, cursor, statement, parameters, context, executemany) -> None:
        asked.append((statement, parameters[0] if executemany else parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def scanned(file: Path, statement: str, parameters: Any) -> set[str]:
    """Return the growing tables that a statement looks through from end to end."""
    with closing(sqlite3.connect(file)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    return {table for *_, step in plan for table in GROWING if step.split()[:2] == ["SCAN", table]}


def test_no_submission_looks_through_a_table_that_grows(tmp_path):
    with opened("sqlite", tmp_path) as stores:
        store = stores.open()
        store.open_fieldwork(fieldwork(all=100))
        with statements() as asked:
            ids = [begun(store, device="a device") for _ in range(6)]
            # What waits together is stored together, and asked for together.
            for name, told in (
                ("screening", {"admission": Admission(cells=())}),
                ("task-1", {"ends_as": "complete", "flags": {"speeder": "x"}}),
            ):
                submissions = [page(interview_id, name, **told) for interview_id in ids]
                for again in (False, True):
                    receipts = [store.submit(submission) for submission in submissions]
                    outcomes = {receipt.result(30).outcome for receipt in receipts}
                    assert outcomes == ({"repeated"} if again else {"stored"})
            store.interview(ids[0])
            store.interviews_of_device("a device")
        found = {
            statement: tables
            for statement, parameters in asked
            if statement.split()[0] in ("SELECT", "UPDATE", "INSERT", "DELETE")
            and (tables := scanned(tmp_path / "field.sqlite", statement, parameters))
        }
        assert len(asked) > 30
        assert found == {}
