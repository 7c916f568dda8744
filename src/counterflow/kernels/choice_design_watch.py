"""The watch over a search for designs: its time, what it has reached, and when work pauses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

Report = Callable[[float, float, int], None]
"""Told the share done, the least criterion so far, and the starts made; from any thread."""

_SECONDS_A_PIECE = 0.1
"""Compiled work is done in pieces of about this length, between which the clock is looked at."""
_MOST_VISITS = 2**16
_SECONDS_BETWEEN_REPORTS = 0.25


class Watch:
    """What all threads share: the time, whether to stop, and the least criterion so far."""

    def __init__(
        self, seconds: float, n_starts: int | None, until: float, report: Report | None
    ) -> None:
        self.n_starts, self._until = n_starts, until
        self.n_begun = 0
        self._begin = self._reported = time.monotonic()
        self._seconds = seconds
        self._report = report
        self._least = np.inf
        self._is_stopped = False
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        """Return whether no further work should be begun."""
        return self._is_stopped or time.monotonic() - self._begin >= self._seconds

    def stop(self) -> None:
        """Let all threads end."""
        self._is_stopped = True

    def begin_start(self) -> None:
        """Count one more start."""
        with self._lock:
            self.n_begun += 1

    def note(self, error: float) -> None:
        """Keep the least criterion, and report from time to time."""
        with self._lock:
            self._least = min(self._least, error)
            self._is_stopped |= self._least <= self._until
            now = time.monotonic()
            if self._report is None or now - self._reported < _SECONDS_BETWEEN_REPORTS:
                return
            self._reported = now
            done = (now - self._begin) / self._seconds
            if self.n_starts is not None:
                done = max(done, (self.n_begun - 1) / self.n_starts)
            self._report(min(done, 1.0), self._least, self.n_begun)


class Pace:
    """How many tasks to visit between two looks at the clock: as many as take a tenth of a second.

    The first pieces tell: each that took less than half of it lets the next be twice as long.
    """

    def __init__(self) -> None:
        self._n_visits = 1

    @contextmanager
    def piece(self) -> Iterator[int]:
        """Give the number of visits of a piece of work, and time it."""
        n_visits, began = self._n_visits, time.monotonic()
        yield n_visits
        took = time.monotonic() - began
        if took < _SECONDS_A_PIECE / 2:
            self._n_visits = min(max(self._n_visits, 2 * n_visits), _MOST_VISITS)
        elif took > 2 * _SECONDS_A_PIECE:
            self._n_visits = max(n_visits // 2, 1)
