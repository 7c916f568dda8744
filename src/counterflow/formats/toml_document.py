"""A TOML file as values and the lines that they stand on."""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import Key, Mismatch, dotted
from counterflow.formats.toml_positions import Positions, positions_in
from counterflow.formats.toml_syntax import syntax_problems


@dataclass(frozen=True)
class TomlDocument:
    """What a TOML file says: nested tables, lists and plain values; and where it says so."""

    path: Path
    text: str
    values: dict[str, Any]

    @cached_property
    def positions(self) -> Positions:
        """Return the lines of the keys; found out when first asked, as most files are right."""
        return positions_in(self.text)

    def problem(self, mismatch: Mismatch) -> Problem:
        """Return the mismatch with the file and line where it stands."""
        return Problem(
            expected=mismatch.expected,
            found=mismatch.found,
            where=str(self.path),
            line=self.positions.line_of(mismatch.key),
            key=dotted(mismatch.key),
            advice=mismatch.advice,
        )


def read_toml(path: Path) -> TomlDocument:
    """Return the document; InputError if there is no such file, or it is no TOML in UTF-8."""
    text = _text(_bytes(path), path)
    try:
        return TomlDocument(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(syntax_problems(str(error), text, str(path))) from error
    except RecursionError as error:
        expected, found = "lists and tables a few deep", "brackets nested hundreds deep"
        raise InputError([Problem(expected, found, str(path), 1)]) from error
    except ValueError as error:  # Python converts whole numbers of a few thousand digits at most
        number = re.search(r"\d[\d_]{4000,}", text)
        line = text.count("\n", 0, number.start() if number else 0) + 1
        problem = Problem(_A_NUMBER, "one of thousands of digits", str(path), line)
        raise InputError([problem]) from error


_A_NUMBER = "a finite number, and a whole one of at most 18 digits"


def impossible_numbers(values: dict[str, Any]) -> Iterator[Mismatch]:
    """Yield the numbers that no quantity can be: not finite, or a whole one beyond 64 bits.

    TOML 1.0 allows `inf` and `nan`, we do not; it promises whole numbers of 64 bits and no more.

    Examples
    --------
    >>> [str(number) for number in impossible_numbers({"a": [1, {"b": float("nan")}]})]
    ['a[2].b: expected a finite number, and a whole one of at most 18 digits, found nan.']
    """
    waiting: list[tuple[Key, Any]] = [((), values)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(((*key, name), entry) for name, entry in value.items())
        elif isinstance(value, list):
            waiting.extend(((*key, i), entry) for i, entry in enumerate(value))
        elif isinstance(value, float) and not math.isfinite(value):
            yield Mismatch(key, _A_NUMBER, str(value))
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            yield Mismatch(key, _A_NUMBER, f"one of {len(str(abs(value)))} digits")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError([_unreadable(path, error)]) from error


def _unreadable(path: Path, error: OSError) -> Problem:
    expected = "a file in TOML"
    if path.is_dir():
        inside = path / "programme.toml"
        advice = f"Name the file in it: {inside}." if inside.is_file() else ""
        return Problem(expected, "a folder", where=str(path), advice=advice)
    if isinstance(error, FileNotFoundError):
        advice = "" if path.is_absolute() else f"The current folder is {Path.cwd()}."
        return Problem(expected, "no such file", where=str(path), advice=advice)
    reason = os.strerror(error.errno) if error.errno else str(error)
    return Problem(expected, f"one that cannot be read ({reason})", where=str(path))


def _text(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")  # some editors begin a file with a byte-order mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{content[error.start]:02x}, which is none"
        advice = "Save the file in the encoding UTF-8."
        problem = Problem("text in UTF-8", found, str(path), line, advice=advice)
        raise InputError([problem]) from error
