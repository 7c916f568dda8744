"""Where each key of a TOML document stands: what turns a wrong value into a line to look at."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from counterflow.domain.mismatch import Key

_PARSER = Parser(Language(tree_sitter_toml.language()))
_WITH_KEYS = ("array", "inline_table")
_DEEPEST = 100
"""Keys nested deeper get the line of the table above: no programme goes so far, a mischief may."""


@dataclass(frozen=True)
class Positions:
    r"""Lines, from 1, of a document's tables, keys and array entries.

    Examples
    --------
    >>> positions = positions_in('a = 1\n[t]\n"b c" = [\n  1,\n  { d = 2 },\n]\n')
    >>> positions.line_of(("t", "b c", 1, "d")), positions.line_of(("t", "missing"))
    (5, 2)
    """

    lines: Mapping[Key, int]
    repeated: Sequence[tuple[Key, int]]
    """Keys that are given once more, each with the line where."""
    broken_line: int | None
    """The first line that is not TOML, if there is one."""

    def line_of(self, key: Key) -> int:
        """Return the line of `key`, or of the table that should have it."""
        for end in range(len(key), 0, -1):
            if key[:end] in self.lines:
                return self.lines[key[:end]]
        return 1


def positions_in(text: str) -> Positions:
    """Return where the keys of a document stand; of a broken document, as far as it can be read."""
    root = _PARSER.parse(text.encode()).root_node
    reader = _Reader()
    reader.read(root)
    return Positions(reader.lines, reader.repeated, _first_broken_line(root))


class _Reader:
    """Reads a document from top to bottom, as the meaning of a name depends on what came before."""

    def __init__(self) -> None:
        self.lines: dict[Key, int] = {}
        self.repeated: list[tuple[Key, int]] = []
        self._given: set[Key] = set()
        self._n_entries: dict[Key, int] = {}

    def read(self, root: Node) -> None:
        for node in root.named_children:
            if node.type == "pair":
                self._read_pair(node, ())
            elif node.type in ("table", "table_array_element"):
                self._read_table(node)

    def _read_table(self, node: Node) -> None:
        header, *rest = node.named_children or [node]
        if not (names := _names(header)):
            return
        line = node.start_point[0] + 1
        table = self._note(names, (), line, is_again=node.type == "table_array_element")
        if node.type == "table_array_element":
            self._n_entries[table] = self._n_entries.get(table, 0) + 1
            table = (*table, self._n_entries[table] - 1)
            self.lines[table] = line
        for child in rest:
            if child.type == "pair":
                self._read_pair(child, table)

    def _read_pair(self, node: Node, table: Key) -> None:
        name, *rest = node.named_children or [node]
        if names := _names(name):
            key = self._note(names, table, node.start_point[0] + 1)
            for value in rest:
                if value.type in _WITH_KEYS:
                    self._read_value(value, key)

    def _read_value(self, node: Node, key: Key) -> None:
        if len(key) > _DEEPEST:
            return
        if node.type == "inline_table":
            for child in node.named_children:
                if child.type == "pair":
                    self._read_pair(child, key)
            return
        entries = [child for child in node.named_children if child.type != "comment"]
        for i, entry in enumerate(entries):
            self.lines[(*key, i)] = entry.start_point[0] + 1
            if entry.type in _WITH_KEYS:
                self._read_value(entry, (*key, i))

    def _note(self, names: Sequence[str], table: Key, line: int, *, is_again: bool = False) -> Key:
        """Note the key that the names lead to from `table`, with the tables on the way.

        The name of an array of tables stands for its latest entry (TOML 1.0, "Array of Tables").
        """
        key = table
        for name in names[:-1]:
            key = (*key, name)
            self.lines.setdefault(key, line)
            if key in self._n_entries:
                key = (*key, self._n_entries[key] - 1)
        key = (*key, names[-1])
        self.lines.setdefault(key, line)
        if not is_again:
            if key in self._given:
                self.repeated.append((key, line))
            self._given.add(key)
        return key


def _names(node: Node) -> list[str]:
    """Return the parts of a key, in order; none if the node is no key."""
    names: list[str] = []
    while node.type == "dotted_key" and len(names) < _DEEPEST:
        *inner, last = node.named_children  # a.b.c is read as ((a, b), c)
        names.append(_name(last))
        node = inner[0] if inner else last
    if node.type in ("bare_key", "quoted_key"):
        names.append(_name(node))
    return names[::-1]


def _name(node: Node) -> str:
    text = (node.text or b"").decode()
    if node.type != "quoted_key":
        return text
    try:
        return str(tomllib.loads(f"name = {text}")["name"])
    except tomllib.TOMLDecodeError:
        return text


def _first_broken_line(root: Node) -> int | None:
    """Return the line where the document stops being TOML.

    Walks with a list of its own, as a broken document may be nested without end.
    """
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            return node.start_point[0] + 1
        waiting.extend(child for child in reversed(node.children) if child.has_error)
    return None
