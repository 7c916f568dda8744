"""A table as somebody keeps it: named columns, what to call it, and where each row stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Int

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import one_of, quoted

READERS = "counterflow.tables"
"""Entry points that read a table file: named by the file's suffix, called with its path."""


@dataclass(frozen=True, eq=False)
class Table:
    """The columns of a source, and the words in which a person speaks of it.

    `where` is the name of the file or argument. `lines` says at which line of a text file rows
    stand that are numbered from 0; without it rows are counted from 1.

    Examples
    --------
    >>> Table.of({"price": [9, 7], "trim": ["plus", None]}).columns
    ('price', 'trim')
    """

    frame: nw.DataFrame[Any]
    where: str = "source"
    lines: Callable[[Int[np.ndarray, " n"]], Int[np.ndarray, " n"]] | None = None

    @classmethod
    def of(
        cls,
        source: Any,
        *,
        where: str = "source",
        lines: Callable[[Int[np.ndarray, " n"]], Int[np.ndarray, " n"]] | None = None,
    ) -> Table:
        """Return the table in any dataframe that narwhals knows, or in a mapping of columns.

        Raises
        ------
        InputError
            If it is neither, or if columns differ in length or share a name.
        """
        if isinstance(source, Mapping):
            return cls(_from_columns(source, where), where, lines)
        try:
            frame = nw.from_native(source)
        except TypeError as error:
            expected = "a dataframe, a mapping of columns, or the path of a table file"
            problem = Problem(expected, f"{type(source).__name__}", where=where)
            raise InputError([problem]) from error
        except nw.exceptions.DuplicateError as error:
            raise InputError([Problem("distinct column names", str(error), where)]) from error
        eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
        names = [str(name) for name in eager.columns]
        check_distinct(names, where)
        return cls(eager.rename(dict(zip(eager.columns, names, strict=True))), where, lines)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(self.frame.columns)

    @property
    def n_rows(self) -> int:
        """Return the number of rows."""
        return len(self.frame)

    def places(self, rows: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
        """Return where a person finds the rows: lines of a file, else rows counted from 1."""
        return rows + 1 if self.lines is None else self.lines(rows)


def open_table(source: Any) -> Table:
    """Return the table in a dataframe, in a mapping of columns, or in the file at a path.

    Files are read by the entry point of group "counterflow.tables" that is named like the file's
    suffix, so other distributions can add formats.

    Raises
    ------
    InputError
        If there is nothing to read, or no reader for it.
    """
    if isinstance(source, Table):
        return source
    if not isinstance(source, str | Path):
        return Table.of(source)
    path = Path(source)
    try:
        read = _reader(path)(path)
    except OSError as error:
        found = error.strerror or str(error)
        raise InputError([Problem("a file that can be read", found, where=str(path))]) from error
    return read if isinstance(read, Table) else Table.of(read, where=str(path))


def check_distinct(names: Iterable[str], where: str, *, line: int | None = None) -> None:
    """Raise InputError if two columns have one name."""
    seen = list(names)
    twice = dict.fromkeys(name for name in seen if seen.count(name) > 1)
    if twice:
        listed = ", ".join(map(quoted, twice))
        problem = Problem("distinct column names", f"{listed} more than once", where, line)
        raise InputError([problem])


def _reader(path: Path) -> Callable[[Path], Any]:
    known, suffix = entry_points(group=READERS), path.suffix.lower()
    for reader in known.select(name=suffix.removeprefix(".")):
        loaded: Callable[[Path], Any] = reader.load()
        return loaded
    endings = one_of(sorted({f".{reader.name}" for reader in known}))
    found = quoted(suffix) if suffix else "no ending"
    raise InputError([Problem(f"a file that ends in {endings}", found, where=str(path))])


def _from_columns(columns: Mapping[Any, Any], where: str) -> nw.DataFrame[Any]:
    check_distinct(map(str, columns), where)
    plain = {str(name): _plain(str(name), values, where) for name, values in columns.items()}
    lengths = {name: len(values) for name, values in plain.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{n} in {quoted(name)}" for name, n in lengths.items())
        raise InputError([Problem("columns of one length", found, where)])
    if not plain:
        raise InputError([Problem("columns", "none", where)])
    return nw.from_dict(plain, backend="pyarrow")


def _plain(name: str, values: Any, where: str) -> np.ndarray | list[str | None]:
    """Return numbers as an array, and anything else as text, None where there is nothing."""
    array = np.asarray(values) if hasattr(values, "__array__") else None
    if array is not None and array.ndim == 1 and array.dtype.kind in "biuf":
        return array
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InputError([Problem("a sequence of cells", type(values).__name__, where, key=name)])
    cells = list(values) if array is None else array.tolist()
    if all(isinstance(cell, float | int) and abs(cell) < 2**63 for cell in cells):
        return np.array(cells, dtype=float if any(type(c) is float for c in cells) else None)
    return [text_of(cell) for cell in cells]


def text_of(cell: Any) -> str | None:
    """Return a cell as the text that a person would write; None if it is empty.

    Examples
    --------
    >>> text_of(3.0), text_of("plus"), text_of(True), text_of(float("nan"))
    ('3', 'plus', '1', None)
    """
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool | np.bool_):
        return str(int(cell))
    if isinstance(cell, float | np.floating | Decimal):
        number = float(cell)
        if math.isnan(number):
            return None
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    return None if cell is None else str(cell)
