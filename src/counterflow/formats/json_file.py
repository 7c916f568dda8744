"""JSON files that Counterflow wrote itself: same value, same bytes; and a clear word if broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from counterflow.domain.errors import InputError, Problem

T = TypeVar("T")


def write_json(path: Path, value: Any) -> None:
    """Write a JSON value, indented, keys in the order given; NaN is refused."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path, schema: str, read: Callable[[Any], T], *, again: str) -> T:
    """Return `read(value)` of a JSON file whose `schema` entry is as expected.

    Raises an InputError that names the file, and `again` as the command that makes it anew, where
    the file is absent, is no JSON, has another schema or lacks something that `read` needs.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["schema"] != schema:
            raise ValueError(f"schema {value['schema']!r}")
        return read(value)
    except (OSError, KeyError, TypeError, ValueError) as error:
        problem = Problem(
            expected=f"a file as Counterflow writes it ({schema})",
            found=f"{type(error).__name__}: {error}",
            where=str(path),
            advice=f"Run `{again}` again.",
        )
        raise InputError([problem]) from error
