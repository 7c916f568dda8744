"""MaxDiff designs as tables, a row an item of a set: CSV or Parquet, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.maxdiff_design import MaxDiffDesign
from counterflow.domain.mismatch import quoted
from counterflow.domain.tables import open_table, text_of

_COLUMNS = ("version", "set", "position", "item")


def write_maxdiff_design(design: MaxDiffDesign, path: Path) -> None:
    """Write columns `version`, `set`, `position` (from 1) and `item`, as .csv or .parquet."""
    version, number, position = (x.ravel() + 1 for x in np.indices(design.codes.shape))
    table = pa.table(
        {
            "version": version,
            "set": number,
            "position": position,
            "item": [design.items[code] for code in design.codes.ravel().tolist()],
        }
    )
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    elif path.suffix == ".parquet":
        pq.write_table(table, path, compression="zstd")
    else:
        expected = "a file that ends in .csv or .parquet"
        raise InputError([Problem(expected, path.suffix or "no ending", where=str(path))])


def import_maxdiff_design(source: object, *, items: Sequence[str] = ()) -> MaxDiffDesign:
    """Return the design in a table with the columns of `write_maxdiff_design`.

    `items` gives their order; that in which the table first shows them if left out.

    Raises
    ------
    InputError
        With columns that are missing, items that are unknown, and sets that are not whole.

    Examples
    --------
    >>> table = {"version": [1, 1], "set": [1, 1], "position": [1, 2], "item": ["range", "price"]}
    >>> import_maxdiff_design(table).shown(0, 0)
    ('range', 'price')
    """
    table = open_table(source)
    missing = [column for column in _COLUMNS if column not in table.columns]
    if missing:
        listed, found = ", ".join(map(quoted, missing)), ", ".join(table.columns)
        raise InputError([Problem(f"the columns {listed}", found, where=table.where)])
    cells = {name: [text_of(x) or "" for x in table.frame[name].to_list()] for name in _COLUMNS}
    known = list(items) or list(dict.fromkeys(cells["item"]))
    at = [_numbered(cells[name]) for name in _COLUMNS[:3]]
    shape = tuple(int(place.max(initial=-1)) + 1 for place in at)
    problems = [
        Problem(f"an item, one of {', '.join(known)}", quoted(item), where=table.where)
        for item in dict.fromkeys(cells["item"])
        if item not in known
    ]
    counts = np.zeros(shape, dtype=np.int64)
    np.add.at(counts, tuple(at), 1)
    if not table.n_rows or (counts != 1).any():
        problems.append(
            Problem(
                expected="one row for each position of each set of each version",
                found=f"{int((counts != 1).sum())} missing or more than once"
                if table.n_rows
                else "no rows",
                where=table.where,
            )
        )
    if problems:
        raise InputError(problems)
    codes = np.empty(shape, dtype=np.int16)
    codes[at[0], at[1], at[2]] = [known.index(item) for item in cells["item"]]
    try:
        return MaxDiffDesign(items=tuple(known), codes=codes, provenance={"from": table.where})
    except ValueError as error:
        raise InputError([Problem("sets of different items", str(error), table.where)]) from error


def _numbered(names: Sequence[str]) -> np.ndarray:
    position = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return np.array([position[name] for name in names], dtype=np.int64)
