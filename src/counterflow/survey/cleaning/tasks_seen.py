"""The choice tasks of an interview, as the respondent saw and answered them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from counterflow.domain.interview import Interview, PageAnswer
from counterflow.survey.questionnaire.shown_task import NONE, ShownTask

_PAGE = "task-"


@dataclass(frozen=True)
class TaskSeen:
    """One choice task with its answer.

    Parameters
    ----------
    number
        Which of the interview's tasks it was, from 1.
    shown
        What stood on the screen.
    chosen
        Position on the screen of what was chosen, from 0; None for none of the products.
    seconds
        Time on the page; None where the device did not say.
    """

    number: int
    shown: ShownTask
    chosen: int | None
    seconds: float | None


def tasks_seen(interview: Interview) -> Iterator[TaskSeen]:
    """Yield the choice tasks that were answered, in the order in which they were handed in.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a record lacks something, or names a choice that it does not show.
    """
    for page in interview.answers:
        if page.page.startswith(_PAGE):
            yield _task(page)


def _task(page: PageAnswer) -> TaskSeen:
    shown = ShownTask.from_record(page.shown)
    choice = str(page.answers["choice"])
    return TaskSeen(
        number=int(page.page.removeprefix(_PAGE)),
        shown=shown,
        chosen=None if choice == NONE else shown.places.index(int(choice)),
        seconds=page.seconds,
    )
