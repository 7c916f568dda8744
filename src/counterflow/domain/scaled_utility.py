"""Utility whose scale differs between groups of people: some choose more at random than others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from counterflow.domain.cells import as_level
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.columns import Categorical
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import did_you_mean, one_of, quoted
from counterflow.domain.row_columns import RowColumns, column_names, distinct_numbers
from counterflow.domain.utility_protocol import Utility, bends_of, linearised_at, start_of


@dataclass(frozen=True, kw_only=True)
class ScaledBy:
    """A utility, specified like any, times a scale for each group of people.

    Parameters
    ----------
    utility
        What is scaled: anything that a model takes as its utility.
    group
        The column that says the group: a column of respondents, or an attribute that is the same
        for all alternatives of a task.
    reference
        The group whose scale is 1; the first if None.
    all_free
        Whether even the reference has a scale to estimate, where a fixed coefficient sets the unit.

    Examples
    --------
    >>> ScaledBy(utility="price + range", group="survey").group
    'survey'
    """

    utility: Any
    group: str
    reference: str | None = None
    all_free: bool = False


@dataclass(frozen=True)
class ScaledUtility:
    """Utility times exp(log_scale[g]) for the people of group g.

    Parameters are those of the utility that is scaled, and a `log_scale[g]` for each group but the
    reference.
    """

    scaled: Utility
    group: str
    levels: tuple[str, ...]
    reference: str | None

    @classmethod
    def of(cls, specification: ScaledBy, scaled: Utility, data: ChoiceData) -> ScaledUtility:
        """Return the utility with the groups of `data`; InputError if there are none to tell."""
        group, names = specification.group, column_names(data)
        if group not in names:
            raise _wrong("group", one_of(names), quoted(group), did_you_mean(group, names))
        column = RowColumns(data)[group]
        if isinstance(column, Categorical):
            levels = tuple(
                column.levels[code] for code in np.unique(column.codes[column.codes >= 0])
            )
        else:
            levels = tuple(as_level(repr(x)) for x in distinct_numbers(column).tolist())
        if len(levels) < 2:
            raise _wrong("group", "a column of two groups or more", one_of(levels))
        reference = specification.reference if specification.reference is not None else levels[0]
        if reference not in levels:
            raise _wrong("reference", one_of(levels), quoted(reference))
        return cls(scaled, group, levels, None if specification.all_free else reference)

    @cached_property
    def free_levels(self) -> tuple[str, ...]:
        """Return the groups that have a scale to estimate."""
        return tuple(level for level in self.levels if level != self.reference)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter; those of scales come last."""
        return (*self.scaled.labels, *(f"log_scale[{level}]" for level in self.free_levels))

    @property
    def is_linear(self) -> bool:
        """Return False: a scale multiplies coefficients."""
        return False

    @property
    def start(self) -> Float[np.ndarray, " P"]:
        """Return where to start estimating: all groups alike."""
        return np.append(start_of(self.scaled), np.zeros(len(self.free_levels)))

    def design(self, data: ChoiceData) -> Float[np.ndarray, "rows K"]:
        """Raise InputError: no design says it all."""
        expected = "utility that is linear in parameters, for this model"
        raise _wrong("group", expected, f"scales by {self.group}", "Use a MultinomialLogit.")

    def linearised(
        self, data: ChoiceData, theta: Float[np.ndarray, " P"]
    ) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, "rows P"]]:
        """Return utilities at `theta`, and their derivatives in each parameter."""
        n, free = len(self.scaled.labels), len(self.free_levels)
        position = self._positions(data)
        inner, slopes = linearised_at(self.scaled, data, np.asarray(theta, dtype=float)[:n])
        scale = self.scales(data, theta)
        utilities = scale * inner
        of_scales = np.where(position[:, None] == np.arange(free), utilities[:, None], 0.0)
        return utilities, np.concatenate([scale[:, None] * slopes, of_scales], axis=1)

    def bends(self, data: ChoiceData) -> Float[np.ndarray, "P P"]:
        """Return `bends_of` the scaled utility; scales do not add to them."""
        n = len(self.labels) - len(self.scaled.labels)
        return np.pad(bends_of(self.scaled, data), (0, n))

    def scales(
        self, data: ChoiceData, theta: Float[np.ndarray, " P"]
    ) -> Float[np.ndarray, " rows"]:
        """Return the scale of each row's group at `theta`."""
        free = np.asarray(theta, dtype=float)[len(self.scaled.labels) :]
        return np.exp(np.append(free, 0.0))[self._positions(data)]

    def to_dict(self) -> dict[str, Any]:
        """Return what is not of the scaled utility as plain values."""
        return {"group": self.group, "levels": list(self.levels), "reference": self.reference}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], scaled: Utility) -> ScaledUtility:
        """Return the utility of which `to_dict` gave these values."""
        return cls(scaled, raw["group"], tuple(raw["levels"]), raw["reference"])

    def _positions(self, data: ChoiceData) -> Int[np.ndarray, " rows"]:
        """Return which free scale each row has; -1 for the reference, whose scale is 1."""
        if self.group not in column_names(data):
            raise _wrong("group", f"a column {quoted(self.group)}", "none of that name")
        column = RowColumns(data)[self.group]
        if isinstance(column, Categorical):
            names, codes = column.levels, np.asarray(column.codes, dtype=np.int64)
        else:
            numbers = distinct_numbers(column)
            names = tuple(as_level(repr(x)) for x in numbers.tolist())
            codes = np.searchsorted(numbers, column.values)
            codes[np.isnan(column.values)] = -1
        codes = _as_in_task(codes, data)
        used = [names[code] for code in np.unique(codes)]
        if unknown := [name for name in used if name not in self.levels]:
            raise _wrong("group", f"groups among {one_of(self.levels)}", one_of(unknown))
        free = list(self.free_levels)
        position = np.array([free.index(name) if name in free else -1 for name in names])
        return position[codes]


def _as_in_task(codes: np.ndarray, data: ChoiceData) -> Int[np.ndarray, " rows"]:
    """Return the group of each row, of which all in a task must be; that of products if outside."""
    starts = data.task_starts[:-1]
    group = np.maximum.reduceat(codes, starts)
    each = np.repeat(group, np.diff(data.task_starts))
    if (is_off := (codes != each) & (codes >= 0)).any():
        where = RowColumns(data).where(int(np.argmax(is_off)))
        raise _wrong("group", "one group for all alternatives of a task", f"others in {where}")
    return each


def _wrong(what: str, expected: str, found: str, advice: str = "") -> InputError:
    return InputError([Problem(expected, found, "utility", key=what, advice=advice)])
