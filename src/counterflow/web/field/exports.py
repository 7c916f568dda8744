"""Files of answers, made for download."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

Exports = Mapping[str, Callable[[Path], None]]
"""What writes the answers into a file, by the file's ending, e.g. "csv"."""

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "sav": "application/x-spss-sav",
}
