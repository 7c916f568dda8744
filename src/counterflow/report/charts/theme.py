"""How every chart looks: colours that colour-blind readers can tell apart, type, grid, sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt

FONT = (
    "Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'PingFang SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', sans-serif"
)
INK, MUTED, GRID, ZERO = "#1b2733", "#5a6773", "#e4e9ee", "#8a97a3"

# Okabe and Ito (2008), Color universal design, without black and yellow (too pale on white).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
RIVAL, NEITHER = "#6b7883", "#a7b1ba"
NUMBER = "format(datum.value, ',~f')"
PERCENT = "format(100 * datum.value, ',~f') + ' %'"
"""How an axis writes its numbers, as Vega expressions."""


@dataclass(frozen=True)
class Layout:
    """Where a drawing will be read. Lengths are in pixels of the drawing."""

    width: float
    label_width: float
    """Room for labels left of the marks; 0 sets them above."""
    value_width: float
    """Room for figures right of the marks; 0 sets them above."""
    font_size: float
    padding: float = 9.0
    """Space around a row, and between lettering and marks."""

    @property
    def plot(self) -> float:
        """Return the width that the marks share."""
        return self.width - self.label_width - self.value_width - 2.0 * self.padding

    @property
    def line(self) -> float:
        """Return the height of a line of text."""
        return float(round(1.3 * self.font_size))


WIDE = Layout(width=920.0, label_width=290.0, value_width=150.0, font_size=13.0)
NARROW = Layout(width=350.0, label_width=0.0, value_width=0.0, font_size=13.0)


def colour_of(position: int) -> str:
    """Return the colour of the offer at this position of the line."""
    return COLOURS[position % len(COLOURS)]


def tint(colour: str, share: float = 0.5) -> str:
    """Return the colour mixed with white.

    Examples
    --------
    >>> tint("#000000", 0.5)
    '#808080'
    """
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - c) * share):02x}" for c in channels)


def themed(chart: alt.LayerChart) -> dict[str, Any]:
    """Return the Vega-Lite specification of the chart in the report's look."""
    text = {"labelColor": MUTED, "titleColor": MUTED, "labelFont": FONT, "titleFont": FONT}
    styled = (
        chart.configure(aria=False, background="transparent", font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            **text,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            titlePadding=6,
            gridColor=GRID,
            domain=False,
            ticks=False,
            labelPadding=6,
            labelFlush=False,
        )
    )
    specification: dict[str, Any] = styled.to_dict(validate=False)
    return specification
