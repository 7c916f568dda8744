"""Counters that are kept as interviews go on, so that nobody has to count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from counterflow.domain.interview import NewInterview, Status
from counterflow.store.field import schema
from counterflow.store.field.upsert import upsert


@dataclass
class Tally:
    """By how much counters move in a turn, by kind and item."""

    moves: Counter[tuple[str, str]] = field(default_factory=Counter)

    def begun(self, new: NewInterview) -> None:
        """Count an interview that begins."""
        self.moves["status", "open"] += 1
        self.moves["language", new.language] += 1
        self.moves["begun", new.started_at.date().isoformat()] += 1

    def answered(self, page: str) -> None:
        """Count a page that was answered."""
        self.moves["page", page] += 1

    def ended(self, status: Status, at: datetime, flags: Iterable[str]) -> None:
        """Count an interview that ended."""
        self.moves["status", "open"] -= 1
        self.moves["status", status] += 1
        if status == "complete":
            self.moves["completed", at.date().isoformat()] += 1
            for flag in flags:
                self.moves["flag", flag] += 1

    def write(self, connection: Connection) -> None:
        """Move the counters."""
        rows = [
            {"kind": kind, "item": item, "n": n}
            for (kind, item), n in sorted(self.moves.items())
            if n != 0
        ]
        if rows:
            upsert(connection, schema.counter, rows, adds="n")
