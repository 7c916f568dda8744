"""Export interviews as CSV, Parquet or SPSS: by respondent or by alternative; contacts apart."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.interview import Contact, Interview
from counterflow.domain.mismatch import one_of
from counterflow.domain.programme import Programme
from counterflow.formats.field_columns import (
    FieldColumn,
    Row,
    alternative_table,
    respondent_table,
)

RowsAre = Literal["respondents", "alternatives"]
"""What a row stands for: an interview (wide), or an alternative of a choice task (long)."""

_BATCH = 2_000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_CONTACT_COLUMNS = tuple(
    FieldColumn(name=name, label=label, kind="own words")
    for name, label in (
        ("interview", "Id of the interview"),
        ("name", "Name"),
        ("region", "Region"),
        ("phone", "Phone"),
        ("email", "E-mail"),
    )
)


def export_interviews(
    programme: Programme,
    interviews: Iterable[Interview],
    path: Path,
    *,
    rows_are: RowsAre = "respondents",
) -> int:
    """Write the interviews to .csv, .parquet or .sav by the ending of `path`; return the rows.

    CSV and Parquet are written as interviews come; SPSS files are made whole in memory. Contacts,
    panel ids, devices and the ids by which an interview is opened are in none of them.

    Raises
    ------
    InputError
        If the ending is another, or SPSS files cannot be written here.
    """
    table = (
        respondent_table(programme) if rows_are == "respondents" else (alternative_table(programme))
    )
    rows = (row for interview in interviews for row in table.rows_of(interview))
    return _write(table.columns, rows, path)


def export_contacts(
    contacts: Iterable[tuple[str, Contact]], path: Path, *, with_ids: bool = False
) -> int:
    """Write who agreed to be reached, and how, to .csv, .parquet or .sav; return the rows.

    The file has no answers. `contacts` are for one purpose: `FieldStore.contacts` yields those who
    agreed to be reached, or whose contacts may go to one partner. `with_ids` adds the id of the
    interview, by which a person is forgotten; it opens the interview, and is for no partner.
    """
    start = 0 if with_ids else 1
    rows = ((key, c.name, c.region, c.phone, c.email)[start:] for key, c in contacts)
    return _write(_CONTACT_COLUMNS[start:], rows, path)


def safe_cell(text: str) -> str:
    """Return text that a spreadsheet takes for text, whatever somebody typed.

    Notes
    -----
    A cell that begins with =, +, -, @, a tab or the end of a line may be run as a formula when a
    CSV file is opened (OWASP, CSV Injection); an apostrophe before it marks text.

    Examples
    --------
    >>> safe_cell("=HYPERLINK(1)"), safe_cell("a = b")
    ("'=HYPERLINK(1)", 'a = b')
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _write(columns: tuple[FieldColumn, ...], rows: Iterator[Row], path: Path) -> int:
    writers: Mapping[str, Callable[[tuple[FieldColumn, ...], Iterator[Row], Path], int]] = {
        ".csv": _write_csv,
        ".parquet": _write_parquet,
        ".sav": _write_sav,
    }
    if path.suffix not in writers:
        expected = f"a file that ends in {one_of(writers)}"
        raise InputError([Problem(expected, path.suffix or "no ending", where=str(path))])
    with _whole(path) as unfinished:
        return writers[path.suffix](columns, rows, unfinished)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Yield another name to write to; the file is at `path` only when it is whole."""
    if not path.absolute().parent.is_dir():
        expected = "a file to write, in a folder that is there"
        raise InputError([Problem(expected, f"no folder {path.parent}", str(path))])
    unfinished = path.with_name(f".{path.name}.writing{path.suffix}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_csv(columns: tuple[FieldColumn, ...], rows: Iterator[Row], path: Path) -> int:
    own_words = [i for i, column in enumerate(columns) if column.kind == "own words"]
    n = 0
    # With the mark of UTF-8 at its start: spreadsheets take Korean and Chinese for gibberish else.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([column.name for column in columns])
        for row in rows:
            if own_words:
                cells = list(row)
                for i in own_words:
                    cells[i] = None if cells[i] is None else safe_cell(cells[i])
                writer.writerow(cells)
            else:
                writer.writerow(row)
            n += 1
    return n


def _write_parquet(columns: tuple[FieldColumn, ...], rows: Iterator[Row], path: Path) -> int:
    schema = pa.schema(
        [pa.field(c.name, _arrow_type(c), metadata={"label": c.label}) for c in columns]
    )
    n = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(itertools.islice(rows, _BATCH)):
            writer.write_batch(_batch(schema, batch))
            n += len(batch)
    return n


def _arrow_type(column: FieldColumn) -> Any:
    return pa.float64() if column.kind == "number" else pa.string()


def _batch(schema: Any, rows: list[Row]) -> Any:
    values = zip(*rows, strict=True)
    arrays = [pa.array(x, field.type) for x, field in zip(values, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _write_sav(columns: tuple[FieldColumn, ...], rows: Iterator[Row], path: Path) -> int:
    try:
        import pandas  # type: ignore[import-untyped]
        import pyreadstat
    except ImportError as error:
        problem = Problem(
            expected="the packages pyreadstat and pandas, which write SPSS files",
            found=f"no {error.name}",
            where=str(path),
            advice='Install them with `pip install "counterflow[spss]"`, or export .csv.',
        )
        raise InputError([problem]) from error
    codes = [
        {name: code for code, name in enumerate(c.labels, start=1)} if c.kind == "levels" else None
        for c in columns
    ]
    by_column: list[list[Any]] = [[] for _ in columns]
    for row in rows:
        for values, value, code in zip(by_column, row, codes, strict=True):
            values.append(value if code is None or value is None else code[value])
    frame = pandas.DataFrame(
        {
            c.name: pandas.Series(values, dtype=float if _is_numeric(c) else object)
            for c, values in zip(columns, by_column, strict=True)
        }
    )
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels={c.name: c.label for c in columns},
        variable_value_labels={
            c.name: {code: c.labels[name] for name, code in of_column.items()}
            for c, of_column in zip(columns, codes, strict=True)
            if of_column
        },
        compress=True,
    )
    return len(frame)


def _is_numeric(column: FieldColumn) -> bool:
    return column.kind in ("number", "levels")
