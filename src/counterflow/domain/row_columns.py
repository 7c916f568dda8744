"""Columns of choice data as utility sees them: one value for each alternative of each task."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.columns import Categorical, Column, Numeric

ALTERNATIVE = "alternative"
"""Called so in utility: the name of the alternative."""
IS_OUTSIDE = "is_outside"
"""Called so in utility: 1 for the outside option, else 0."""


class RowColumns:
    """What is known of some rows: attributes, what describes the respondent, and the alternative.

    Attributes are missing (NaN, code -1) in rows of the outside option.

    Examples
    --------
    >>> table = {"who": [1, 1], "took": [1, 0], "price": [9, 7], "age": [30, 30]}
    >>> data = ChoiceData.from_long(
    ...     table, respondent="who", chosen="took", attributes=["price"], about_respondent=["age"]
    ... )
    >>> RowColumns(data)["age"]
    Numeric(values=array([30., 30.]))
    """

    def __init__(self, data: ChoiceData, rows: Int[np.ndarray, " rows"] | None = None) -> None:
        self.data = data
        self._rows = rows
        self._found: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        """Return a column; KeyError if there is none of that name."""
        if name not in self._found:
            self._found[name] = self._column(name)
        return self._found[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Return what columns there are."""
        return column_names(self.data)

    @cached_property
    def is_outside(self) -> Bool[np.ndarray, " rows"]:
        """Return which rows stand for the outside option."""
        return self._of_rows(self.data.is_outside)

    def where(self, row: int) -> str:
        """Return in words which alternative a row is."""
        data = self.data
        row = row if self._rows is None else int(self._rows[row])
        task = int(np.searchsorted(data.task_starts, row, side="right")) - 1
        person = int(np.searchsorted(data.respondent_starts, task, side="right")) - 1
        number = row - int(data.task_starts[task]) + 1
        name = data.task_ids.levels[data.task_ids.codes[task]]
        return (
            f'alternative {number} of task "{name}" of respondent "{data.respondent_ids[person]}"'
        )

    def _column(self, name: str) -> Column:
        data = self.data
        if name in data.columns:
            return self._attribute(data.columns[name])
        if name in data.about_respondents:
            return data.about_respondents[name].take(self._person_of_row)
        if name == ALTERNATIVE and data.alternative_names is not None:
            names = data.alternative_names
            return Categorical(self._of_rows(names.codes), names.levels)
        if name == IS_OUTSIDE:
            return Numeric(self.is_outside.astype(float))
        raise KeyError(name)

    def _attribute(self, column: Column) -> Column:
        if isinstance(column, Numeric):
            values = self._of_rows(column.values)
            return Numeric(
                np.where(self.is_outside, np.nan, values) if self._has_outside else values
            )
        codes = self._of_rows(column.codes)
        held = np.where(self.is_outside, -1, codes) if self._has_outside else codes
        return Categorical(held, column.levels)

    @cached_property
    def _has_outside(self) -> bool:
        return bool(self.is_outside.any())

    @cached_property
    def _person_of_row(self) -> Int[np.ndarray, " rows"]:
        rows_of_person = np.diff(self.data.task_starts[self.data.respondent_starts])
        person = np.repeat(np.arange(self.data.n_respondents, dtype=np.int32), rows_of_person)
        return self._of_rows(person)

    def _of_rows(self, values: np.ndarray) -> np.ndarray:
        return values if self._rows is None else values[self._rows]


def column_names(data: ChoiceData) -> tuple[str, ...]:
    """Return the names that utility may use.

    An attribute that is called like one of ours hides it.
    """
    ours = [IS_OUTSIDE] if data.alternative_names is None else [ALTERNATIVE, IS_OUTSIDE]
    return tuple(dict.fromkeys([*data.columns, *data.about_respondents, *ours]))


def column_levels(data: ChoiceData, name: str) -> tuple[str, ...] | None:
    """Return the levels of a column; None if it holds numbers. KeyError if there is none."""
    if name in data.columns:
        column: Column | None = data.columns[name]
    elif name in data.about_respondents:
        column = data.about_respondents[name]
    elif name == ALTERNATIVE:
        column = data.alternative_names
    elif name == IS_OUTSIDE:
        return None
    else:
        raise KeyError(name)
    return column.levels if isinstance(column, Categorical) else None


def distinct_numbers(column: Numeric) -> Float[np.ndarray, " levels"]:
    """Return the numbers that occur in a column, in ascending order."""
    found = np.unique(column.values)
    return found[~np.isnan(found)]
