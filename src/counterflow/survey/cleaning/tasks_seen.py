"""The choice tasks of an interview, as the respondent saw and answered them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterflow.domain.interview import Interview, PageAnswer

NONE = "none"
"""What stands for choosing none of the products."""

_PAGE = "task-"


@dataclass(frozen=True)
class TaskSeen:
    """One choice task on the screen.

    Parameters
    ----------
    number
        Which of the interview's tasks it was, from 1.
    places
        Place in the design of each alternative, in the order of the screen.
    levels
        Level by attribute of each alternative, in the order of the screen.
    chosen
        Position on the screen of what was chosen, from 0; None for none of the products.
    seconds
        Time on the page; None where the device did not say.
    version, design_task
        Where the design has this task; None if it was chosen for the respondent.
    """

    number: int
    places: tuple[int, ...]
    levels: Sequence[Mapping[str, str]]
    chosen: int | None
    seconds: float | None
    version: int | None
    design_task: int | None


def tasks_seen(interview: Interview) -> Iterator[TaskSeen]:
    """Yield the choice tasks that were answered, in the order in which they were handed in.

    Raises
    ------
    ValueError
        If a record names a choice that it does not show.
    """
    for page in interview.answers:
        if page.page.startswith(_PAGE):
            yield _task(page)


def _task(page: PageAnswer) -> TaskSeen:
    shown: Mapping[str, Any] = page.shown
    alternatives = shown["alternatives"]
    places = tuple([int(alternative["place"]) for alternative in alternatives])
    choice = str(page.answers["choice"])
    chosen = None if choice == NONE else places.index(int(choice))
    version = shown.get("version")
    return TaskSeen(
        number=int(page.page.removeprefix(_PAGE)),
        places=places,
        levels=[alternative["levels"] for alternative in alternatives],
        chosen=chosen,
        seconds=page.seconds,
        version=version,
        design_task=None if version is None else shown.get("design_task"),
    )
