"""How every chart looks: colours that colour-blind readers can tell apart, type, grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import altair as alt

INK, MUTED, GRID, ZERO = "#1b2733", "#5a6773", "#e4e9ee", "#8a97a3"
# Okabe and Ito (2008), Color universal design, without black and yellow (too pale on white).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
PALE = "#9cc7e0"
_FONT = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"

AnyChart = TypeVar("AnyChart", bound=alt.TopLevelMixin)


def marks_of(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    """Return a chart without marks yet, whose rows stand in the chart itself."""
    return alt.Chart(alt.InlineData(values=list(rows)))


def layers(*charts: alt.Chart, width: int, height: int, title: str = "") -> alt.LayerChart:
    """Return the charts over one another, at this size (pixels)."""
    options: dict[str, Any] = {"title": title} if title else {}
    return alt.LayerChart(layer=list(charts), width=width, height=height, **options)


def dressed(chart: AnyChart) -> AnyChart:
    """Return the chart in the common look."""
    text = {"labelColor": INK, "titleColor": MUTED, "labelFont": _FONT, "titleFont": _FONT}
    return (
        chart.configure(background="white", font=_FONT, padding=12)
        .configure_view(stroke=None)
        .configure_title(font=_FONT, fontSize=14, color=INK, anchor="start", offset=10)
        .configure_axis(
            **text,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            titlePadding=8,
            gridColor=GRID,
            domain=False,
            ticks=False,
            labelPadding=6,
            labelFlush=False,
            labelOverlap=True,
            labelLimit=260,
        )
        .configure_header(**text, labelFontSize=12, labelAnchor="start", titleFontSize=12)
        .configure_legend(**text, titleFontWeight="normal", orient="top", title=None)
        .configure_range(category=list(COLOURS))
    )
