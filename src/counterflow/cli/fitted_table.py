"""Tables that fit the terminal: text wraps between words, figures never wrap."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.console import JustifyMethod
from rich.table import Table

_BORDER, _RULE = 1, 3
"""Characters that a table takes beside its cells: at its left end, and for each column."""
_MOST_TEXT = 20
"""Width that a column of text may take before figures move to a next table."""

Cells = Sequence[str]


def fitted_tables(
    columns: Cells, rows: Sequence[Cells], *, n_texts: int, width: int
) -> Iterator[Table]:
    """Yield the rows as tables no wider than `width`, where any can be.

    The first `n_texts` columns are text and stand in each table; the others are figures. Where
    these do not fit side by side, an interval stands below its figure, and columns that still do
    not fit go on in a next table.
    """
    texts = [max(len(line[i]) for line in (columns, *rows)) for i in range(n_texts)]
    least = _taken([min(natural, _MOST_TEXT) for natural in texts])
    if least + _taken(_widths(columns, rows)[n_texts:]) > width + _BORDER:
        rows = [
            [*row[:n_texts], *(cell.replace(" (", "\n(") for cell in row[n_texts:])] for row in rows
        ]
    wide = _widths(columns, rows)
    for part in _parts(range(n_texts, len(columns)), wide, width - least):
        left = width - _taken([wide[i] for i in part]) - _RULE * n_texts
        narrow = _narrowed(texts, left)
        shown = [*range(n_texts), *part]
        table = Table(header_style="dim")
        for i in shown:
            own = narrow[i] if i < n_texts else wide[i]
            side: JustifyMethod = "left" if i < n_texts else "right"
            table.add_column(_wrapped(columns[i], own), width=own, justify=side, overflow="fold")
        for row in rows:
            table.add_row(*(_wrapped(row[i], narrow[i]) if i < n_texts else row[i] for i in shown))
        yield table


def _widths(columns: Cells, rows: Sequence[Cells]) -> list[int]:
    """Return how wide the figures of each column are, or a word of its head."""
    return [
        max(len(part) for cell in (*_words(head), *cells) for part in cell.rstrip().split("\n"))
        for head, *cells in zip(columns, *rows, strict=True)
    ]


def _parts(figures: Sequence[int], wide: Sequence[int], room: int) -> Iterator[list[int]]:
    """Yield columns of figures that fit side by side, at least one at a time."""
    part: list[int] = []
    used = 0
    for i in figures:
        if part and used + wide[i] + _RULE > room:
            yield part
            part, used = [], 0
        part.append(i)
        used += wide[i] + _RULE
    yield part


def _narrowed(texts: Sequence[int], room: int) -> list[int]:
    """Return widths of text columns, the widest made narrower until they fit."""
    widths = list(texts)
    while sum(widths) > room and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths


def _taken(widths: Sequence[int]) -> int:
    return _BORDER + sum(wide + _RULE for wide in widths)


def _wrapped(text: str, width: int) -> str:
    """Return the text in lines that end behind a space, a hyphen or a semicolon."""
    lines = [""]
    for word in _words(text):
        if lines[-1] and len((lines[-1] + word).rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return "\n".join(line.rstrip() for line in lines)


def _words(text: str) -> list[str]:
    return re.findall(r"\s*[^\s;-]*[\s;-]*", text)[:-1] or [""]
