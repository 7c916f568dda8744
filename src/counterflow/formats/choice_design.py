"""Choice designs as tables, a row an alternative: Parquet for us, CSV for whoever fields them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from jaxtyping import Int16

from counterflow.domain.choice_design import NOT_SHOWN, ChoiceDesign
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import quoted
from counterflow.domain.tables import Table, open_table, text_of

MAIN = "design.parquet"
SHEET = "design.csv"
VERSION, TASK, ALTERNATIVE = PLACES = ("version", "task", "alternative")
"""Columns that say where a row stands: versions and tasks count from 1."""

_SCHEMA = "counterflow/choice-design/1"
_KEY = b"counterflow"
_MOST_LISTED = 20


def write_design_step(design: ChoiceDesign, folder: Path) -> None:
    """Write a design as Parquet, which reads back whole, and as CSV for people."""
    write_choice_design(design, folder / MAIN)
    write_design_csv(design, folder / SHEET)


def read_design_step(folder: Path) -> ChoiceDesign:
    """Return the design that `write_design_step` wrote."""
    return read_choice_design(folder / MAIN)


def write_choice_design(design: ChoiceDesign, path: Path) -> None:
    """Write a design as Parquet; equal designs give equal bytes.

    Columns are `version`, `task` and `alternative`, and each attribute by its name, empty where it
    is not shown. Levels in their order, alternatives, the outside option, provenance and the
    content hash stand in the schema's metadata.
    """
    about = {
        "schema": _SCHEMA,
        "levels": [[name, list(levels)] for name, levels in design.levels.items()],
        "alternatives": list(design.alternatives),
        "has_outside": design.has_outside,
        "provenance": dict(design.provenance),
        "content_hash": design.content_hash,
    }
    metadata = {_KEY: json.dumps(about, sort_keys=True, ensure_ascii=False).encode()}
    pq.write_table(_table(design).replace_schema_metadata(metadata), path, compression="zstd")


def write_design_csv(design: ChoiceDesign, path: Path) -> None:
    """Write the columns of `write_choice_design` as CSV, for other survey tools and people."""
    table = _table(design)
    for i, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            table = table.set_column(i, column.name, table.column(i).cast(pa.string()))
    pyarrow.csv.write_csv(table, path)


def read_choice_design(path: Path) -> ChoiceDesign:
    """Return the design that `write_choice_design` wrote; InputError if it did not, or not this."""
    try:
        table = pq.read_table(path, partitioning=None)
        about = json.loads((table.schema.metadata or {})[_KEY])
        if about["schema"] != _SCHEMA:
            raise ValueError(f"schema {about['schema']!r}")
        design = import_design(
            Table.of(table, where=str(path)),
            levels={name: tuple(levels) for name, levels in about["levels"]},
            has_outside=about["has_outside"],
            alternatives=about["alternatives"],
            provenance=about["provenance"],
        )
        if design.content_hash != about["content_hash"]:
            raise ValueError("rows that were changed after they were written")
        return design
    except (pa.ArrowException, KeyError, TypeError, ValueError, OSError) as error:
        problem = Problem(
            expected=f"a choice design as Counterflow writes it ({_SCHEMA})",
            found=f"{type(error).__name__}: {error}",
            where=str(path),
            advice="Make it again, or read any other table with import_design.",
        )
        raise InputError([problem]) from error


def import_design(
    source: object,
    *,
    levels: Mapping[str, Sequence[str]],
    has_outside: bool,
    alternatives: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> ChoiceDesign:
    """Return the design in a table with a row for each alternative of each task of each version.

    Parameters
    ----------
    source
        A dataframe, a mapping of columns, or the path of a CSV, TSV, Parquet or Arrow file, for
        instance one that another design tool wrote.
    levels
        The levels of each attribute, in the order in which the design is to have them. A cell is
        the name of a level, or empty where the attribute is not shown.
    has_outside
        Whether respondents may also choose none; tables of designs do not say.
    alternatives
        What the alternatives are called, in order; those of the first task if left out.
    columns
        What the table calls `version`, `task`, `alternative` or an attribute, where not by that
        name. Without a column of versions there is one.
    provenance
        Where the design comes from.

    Raises
    ------
    InputError
        With everything that is wrong: columns that are missing, levels that are unknown, by row,
        and tasks that are not whole.

    Examples
    --------
    >>> table = {"task": [1, 1, 2, 2], "alternative": [1, 2, 1, 2], "trim": ["a", "b", "b", "a"]}
    >>> design = import_design(table, levels={"trim": ["a", "b"]}, has_outside=True)
    >>> design.codes.tolist()
    [[[[0], [1]], [[1], [0]]]]
    """
    table = open_table(source)
    named = {name: (columns or {}).get(name, name) for name in (*PLACES, *levels)}
    _refuse(list(_missing_columns(table, named)))
    cells = {
        name: _cells(table, column) for name, column in named.items() if column in table.columns
    }
    places = _Places.of(cells, alternatives)
    problems = [*_unknown_levels(table, named, cells, levels), *places.problems(table)]
    _refuse(problems)
    codes = np.full((*places.shape, len(levels)), NOT_SHOWN, dtype=np.int16)
    at = tuple(places.index[name] for name in PLACES)
    for a, (name, known) in enumerate(levels.items()):
        codes[at[0], at[1], at[2], a] = _codes(cells[name], known)
    return ChoiceDesign(
        levels={name: tuple(known) for name, known in levels.items()},
        codes=codes,
        alternatives=places.names[ALTERNATIVE],
        has_outside=has_outside,
        provenance=dict(provenance or {"method": "imported", "from": table.where}),
    )


@dataclass(frozen=True, eq=False)
class _Places:
    """Which version, task and alternative each row is about."""

    names: Mapping[str, tuple[str, ...]]
    index: Mapping[str, np.ndarray]

    @classmethod
    def of(
        cls, cells: Mapping[str, list[str | None]], alternatives: Sequence[str] | None
    ) -> _Places:
        names, index = {}, {}
        for place in PLACES:
            found = cells.get(place) or ["1"] * len(cells[TASK])
            given = alternatives if place == ALTERNATIVE and alternatives is not None else ()
            known = dict.fromkeys([*map(str, given), *(cell or "" for cell in found)])
            position = {name: i for i, name in enumerate(known)}
            names[place] = tuple(known)
            index[place] = np.array([position[cell or ""] for cell in found], dtype=np.int64)
        return cls(names, index)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return V, T and J."""
        v, t, j = (len(self.names[place]) for place in PLACES)
        return v, t, j

    def problems(self, table: Table) -> Iterator[Problem]:
        """Yield places that are empty, filled twice or not filled."""
        if not len(self.index[TASK]):
            yield Problem("rows", "none", where=table.where)
            return
        for place in PLACES:
            if "" in self.names[place]:
                yield Problem("a name in every row", "an empty cell", table.where, key=place)
        counts = np.zeros(self.shape, dtype=np.int64)
        np.add.at(counts, tuple(self.index[place] for place in PLACES), 1)
        wrong = np.argwhere(counts != 1)
        for v, t, j in wrong[:_MOST_LISTED]:
            where = ", ".join(
                f"{place} {self.names[place][i]}"
                for place, i in zip(PLACES, (v, t, j), strict=True)
            )
            found = "none" if counts[v, t, j] == 0 else f"{counts[v, t, j]}"
            yield Problem("one row", found, where=table.where, key=where)
        if len(wrong) > _MOST_LISTED:
            found = f"{len(wrong) - _MOST_LISTED} more like these"
            yield Problem("each version with the same tasks, each task whole", found, table.where)


