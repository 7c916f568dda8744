"""Where rows stand: labels and bars placed in pixels before anything is drawn.

Labels of any length have room, and the drawing does not depend on the fonts of the machine that
makes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from counterflow.report.charts.lettering import lines
from counterflow.report.charts.theme import Layout

BAR, GAP = 12.0, 4.0
"""Height of a bar, and the space between two of one row (pixels)."""
_ABOVE_HEADING = 11.0

Align = Literal["left", "right"]
Style = Literal["heading", "label", "note"]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar: ends and median in the units of the axis; no tick where there is no median."""

    low: float
    high: float
    colour: str
    median: float | None = None
    diamond: float | None = None
    """Something else to mark on the bar, such as an order."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A label with its bars, and their figure in words."""

    label: str
    bars: tuple[Bar, ...]
    note: str = ""
    """A second, lighter label."""
    value: str = ""
    span: str = ""
    """A second, lighter figure."""
    group: str = ""
    """Heading under which this row stands with its neighbours of the same group."""


@dataclass(frozen=True)
class Text:
    """A line of lettering at a place of the drawing."""

    x: float
    y: float
    text: str
    align: Align
    style: Style


@dataclass(frozen=True)
class Placed:
    """A row with the height that it takes, from `top` down."""

    row: Row
    top: float
    height: float
    bars_at: float
    """Middle of the first bar."""
    texts: tuple[Text, ...]


def place_rows(rows: Sequence[Row], layout: Layout) -> Iterator[Placed]:
    """Yield each row with its place, from the top down; groups get a heading."""
    top, group = 0.0, ""
    for row in rows:
        heading = _heading(row.group, layout) if row.group != group else []
        below = top + len(heading) * layout.line + _ABOVE_HEADING * bool(heading)
        place = _beside if layout.label_width else _above
        placed = place(row, below, layout)
        headed = _lines(heading, _left(layout), top + _ABOVE_HEADING, "left", layout)
        yield replace(placed, texts=(*headed, *placed.texts))
        top, group = placed.top + placed.height, row.group


def _beside(row: Row, top: float, layout: Layout) -> Placed:
    """Place labels left of the bars and figures right of them, each block centred."""
    left = _styled(row.label, row.note, layout.label_width - layout.padding, layout)
    right = _figures(row)
    bars = _height_of_bars(row)
    height = max(len(left) * layout.line, len(right) * layout.line, bars) + 2.0 * layout.padding
    middle = top + height / 2.0
    texts = (
        *_lines(left, _left(layout), middle - len(left) * layout.line / 2.0, "left", layout),
        *_lines(right, _right(layout), middle - len(right) * layout.line / 2.0, "right", layout),
    )
    return Placed(row, top, height, middle - bars / 2.0 + BAR / 2.0, texts)


def _above(row: Row, top: float, layout: Layout) -> Placed:
    """Place labels above the bars from the left, figures above them from the right."""
    left = _styled(row.label, row.note, 0.66 * layout.width, layout)
    right = _figures(row)
    lettering = max(len(left), len(right)) * layout.line
    below = top + layout.padding + lettering + GAP
    texts = (
        *_lines(left, _left(layout), top + layout.padding, "left", layout),
        *_lines(right, _right(layout), top + layout.padding, "right", layout),
    )
    height = below + _height_of_bars(row) + layout.padding - top
    return Placed(row, top, height, below + BAR / 2.0, texts)


def _styled(label: str, note: str, width: float, layout: Layout) -> list[tuple[str, Style]]:
    def broken(text: str, at_most: int) -> tuple[str, ...]:
        return lines(text, width=width, font_size=layout.font_size, at_most=at_most)

    notes = broken(note, 3) if note else ()
    return [*((t, "label") for t in broken(label, 3)), *((t, "note") for t in notes)]


def _figures(row: Row) -> list[tuple[str, Style]]:
    value: list[tuple[str, Style]] = [(row.value, "label")] if row.value else []
    return [*value, (row.span, "note")] if row.span else value


def _heading(group: str, layout: Layout) -> list[tuple[str, Style]]:
    if not group:
        return []
    # Bold letters are about a tenth wider.
    broken = lines(group, width=layout.width, font_size=1.1 * layout.font_size, at_most=2)
    return [(line, "heading") for line in broken]


def _height_of_bars(row: Row) -> float:
    return len(row.bars) * (BAR + GAP) - GAP


def _left(layout: Layout) -> float:
    """Return where the drawing begins, measured from where the plot does."""
    return -layout.label_width - layout.padding


def _right(layout: Layout) -> float:
    """Return where the drawing ends, measured from where the plot begins."""
    return layout.plot + layout.value_width + layout.padding


def _lines(
    texts: list[tuple[str, Style]], x: float, top: float, align: Align, layout: Layout
) -> Iterator[Text]:
    for i, (text, style) in enumerate(texts):
        yield Text(x, top + (i + 0.5) * layout.line, text, align, style)
