"""Choices as plain arrays: what we and every peer are given.

Only the standard library and NumPy, so that the peers' environments can import it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Choices(NamedTuple):
    """Choices without constants of alternatives; a task's rows stand together, a person's too."""

    labels: tuple[str, ...]
    design: np.ndarray
    """(rows, K), column by column in memory."""
    chosen: np.ndarray
    """(rows,), True where the row was chosen."""
    tasks: np.ndarray
    """(rows,), which task a row belongs to, counted from 0."""
    people: np.ndarray
    """(rows,), which respondent a row belongs to, counted from 0."""

    @property
    def n_people(self) -> int:
        return int(self.people[-1]) + 1

    @property
    def n_tasks(self) -> int:
        return int(self.tasks[-1]) + 1

    @property
    def n_alternatives(self) -> int:
        """Return how many alternatives every task has; ValueError if tasks differ."""
        n = len(self.tasks) // self.n_tasks
        if not np.array_equal(self.tasks, np.repeat(np.arange(self.n_tasks), n)):
            raise ValueError("tasks differ in size; this needs tasks of one size")
        return n

    @property
    def chosen_alternatives(self) -> np.ndarray:
        """Return the place within its task of what was chosen, (tasks,)."""
        return self.chosen.reshape(self.n_tasks, self.n_alternatives).argmax(axis=1)

    @property
    def people_of_tasks(self) -> np.ndarray:
        """Return whose each task is, (tasks,)."""
        return self.people[np.flatnonzero(np.diff(self.tasks, prepend=-1))]

    def where(self, is_kept: np.ndarray) -> Choices:
        """Return the rows that are kept, with tasks and people counted anew."""
        return Choices(
            labels=self.labels,
            design=np.asfortranarray(self.design[is_kept]),
            chosen=self.chosen[is_kept],
            tasks=counted(self.tasks[is_kept]),
            people=counted(self.people[is_kept]),
        )


def without_last_tasks(choices: Choices, n: int) -> Choices:
    """Return all but the last `n` tasks of everybody; everybody needs more than `n`."""
    return choices if n == 0 else choices.where(~_is_last(choices, n))


def last_tasks(choices: Choices, n: int) -> Choices:
    """Return the last `n` tasks of everybody."""
    return choices.where(_is_last(choices, n))


def _is_last(choices: Choices, n: int) -> np.ndarray:
    last_task = np.zeros(choices.n_people, dtype=int)
    np.maximum.at(last_task, choices.people, choices.tasks)
    return np.asarray(choices.tasks > last_task[choices.people] - n)


def counted(ids: np.ndarray) -> np.ndarray:
    """Return runs of equal ids as 0, 1, 2, ..."""
    return np.cumsum(np.diff(ids, prepend=ids[0]) != 0)
