"""Write a TOML document, and remember on which line each of its keys came to stand."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from random import Random
from typing import Any

Key = tuple[str | int, ...]
Number = Callable[[Key, int | float], str]


def plain_number(_key: Key, value: int | float) -> str:
    """Return a number as Python writes it, which TOML reads as well."""
    return repr(value)


def write_toml(
    values: dict[str, Any], *, number: Number = plain_number, random: Random | None = None
) -> tuple[str, dict[Key, int]]:
    """Return the document as text, and the line of each key, from 1.

    Tables get headers and lists a line for each entry; tables in lists are written inline. With
    `random`, keys come in any order, with comments, and tables in any of the ways TOML has.
    """
    writer = _Writer(number, random)
    writer.table(values, ())
    return "\n".join(writer.lines) + "\n", writer.line_of


class _Writer:
    def __init__(self, number: Number, random: Random | None) -> None:
        self.lines: list[str] = []
        self.line_of: dict[Key, int] = {}
        self._number, self._random = number, random

    def table(self, values: dict[str, Any], key: Key) -> None:
        tables, lists, plain = [], [], []
        for name in self._ordered(values):
            value = values[name]
            if isinstance(value, dict) and not self._at_times():
                tables.append(name)
            elif value and _is_list_of_tables(value) and self._at_times():
                lists.append(name)
            else:
                plain.append(name)
        for name in plain:
            self._pair(name, values[name], key)
        for name in lists:
            for i, entry in enumerate(values[name]):
                self._add((*key, name, i), f"[[{_dotted((*key, name))}]]")
                self.table(entry, (*key, name, i))
        for name in tables:
            self._add((*key, name), f"[{_dotted((*key, name))}]")
            self.table(values[name], (*key, name))

    def _pair(self, name: str, value: Any, key: Key) -> None:
        whole = (*key, name)
        if isinstance(value, list) and not any(isinstance(part, int) for part in key):
            self._add(whole, f"{_name(name)} = [")
            for i, entry in enumerate(value):
                self._add((*whole, i), f"  {self._inline(entry, (*whole, i))},")
            self.lines.append("]")
        else:
            self._add(whole, f"{_name(name)} = {self._inline(value, whole)}")

    def _add(self, key: Key, line: str) -> None:
        if self._at_times():
            self.lines += ["", "# a comment = [1"]
        self.lines.append(f"{line} # 'why'" if self._at_times() else line)
        self.line_of[key] = len(self.lines)

    def _inline(self, value: Any, key: Key) -> str:
        if isinstance(value, dict):
            pairs = [
                f"{_name(n)} = {self._inline(value[n], (*key, n))}" for n in self._ordered(value)
            ]
            return "{" + ", ".join(pairs) + "}"
        if isinstance(value, list):
            entries = [self._inline(entry, (*key, i)) for i, entry in enumerate(value)]
            return "[" + ", ".join(entries) + "]"
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return self._number(key, value)
        if isinstance(value, datetime.date):
            return value.isoformat()
        return _text(value)

    def _ordered(self, values: dict[str, Any]) -> list[str]:
        names = list(values)
        if self._random:
            self._random.shuffle(names)
        return names

    def _at_times(self) -> bool:
        return self._random is not None and self._random.random() < 0.2


def line_of(key: Key, lines: dict[Key, int]) -> int:
    """Return the line of a key, or of the nearest table that would hold it."""
    while key and key not in lines:
        key = key[:-1]
    return lines[key] if key else 1


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def _dotted(key: Key) -> str:
    return ".".join(_name(part) for part in key if isinstance(part, str))


def _name(name: str) -> str:
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else _text(name)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
