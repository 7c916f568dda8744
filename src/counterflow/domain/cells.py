"""Cells of a table as numbers or text, however the table keeps them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Float, Int, Num

from counterflow.domain.columns import Categorical, Column, Numeric
from counterflow.domain.section import level_name
from counterflow.domain.tables import Table, text_of

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


@dataclass(frozen=True, eq=False)
class Cells:
    """What a table says about one thing, in each row of choice data.

    Parameters
    ----------
    content
        Numbers, NaN where a cell is empty; or text by code, -1 where a cell is empty.
    columns
        Columns of the table in which the cells stand: one where a row of the table is a row of
        choice data, else one for each alternative of a row, in turn.
    is_category
        Whether the table itself says that the text stands for categories.
    has_order
        Whether it also says in which order.
    """

    content: Column
    columns: tuple[str, ...]
    is_category: bool = False
    has_order: bool = False

    def __len__(self) -> int:
        return len(_entries(self.content))

    @cached_property
    def numbers(self) -> Float[np.ndarray, " rows"]:
        """Return the cells as numbers: NaN where a cell is empty or not a number."""
        if isinstance(self.content, Numeric):
            return self.content.values
        of_level = np.array([*map(number_in, self.content.levels), np.nan])
        return of_level[self.content.codes]

    @cached_property
    def labels(self) -> Categorical:
        """Return the cells as text by code, in order of appearance if they were numbers."""
        if isinstance(self.content, Categorical):
            return self.content
        found, first, codes = np.unique(
            self.content.values, return_index=True, return_inverse=True, equal_nan=True
        )
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return _merged(rank[codes], [text_of(value) for value in found[order].tolist()])

    def text(self, row: int | np.integer) -> str | None:
        """Return what stands in a cell; None if it is empty."""
        if isinstance(self.content, Numeric):
            return text_of(float(self.content.values[row]))
        code = self.content.codes[row]
        return None if code < 0 else self.content.levels[code]

    def repeated(self, n: int) -> Cells:
        """Return the cells of a row of the table for each of its `n` alternatives."""
        entries = np.repeat(_entries(self.content), n)
        return Cells(_with_entries(self.content, entries), self.columns * n)


def unreadable(table: Table, name: str) -> str | None:
    """Return the type of a column that holds neither numbers nor text; None if it can be read."""
    series = table.frame.get_column(name)
    dtype = series.dtype
    is_text = dtype in (nw.String, nw.Categorical, nw.Enum, nw.Object)
    if dtype.is_numeric() or dtype == nw.Boolean or is_text or series.is_null().all():
        return None
    return str(dtype)


def read_cells(table: Table, name: str) -> Cells:
    """Return a column that can be read: numbers as numbers, and text as text.

    Examples
    --------
    >>> table = Table.of({"price": [9, 7], "trim": ["plus", None]})
    >>> read_cells(table, "price").content
    Numeric(values=array([9., 7.]))
    >>> read_cells(table, "trim").content
    Categorical(codes=array([ 0, -1], dtype=int32), levels=('plus',))
    """
    series = table.frame.get_column(name)
    if series.dtype.is_numeric() or series.dtype == nw.Boolean:
        values = series.to_arrow().cast("float64", safe=False).to_numpy(zero_copy_only=False)
        return Cells(Numeric(values), (name,))
    return read_labels(table, name)


def read_labels(table: Table, name: str) -> Cells:
    """Return a column that can be read as text by code, exact for whole numbers of any length."""
    series = table.frame.get_column(name)
    dtype = series.dtype
    if series.is_null().all():
        return Cells(Categorical(np.full(len(series), -1, dtype=np.int32), ()), (name,))
    if dtype == nw.Object:
        return Cells(_encoded(_as_text(series)), (name,))
    labels = _encoded(series)
    if isinstance(dtype, nw.Enum):
        labels = _in_order(labels, tuple(str(text_of(x)) for x in dtype.categories))
    is_category = dtype in (nw.Categorical, nw.Enum)
    return Cells(labels, (name,), is_category=is_category, has_order=isinstance(dtype, nw.Enum))


def side_by_side(columns: Sequence[Cells]) -> Cells:
    """Return the cells of several columns, one for each alternative, row after row."""
    names = tuple(name for cells in columns for name in cells.columns)
    if all(isinstance(cells.content, Numeric) for cells in columns):
        values = np.column_stack([cells.numbers for cells in columns])
        return Cells(Numeric(values.ravel()), names)
    levels = dict.fromkeys(level for cells in columns for level in cells.labels.levels)
    position = {level: code for code, level in enumerate(levels)}
    codes = np.column_stack(
        [
            np.array([*(position[level] for level in cells.labels.levels), -1])[cells.labels.codes]
            for cells in columns
        ]
    )
    return Cells(Categorical(codes.ravel(), tuple(levels)), names)


def number_in(text: str) -> float:
    """Return the number that a cell of text says; NaN if it is not a plain decimal number.

    Examples
    --------
    >>> number_in("1.5e3"), number_in("1,5"), number_in("nan")
    (1500.0, nan, nan)
    """
    return float(text) if _NUMBER.fullmatch(text) else np.nan


def as_level(text: str) -> str:
    """Return the name of the level that a cell of text means: numbers in their shortest form.

    Examples
    --------
    >>> as_level("400.0"), as_level("plus")
    ('400', 'plus')
    """
    number = number_in(text)
    return text if np.isnan(number) else str(level_name(number))


def _entries(column: Column) -> Num[np.ndarray, " rows"]:
    return column.values if isinstance(column, Numeric) else column.codes


def _with_entries(column: Column, entries: np.ndarray) -> Column:
    return Numeric(entries) if isinstance(column, Numeric) else Categorical(entries, column.levels)


def _as_text(series: nw.Series[Any]) -> nw.Series[Any]:
    """Return a column of mixed Python values as text."""
    texts = [
        None if is_null else text_of(cell)
        for cell, is_null in zip(series.to_list(), series.is_null().to_list(), strict=True)
    ]
    return nw.new_series(series.name, texts, nw.String, backend="pyarrow")


def _encoded(series: nw.Series[Any]) -> Categorical:
    # Arrow finds the distinct values of millions of cells by hashing, where NumPy sorts them.
    encoded = series.to_arrow().dictionary_encode()
    codes = encoded.indices.cast("int64").fill_null(-1).to_numpy(zero_copy_only=False)
    return _merged(codes, [text_of(value) for value in encoded.dictionary.to_pylist()])


def _merged(codes: Int[np.ndarray, " rows"], texts: Sequence[str | None]) -> Categorical:
    """Return the codes of the texts that differ and are not empty."""
    levels = dict.fromkeys(text for text in texts if text is not None)
    position = {level: code for code, level in enumerate(levels)}
    new = np.array([*(-1 if x is None else position[x] for x in texts), -1], dtype=np.int32)
    return Categorical(new[codes], tuple(levels))


def _in_order(labels: Categorical, levels: tuple[str, ...]) -> Categorical:
    position = {level: code for code, level in enumerate(levels)}
    new = np.array([*(position[level] for level in labels.levels), -1], dtype=np.int32)
    return Categorical(new[labels.codes], levels)
