"""Places that rested too long are free for others; who held one may come back and ask again."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, bindparam, select, update

from counterflow.store.field import schema
from counterflow.store.field.turn import Turn

_INTERVIEW = schema.interview.c
_LAPSED = select(
    _INTERVIEW.number, _INTERVIEW.design_hash, _INTERVIEW.design_version, _INTERVIEW.cells
).where(_INTERVIEW.held_until < bindparam("field_s"))
_RELEASE = (
    update(schema.interview)
    .where(_INTERVIEW.number == bindparam("of_number"))
    .values(held_until=None)
)
_LEAVE_CELL = (
    update(schema.quota_cell)
    .where(schema.quota_cell.c.cell == bindparam("of_cell"))
    .values(held=schema.quota_cell.c.held - bindparam("n"))
)
_LEAVE_VERSION = (
    update(schema.design_version)
    .where(schema.design_version.c.design_hash == bindparam("of_design"))
    .where(schema.design_version.c.version == bindparam("of_version"))
    .values(filled=schema.design_version.c.filled - bindparam("n"))
)


def has_lapsed(connection: Connection, field_s: float) -> bool:
    """Return whether a place has rested too long and is not released yet."""
    return connection.execute(_LAPSED.limit(1), {"field_s": field_s}).first() is not None


def release_lapsed(connection: Connection, turn: Turn) -> None:
    """Release every place whose interview has rested longer than it may."""
    lapsed = connection.execute(_LAPSED, {"field_s": turn.field_s}).all()
    if not lapsed:
        return
    connection.execute(_RELEASE, [{"of_number": row.number} for row in lapsed])
    cells = Counter(cell for row in lapsed for cell in row.cells)
    connection.execute(_LEAVE_CELL, [{"of_cell": cell, "n": n} for cell, n in cells.items()])
    versions = Counter((row.design_hash, row.design_version) for row in lapsed)
    connection.execute(
        _LEAVE_VERSION,
        [{"of_design": d, "of_version": v, "n": n} for (d, v), n in versions.items()],
    )
