"""Time in the field: how long places have rested, whatever the clock on the wall does."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class FieldClock:
    """Counts the seconds in which a server stood ready to take answers, over all its starts.

    The wall clock is read once, for dates. Rest is measured by the monotonic clock, which no
    correction of the date moves, and the count goes on from what the database kept when a server
    starts again: nobody can answer while it is down, so that time rests nobody. Servers that share
    a database catch up with the furthest of them whenever they write.

    Examples
    --------
    >>> ticks = iter([100.0, 160.0, 160.0])
    >>> clock = FieldClock(monotonic=lambda: next(ticks))
    >>> clock.field_s
    60.0
    >>> clock.catch_up(90.0)
    """

    def __init__(
        self,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._opened_at = wall()
        self._opened = monotonic()
        self._before_s = 0.0

    @property
    def now(self) -> datetime:
        """Return the date and time: the wall clock's at the start, and what has passed since."""
        return self._opened_at + timedelta(seconds=self._monotonic() - self._opened)

    @property
    def field_s(self) -> float:
        """Return the time in the field (s)."""
        return self._before_s + self._monotonic() - self._opened

    def catch_up(self, field_s: float) -> None:
        """Go on from `field_s` if that is ahead; never back."""
        self._before_s += max(0.0, field_s - self.field_s)
