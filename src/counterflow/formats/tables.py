"""Read table files: delimited text with every cell as written, and Arrow's binary formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet as pq

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.tables import Table, check_distinct
from counterflow.formats.delimited_text import DelimitedText

_ARROW_FILE, _FEATHER_1 = b"ARRO", b"FEA1"


def read_csv(path: Path) -> Table:
    """Return a comma-separated file with its cells as text; lines end in LF, CR or both.

    Raises
    ------
    InputError
        If it is not UTF-8, has no header, is separated by something else, or has rows that are
        longer or shorter than the header, or quotes that do not close; by line.
    """
    return _read_text(path, ",")


def read_tsv(path: Path) -> Table:
    """Return a tab-separated file, as `read_csv` does."""
    return _read_text(path, "\t")


def read_parquet(path: Path) -> Table:
    """Return a Parquet file; InputError if it is damaged or none."""
    return _read_binary(path, "a Parquet file", _read_parquet)


def read_arrow(path: Path) -> Table:
    """Return an Arrow or Feather file, or an Arrow stream; InputError if it is damaged or none."""
    return _read_binary(path, "an Arrow or Feather file", _read_file_or_stream)


def _read_text(path: Path, delimiter: str) -> Table:
    text = DelimitedText(path.read_bytes(), delimiter, where=str(path))
    names = text.header()
    check_distinct(names, str(path), line=text.header_line())
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(text.raw),
            read_options=pyarrow.csv.ReadOptions(block_size=16 << 20),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=text.has_quotes
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        raise text.refusal(str(error)) from error
    text.check_quotes()
    return Table.of(table, where=str(path), lines=text.lines_of_rows)


def _read_binary(path: Path, expected: str, read: Callable[[Path], Any]) -> Table:
    try:
        table = read(path)
        # Damage may show only in the cells: offsets that lead nowhere, text that is not UTF-8.
        table.validate(full=True)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        advice = "Write the file again, or save the table as CSV."
        problem = Problem(expected, f"{type(error).__name__}: {error}", str(path), advice=advice)
        raise InputError([problem]) from error
    return Table.of(table, where=str(path))


def _read_parquet(path: Path) -> Any:
    # Folders called like "year=2013" are places, not columns.
    return pq.read_table(path, partitioning=None)


def _read_file_or_stream(path: Path) -> Any:
    with pa.OSFile(str(path)) as file:
        start = file.read(4)
        file.seek(0)
        if start == _FEATHER_1:
            # Arrow reads it without checks, and crashes where it is damaged.
            raise ValueError("version 1 of Feather, which Arrow replaced in 2020")
        opened = pa.ipc.open_file if start == _ARROW_FILE else pa.ipc.open_stream
        with opened(file) as reader:
            return reader.read_all()
