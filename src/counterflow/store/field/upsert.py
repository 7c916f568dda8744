"""Rows that are put in, or put in the place of those with the same primary key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(
    connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]], *, adds: str = ""
) -> None:
    """Put rows in; where the key is there, replace the others, or add to the column `adds`."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: Any = dialect.insert(table)
    others = [column.name for column in table.columns if not column.primary_key]
    changes = {
        name: table.c[name] + statement.excluded[name] if name == adds else statement.excluded[name]
        for name in others
    }
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes),
        [dict(row) for row in rows],
    )
