"""A choice task that a respondent has answered, as the choice of the next one needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Profile = tuple[tuple[str, str], ...]
"""What an alternative shows: (attribute, level) in the order of the programme."""


@dataclass(frozen=True)
class AnsweredTask:
    """The alternatives of a task by place, and the place that was taken; None for none of them.

    Places count from 0 and are those of the design, wherever they stood on the screen.
    """

    alternatives: tuple[Profile, ...]
    chosen: int | None


NextTask = Callable[[tuple[AnsweredTask, ...], int], tuple[Profile, ...]]
"""Chooses a respondent's next task from the tasks answered so far and the respondent's seed.

Equal arguments give an equal task: what is stored as shown is what was shown."""
