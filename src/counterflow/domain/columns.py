"""Columns of choice data: numbers in one unit, or levels by code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True, eq=False)
class Numeric:
    """A column of numbers in one unit; NaN only in rows of the outside option."""

    values: Float[np.ndarray, " rows"]

    def take(self, rows: Int[np.ndarray, " taken"]) -> Numeric:
        """Return the column of some rows, in their order."""
        return Numeric(self.values[rows])


@dataclass(frozen=True, eq=False)
class Categorical:
    """A column of levels: `codes` index `levels`; -1 only in rows of the outside option.

    The order of an attribute's levels is part of it: the first is the base of a plain coding.

    Examples
    --------
    >>> Categorical(np.array([1, 0, 1]), ("plus", "max")).names()
    ('max', 'plus', 'max')
    """

    codes: Int[np.ndarray, " rows"]
    levels: tuple[str, ...]

    def take(self, rows: Int[np.ndarray, " taken"]) -> Categorical:
        """Return the column of some rows, in their order."""
        return Categorical(self.codes[rows], self.levels)

    def names(self) -> tuple[str, ...]:
        """Return the level of each row; empty text where there is none."""
        return tuple(np.array([*self.levels, ""], dtype=object)[self.codes])


Column = Numeric | Categorical


def coded(codes: Int[np.ndarray, " rows"], levels: tuple[str, ...]) -> Categorical:
    """Return the column with its codes in the narrowest integers that hold them.

    Examples
    --------
    >>> coded(np.array([1, 0, -1]), ("plus", "max")).codes.dtype
    dtype('int8')
    """
    return Categorical(codes.astype(np.min_scalar_type(-len(levels) - 1)), levels)


def numbered_within(sizes: Int[np.ndarray, " runs"]) -> Categorical:
    """Return names "1", "2", ... for the entries of each run of `sizes` entries.

    Examples
    --------
    >>> numbered_within(np.array([2, 3])).names()
    ('1', '2', '1', '2', '3')
    """
    starts = np.cumsum(sizes) - sizes
    codes = np.arange(sizes.sum()) - np.repeat(starts, sizes)
    return coded(codes, tuple(str(i + 1) for i in range(sizes.max(initial=0))))
