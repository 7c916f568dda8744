"""Choice data as tables in long form, one row an alternative: Parquet for us, CSV for people."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from counterflow.domain.choice_data import Categorical, ChoiceData, Column, Numeric
from counterflow.domain.errors import InputError, Problem

_SCHEMA = "counterflow/choice-data/1"
_KEY = b"counterflow"


def write_choice_data(data: ChoiceData, path: Path) -> None:
    """Write the data as Parquet; equal data give equal bytes.

    Columns are `respondent`, `task`, `alternative` (if it has names), `outside` (if somebody could
    choose none), `chosen`, `weight`, each attribute by its name, and what is known of respondents,
    of all or of some.
    Levels in their order and the content hash stand in the schema's metadata.
    """
    names = _LongColumns.beside([*data.columns, *data.about_respondents, *data.partly_known])
    about = {
        "schema": _SCHEMA,
        "columns": asdict(names),
        "levels": {name: _levels(column) for name, column in data.columns.items()},
        "levels_of_respondents": {
            name: _levels(column) for name, column in data.about_respondents.items()
        },
        "content_hash": data.content_hash,
    }
    if data.partly_known:
        about["partly_known"] = list(data.partly_known)
    metadata = {_KEY: json.dumps(about, sort_keys=True, ensure_ascii=False).encode()}
    table = _long_table(data, names).replace_schema_metadata(metadata)
    pq.write_table(table, path, compression="zstd")


def read_choice_data(path: Path) -> ChoiceData:
    """Return the data that `write_choice_data` wrote; InputError if it did not, or not this."""
    try:
        table = pq.read_table(path, partitioning=None)
        about = json.loads((table.schema.metadata or {})[_KEY])
        if about["schema"] != _SCHEMA:
            raise ValueError(f"schema {about['schema']!r}")
        data = _from_long_table(
            table,
            _LongColumns(**about["columns"]),
            about["levels"],
            about.get("levels_of_respondents", {}),
            about.get("partly_known", []),
        )
        if data.content_hash != about["content_hash"]:
            raise ValueError("rows that were changed after they were written")
        return data
    except (pa.ArrowException, KeyError, TypeError, ValueError, IndexError, OSError) as error:
        problem = Problem(
            expected=f"choice data as Counterflow writes them ({_SCHEMA})",
            found=f"{type(error).__name__}: {error}",
            where=str(path),
            advice="Make them again, or read any other table with ChoiceData.from_long.",
        )
        raise InputError([problem]) from error


def write_long_csv(data: ChoiceData, path: Path) -> None:
    """Write the data as CSV in the columns of `write_choice_data`; empty where nothing applies.

    `ChoiceData.from_long` reads it back to the same content hash where the attributes and their
    levels are given: text alone does not say which levels were never shown, or in which order.
    What is known of some respondents only has empty cells, and is not read back.
    """
    names = _LongColumns.beside([*data.columns, *data.about_respondents, *data.partly_known])
    table = _long_table(data, names)
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
        elif pa.types.is_boolean(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.int8()))
    pyarrow.csv.write_csv(table, path)


@dataclass(frozen=True)
class _LongColumns:
    """What the columns beside the attributes are called."""

    respondent: str
    task: str
    alternative: str
    outside: str
    chosen: str
    weight: str

    @classmethod
    def beside(cls, attributes: Iterable[str]) -> _LongColumns:
        """Return the usual names, with underscores where an attribute has that name."""
        return cls(**{name: _free(name, set(attributes)) for name in cls.__dataclass_fields__})


def _free(name: str, taken: set[str]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)


def _long_table(data: ChoiceData, names: _LongColumns) -> Any:
    sizes = np.diff(data.task_starts)
    respondent = np.repeat(np.arange(data.n_respondents), np.diff(data.respondent_starts))
    is_chosen = np.zeros(data.n_rows, dtype=bool)
    is_chosen[data.chosen_rows] = True
    everywhere = np.zeros(data.n_rows, dtype=bool)
    columns = {
        names.respondent: _labels(np.repeat(respondent, sizes), data.respondent_ids, everywhere),
        names.task: _labels(
            np.repeat(data.task_ids.codes, sizes), data.task_ids.levels, everywhere
        ),
    }
    if (alternatives := data.alternative_names) is not None:
        columns[names.alternative] = _labels(alternatives.codes, alternatives.levels, everywhere)
    if data.has_outside:
        columns[names.outside] = pa.array(data.is_outside)
    columns[names.chosen] = pa.array(is_chosen)
    columns[names.weight] = pa.array(np.repeat(data.weights[respondent], sizes))
    for name, column in data.columns.items():
        columns[name] = _array(column, data.is_outside)
    of_row = np.repeat(respondent, sizes)
    for name, column in data.about_respondents.items():
        columns[name] = _array(column.take(of_row), everywhere)
    for name, numbers in data.partly_known.items():
        values = numbers.take(of_row)
        columns[name] = _array(values, np.isnan(values.values))
    return pa.table(columns)


def _array(column: Column, is_empty: np.ndarray) -> Any:
    if isinstance(column, Numeric):
        return pa.array(column.values.astype(float), mask=is_empty)
    return _labels(column.codes, column.levels, is_empty)


def _labels(codes: np.ndarray, levels: tuple[str, ...], is_empty: np.ndarray) -> Any:
    indices = pa.array(codes.astype(np.int32), mask=is_empty)
    return pa.DictionaryArray.from_arrays(indices, pa.array(levels, pa.string()))


def _levels(column: Column) -> list[str] | None:
    return list(column.levels) if isinstance(column, Categorical) else None


def _from_long_table(
    table: Any,
    names: _LongColumns,
    levels: dict[str, list[str] | None],
    levels_of_respondents: dict[str, list[str] | None],
    partly_known: list[str],
) -> ChoiceData:
    respondents, tasks = _codes(table, names.respondent), _codes(table, names.task)
    has = set(table.column_names)
    new_respondent = _changes(respondents.codes)
    new_task = new_respondent | _changes(tasks.codes)
    task_starts = _starts(new_task)
    first_rows = np.flatnonzero(new_respondent)
    return ChoiceData(
        columns=_columns(table, levels),
        is_outside=_flags(table, names.outside)
        if names.outside in has
        else np.zeros(table.num_rows, dtype=bool),
        task_starts=task_starts,
        respondent_starts=np.searchsorted(task_starts, _starts(new_respondent)),
        chosen_rows=np.flatnonzero(_flags(table, names.chosen)),
        respondent_ids=tuple(respondents.levels[code] for code in respondents.codes[first_rows]),
        task_ids=Categorical(tasks.codes[task_starts[:-1]], tasks.levels),
        alternative_names=_codes(table, names.alternative) if names.alternative in has else None,
        weights=_numbers(table, names.weight).values[first_rows],
        about_respondents={
            name: column.take(first_rows)
            for name, column in _columns(table, levels_of_respondents).items()
        },
        partly_known={name: _numbers(table, name).take(first_rows) for name in partly_known},
    )


def _columns(table: Any, levels: dict[str, list[str] | None]) -> dict[str, Column]:
    return {
        name: _numbers(table, name) if levels[name] is None else _codes(table, name, levels[name])
        for name in table.column_names
        if name in levels
    }


def _changes(codes: np.ndarray) -> np.ndarray:
    """Return whether each entry differs from the one before; the first does."""
    return np.append(True, codes[1:] != codes[:-1])[: len(codes)]


def _starts(is_new: np.ndarray) -> np.ndarray:
    return np.append(np.flatnonzero(is_new), len(is_new))


def _numbers(table: Any, name: str) -> Numeric:
    values = table.column(name).cast(pa.float64()).to_numpy()
    return Numeric(np.array(values))


def _flags(table: Any, name: str) -> np.ndarray:
    return np.array(table.column(name).cast(pa.bool_()).to_numpy())


def _codes(table: Any, name: str, levels: list[str] | None = None) -> Categorical:
    """Return a column of text as codes; in order of appearance where `levels` are not given."""
    encoded = table.column(name).combine_chunks().dictionary_encode()
    found = encoded.dictionary.to_pylist()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32)
    if levels is None:
        return Categorical(codes, tuple(found))
    position = np.array([*(levels.index(level) for level in found), -1], dtype=np.int32)
    return Categorical(position[codes], tuple(levels))
