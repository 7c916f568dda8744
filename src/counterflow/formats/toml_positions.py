"""Where each key of a TOML document stands: what turns a wrong value into a line to look at."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from counterflow.domain.mismatch import Key

_PARSER = Parser(Language(tree_sitter_toml.language()))
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
    for node in _content(root):
        reader.read_statement(node)
    return Positions(reader.lines, reader.repeated, _first_broken_line(root))


class _Reader:
    """Reads a document from top to bottom, as the meaning of a name depends on what came before."""

    def __init__(self) -> None:
        self.lines: dict[Key, int] = {}
        self.repeated: list[tuple[Key, int]] = []
        self._given: set[Key] = set()
        self._n_entries: dict[Key, int] = {}

    def read_statement(self, node: Node) -> None:
        if node.type == "pair":
            self._read_pair(node, ())
        elif node.type in ("table", "table_array_element"):
            self._read_table(node)

    def _read_table(self, node: Node) -> None:
        header, *pairs = _content(node) or [node]
        if not (names := _names(header)):
            return
        line = _line(header)
        table = self._whole_key(names, (), line)
        if node.type == "table":
            self._note(table, line)
        else:
            self.lines.setdefault(table, line)
            self._n_entries[table] = self._n_entries.get(table, 0) + 1
            table = (*table, self._n_entries[table] - 1)
            self.lines[table] = line
        for pair in pairs:
            self._read_pair(pair, table)

    def _read_pair(self, node: Node, table: Key) -> None:
        name, *value = _content(node) or [node]
        if names := _names(name):
            key = self._whole_key(names, table, _line(node))
            self._note(key, _line(node))
            for part in value[:1]:
                self._read_value(part, key)

    def _read_value(self, node: Node, key: Key) -> None:
        if len(key) > _DEEPEST:
            return
        if node.type == "array":
            for i, entry in enumerate(_content(node)):
                self.lines[(*key, i)] = _line(entry)
                self._read_value(entry, (*key, i))
        elif node.type == "inline_table":
            for pair in _content(node):
                self._read_pair(pair, key)

    def _whole_key(self, names: Sequence[str], table: Key, line: int) -> Key:
        """Return the key that the names lead to from `table`, and note the tables on the way.

        The name of an array of tables stands for its latest entry (TOML 1.0, "Array of Tables").
        """
        key = table
        for name in names[:-1]:
            key = (*key, name)
            self.lines.setdefault(key, line)
            if key in self._n_entries:
                key = (*key, self._n_entries[key] - 1)
        return (*key, names[-1])

    def _note(self, key: Key, line: int) -> None:
        if key in self._given:
            self.repeated.append((key, line))
        self._given.add(key)
        self.lines.setdefault(key, line)


def _content(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type not in ("comment", "ERROR")]


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


def _line(node: Node) -> int:
    return node.start_point[0] + 1


def _first_broken_line(root: Node) -> int | None:
    """Return the line where the document stops being TOML.

    Walks with a list of its own, as a broken document may be nested without end.
    """
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            return _line(node)
        waiting.extend(child for child in reversed(node.children) if child.has_error)
    return None
