"""Files of answers, made for download."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from counterflow.formats.field_export import export_interviews
from counterflow.programme.field.field import Field

Rows = Literal["respondents", "alternatives"]

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "sav": "application/x-spss-sav",
}


@dataclass(frozen=True)
class Exports:
    """Which files are offered, by ending, and what writes them."""

    endings: tuple[str, ...]
    write: Callable[[Path, Rows], object]


def exports_of(field: Field) -> Exports:
    """Return the files that can be made of complete interviews: SPSS only where its writer is."""
    has_spss = find_spec("pyreadstat") is not None

    def write(path: Path, rows: Rows) -> object:
        return export_interviews(field.programme, field.store.interviews(), path, rows_are=rows)

    return Exports(("csv", "parquet", *(["sav"] if has_spss else [])), write)
