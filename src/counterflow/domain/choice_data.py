"""Choices as data: who was shown which alternatives, and which one they took.

Rows are alternatives, without padding: a choice task is a run of rows and a respondent a run of
tasks, so sets may differ in size. Alternatives that were not available have no row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int


@dataclass(frozen=True, eq=False)
class Numeric:
    """A column of numbers in one unit; NaN only in rows of the outside option."""

    values: Float[np.ndarray, " rows"]


@dataclass(frozen=True, eq=False)
class Categorical:
    """A column of levels: `codes` index `levels`; -1 only in rows of the outside option."""

    codes: Int[np.ndarray, " rows"]
    levels: tuple[str, ...]


Column = Numeric | Categorical


@dataclass(frozen=True, eq=False, kw_only=True)
class ChoiceData:
    """N respondents, each with T_n choice tasks of J_nt alternatives, and what they chose.

    Parameters
    ----------
    columns
        Attributes by name, one value a row.
    is_outside
        True in rows that stand for choosing none of the products.
    task_starts
        Row at which each task begins, and the number of rows at the end.
    respondent_starts
        Task at which each respondent begins, and the number of tasks at the end.
    chosen_rows
        The row chosen in each task.
    respondent_ids, task_ids, alternative_names
        What the source calls them.
    weights
        Sampling weight of each respondent, above 0; all ones if the source has none.

    Raises
    ------
    ValueError
        If the parts do not fit one another. `ChoiceData.from_long` and `from_wide` check a source
        with messages that name its rows and columns.
    """

    columns: Mapping[str, Column]
    is_outside: Bool[np.ndarray, " rows"]
    task_starts: Int[np.ndarray, " tasks_and_one"]
    respondent_starts: Int[np.ndarray, " respondents_and_one"]
    chosen_rows: Int[np.ndarray, " tasks"]
    respondent_ids: tuple[str, ...]
    task_ids: tuple[str, ...]
    alternative_names: tuple[str, ...]
    weights: Float[np.ndarray, " respondents"] = field(default_factory=lambda: np.ones(0))

    def __post_init__(self) -> None:
        if self.weights.size == 0:
            object.__setattr__(self, "weights", np.ones(self.n_respondents))
        _check_fit(self)
        for array in (self.is_outside, self.task_starts, self.respondent_starts, self.weights):
            array.setflags(write=False)

    @property
    def n_rows(self) -> int:
        """Return the number of alternatives shown, over all tasks."""
        return len(self.is_outside)

    @property
    def n_tasks(self) -> int:
        """Return the number of choice tasks, over all respondents."""
        return len(self.task_starts) - 1

    @property
    def n_respondents(self) -> int:
        """Return the number of respondents."""
        return len(self.respondent_starts) - 1

    @property
    def has_outside(self) -> bool:
        """Return whether some task let the respondent choose none of the products."""
        return bool(self.is_outside.any())

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the data (ids, columns, choices, weights), in hexadecimal."""
        digest = hashlib.sha256()
        for name in sorted(self.columns):
            column = self.columns[name]
            digest.update(f"{name}\0".encode())
            if isinstance(column, Numeric):
                digest.update(np.ascontiguousarray(column.values, dtype="<f8").tobytes())
            else:
                digest.update("\0".join(column.levels).encode())
                digest.update(np.ascontiguousarray(column.codes, dtype="<i4").tobytes())
        for ids in (self.respondent_ids, self.task_ids, self.alternative_names):
            digest.update("\0".join(ids).encode() + b"\1")
        for index in (self.task_starts, self.respondent_starts, self.chosen_rows):
            digest.update(np.ascontiguousarray(index, dtype="<i8").tobytes())
        digest.update(np.packbits(self.is_outside).tobytes())
        digest.update(np.ascontiguousarray(self.weights, dtype="<f8").tobytes())
        return digest.hexdigest()


def _check_fit(data: ChoiceData) -> None:
    sizes, tasks = np.diff(data.task_starts), np.diff(data.respondent_starts)
    wrong = []
    if data.task_starts[0] != 0 or data.task_starts[-1] != data.n_rows or (sizes < 2).any():
        wrong.append("task_starts must cut all rows into tasks of two rows or more")
    if data.respondent_starts[0] != 0 or data.respondent_starts[-1] != data.n_tasks:
        wrong.append("respondent_starts must cut all tasks")
    if (tasks < 1).any():
        wrong.append("each respondent needs a task")
    inside = (data.chosen_rows >= data.task_starts[:-1]) & (data.chosen_rows < data.task_starts[1:])
    if len(data.chosen_rows) != data.n_tasks or not inside.all():
        wrong.append("chosen_rows must name one row of each task")
    for name, column in data.columns.items():
        wrong.extend(_check_column(name, column, data.is_outside))
    counts = {
        "respondent_ids": (len(data.respondent_ids), data.n_respondents),
        "task_ids": (len(data.task_ids), data.n_tasks),
        "alternative_names": (len(data.alternative_names), data.n_rows),
        "weights": (len(data.weights), data.n_respondents),
    }
    wrong += [
        f"{n} needs {want} entries, got {got}" for n, (got, want) in counts.items() if got != want
    ]
    if not (np.isfinite(data.weights).all() and (data.weights > 0).all()):
        wrong.append("weights must be finite and above 0")
    if wrong:
        raise ValueError("; ".join(wrong))


def _check_column(name: str, column: Column, is_outside: np.ndarray) -> list[str]:
    known = (
        np.isfinite(column.values)
        if isinstance(column, Numeric)
        else (column.codes >= 0) & (column.codes < len(column.levels))
    )
    if known.shape != is_outside.shape:
        return [f"column {name} needs {is_outside.size} rows, got {known.size}"]
    return [] if known[~is_outside].all() else [f"column {name} has missing values"]
