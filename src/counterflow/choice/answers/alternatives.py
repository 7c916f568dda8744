"""Which alternative each row is, and how much it counts where rows are added up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.domain.choice_data import Categorical, ChoiceData
from counterflow.domain.coding import OUTSIDE
from counterflow.domain.errors import LabelMismatchError


@dataclass(frozen=True, eq=False)
class Alternatives:
    """A alternatives: what each row is, and by how much its task counts."""

    names: tuple[str, ...]
    codes: Int[np.ndarray, " rows"]
    row_weights: Float[np.ndarray, " rows"]
    """Weight of the respondent of each row, as a share of that of all tasks."""

    @classmethod
    def of(cls, data: ChoiceData, by: str | None = None) -> Alternatives:
        """Return what the rows of `data` are.

        By the levels of the attribute `by` where one is given; else by the names of alternatives;
        where there are none, by position in the task: "1", "2" and so on. The outside option of
        data without names is "outside".

        Raises
        ------
        LabelMismatchError
            If there is no attribute `by`.
        ValueError
            If it is one of numbers.
        """
        column = _names(data) if by is None else _levels(data, by)
        used = np.bincount(column.codes, minlength=len(column.levels)) > 0
        codes = (np.cumsum(used) - 1)[column.codes]
        names = tuple(name for name, is_used in zip(column.levels, used, strict=True) if is_used)
        by_task = np.repeat(np.asarray(data.weights), np.diff(data.respondent_starts))
        weights = np.repeat(by_task / by_task.sum(), np.diff(data.task_starts))
        return cls(names, codes.astype(np.int64), weights)

    def __len__(self) -> int:
        """Return A."""
        return len(self.names)

    def shares(self, probabilities: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " A"]:
        """Return the weighted mean, over tasks, of the probability of each alternative."""
        counted = probabilities * self.row_weights
        return np.bincount(self.codes, weights=counted, minlength=len(self))

    def rows(self, a: int) -> Bool[np.ndarray, " rows"]:
        """Return which rows are alternative number `a`."""
        return self.codes == a


def _names(data: ChoiceData) -> Categorical:
    if data.alternative_names is not None:
        return data.alternative_names
    sizes = np.diff(data.task_starts)
    position = np.arange(data.n_rows) - np.repeat(data.task_starts[:-1], sizes)
    levels = (*(str(j + 1) for j in range(int(sizes.max()))), OUTSIDE)
    return Categorical(np.where(data.is_outside, len(levels) - 1, position), levels)


def _levels(data: ChoiceData, by: str) -> Categorical:
    if by not in data.columns:
        raise LabelMismatchError("by", expected=data.columns, found=[by])
    column = data.columns[by]
    if not isinstance(column, Categorical):
        raise ValueError(f"expected an attribute with levels to tell alternatives by, found {by}")
    levels = (*column.levels, OUTSIDE)
    return Categorical(np.where(data.is_outside, len(levels) - 1, column.codes), levels)
