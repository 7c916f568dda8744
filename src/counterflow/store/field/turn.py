"""The turn to write: one writer at a time, in whichever process, knows what it reads will hold."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BindParameter, Connection, bindparam, case, update

from counterflow.store.field import schema
from counterflow.store.field.field_clock import FieldClock

_NOW: BindParameter[float] = bindparam("now_s")
_TAKE = (
    update(schema.turn)
    .values(field_s=case((schema.turn.c.field_s < _NOW, _NOW), else_=schema.turn.c.field_s))
    .returning(schema.turn.c.field_s, schema.turn.c.last_number)
)


@dataclass
class Turn:
    """What the holder of the turn knows: time in the field, and the last interview's number."""

    field_s: float
    last_number: int
    _kept_number: int

    def write(self, connection: Connection) -> None:
        """Keep the last number if it has moved."""
        if self.last_number != self._kept_number:
            connection.execute(update(schema.turn).values(last_number=self.last_number))
            self._kept_number = self.last_number


def take_turn(connection: Connection, clock: FieldClock) -> Turn:
    """Wait until nobody else writes, and keep others waiting until this transaction ends.

    The row of `turn` is changed first in every transaction that writes. PostgreSQL lets the next
    one see it when this one has ended; SQLite has one writer anyhow.
    """
    row = connection.execute(_TAKE, {"now_s": clock.field_s}).one()
    # SQLite's RETURNING tells a whole number of seconds as an integer.
    field_s, last_number = float(row.field_s), row.last_number
    clock.catch_up(field_s)
    return Turn(field_s, last_number, last_number)