def _table(design: ChoiceDesign) -> Any:
    v, t, j, _ = design.codes.shape
    version, task, alternative = (x.ravel() for x in np.indices((v, t, j), dtype=np.int32))
    columns = {
        VERSION: pa.array(version + 1),
        TASK: pa.array(task + 1),
        ALTERNATIVE: _labels(alternative, design.alternatives),
    }
    taken = set(PLACES) & design.levels.keys()
    if taken:
        expected = "attributes of other names than version, task and alternative"
        raise InputError([Problem(expected, ", ".join(sorted(taken)), key="attributes")])
    for a, (name, levels) in enumerate(design.levels.items()):
        columns[name] = _labels(design.codes[..., a].ravel(), levels)
    return pa.table(columns)


def _labels(codes: Int16[np.ndarray, " n"] | np.ndarray, levels: Sequence[str]) -> Any:
    indices = pa.array(codes.astype(np.int32), mask=codes == NOT_SHOWN)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(levels), pa.string()))


def _missing_columns(table: Table, named: Mapping[str, str]) -> Iterator[Problem]:
    for name, column in named.items():
        if column not in table.columns and name != VERSION:
            found = ", ".join(table.columns)
            yield Problem(f"a column {quoted(column)}", found, where=table.where)


def _cells(table: Table, column: str) -> list[str | None]:
    return [text_of(cell) for cell in table.frame[column].to_list()]


def _unknown_levels(
    table: Table,
    named: Mapping[str, str],
    cells: Mapping[str, list[str | None]],
    levels: Mapping[str, Sequence[str]],
) -> Iterator[Problem]:
    for name, known in levels.items():
        wrong = [i for i, cell in enumerate(cells[name]) if cell is not None and cell not in known]
        rows = table.places(np.array(wrong[:_MOST_LISTED], dtype=np.int64))
        for i, row in zip(wrong, rows.tolist(), strict=False):
            yield Problem(
                expected=f"a level of {name}, one of {', '.join(known)}",
                found=quoted(str(cells[name][i])),
                where=table.where,
                line=int(row),
                key=named[name],
            )
        if len(wrong) > _MOST_LISTED:
            found = f"{len(wrong) - _MOST_LISTED} more like these"
            yield Problem(f"levels of {name}", found, table.where, key=named[name])


def _codes(cells: list[str | None], known: Sequence[str]) -> Int16[np.ndarray, " n"]:
    position = {level: i for i, level in enumerate(known)}
    return np.array(
        [NOT_SHOWN if cell is None else position[cell] for cell in cells], dtype=np.int16
    )


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InputError(problems)
