"""Deadlines: until when a search may go on that has an answer at any time."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """A moment of the monotonic clock; never, if nobody set one.

    Work that asks a deadline whether to go on gives the same answer on any machine only where
    there is none.
    """

    at_s: float = math.inf

    @classmethod
    def after(cls, seconds: float | None) -> Deadline:
        """Return the moment so many seconds from now; never if there are none.

        Examples
        --------
        >>> Deadline.after(None).is_over, Deadline.after(0.0).is_over
        (False, True)
        """
        return cls() if seconds is None else cls(time.monotonic() + seconds)

    @property
    def is_over(self) -> bool:
        """Return whether it has passed."""
        return time.monotonic() >= self.at_s

    @property
    def seconds_left(self) -> float:
        """Return the time until then, 0 once it has passed."""
        return max(0.0, self.at_s - time.monotonic())

    def go_on(self) -> bool:
        """Return whether there is time left."""
        return not self.is_over

    def part(self, share: float) -> Deadline:
        """Return the moment when this share of the time left has passed.

        Examples
        --------
        >>> Deadline().part(0.5).seconds_left, Deadline.after(0.0).part(0.5).is_over
        (inf, True)
        """
        return Deadline(time.monotonic() + share * self.seconds_left)
