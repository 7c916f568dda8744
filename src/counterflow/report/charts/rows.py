"""Rows of intervals: a label, a bar from the 5 to the 95 % quantile, a tick at the median."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import altair as alt
from markupsafe import Markup

from counterflow.report.charts.placement import BAR, GAP, Placed, Row, Style, place_rows
from counterflow.report.charts.svg import draw, marks_of
from counterflow.report.charts.theme import INK, MUTED, NARROW, WIDE, ZERO, Layout, tint
from counterflow.report.content import Picture

_TOP, _AXIS = 4.0, 46.0
"""Room above the rows, and below them for the axis (pixels)."""

_LOOKS: dict[Style, dict[str, Any]] = {
    "heading": {"fontSize": 13, "fontWeight": "bold", "color": INK},
    "label": {"fontSize": 13, "color": INK},
    "note": {"fontSize": 12, "color": MUTED},
}


def draw_rows(rows: Sequence[Row], *, title: str, axis: str, labels: str) -> Picture:
    """Return the rows over an axis; `labels` writes its numbers, `title` is read out first."""
    says = f"{title}. " + "; ".join(_said(row) for row in rows) + "."

    def at(layout: Layout) -> Markup:
        return draw(_chart(rows, layout, axis, labels), says=says)

    return Picture(wide=at(WIDE), narrow=at(NARROW))


def _said(row: Row) -> str:
    label = f"{row.label} {row.note}".strip()
    return ", ".join(part for part in (f"{label}: {row.value}", row.span) if part)


def _chart(rows: Sequence[Row], layout: Layout, axis: str, labels: str) -> alt.LayerChart:
    placed = list(place_rows(rows, layout))
    height = placed[-1].top + placed[-1].height
    y = alt.Y("y:Q", scale=alt.Scale(domain=[height, 0], nice=False, zero=False), axis=None)
    x = alt.X(
        "low:Q",
        scale=alt.Scale(zero=True, nice=True, **_domain_if_flat(rows)),
        axis=alt.Axis(labelExpr=labels, title=axis, tickCount=max(3, int(layout.plot / 90))),
    )
    bars = list(_bars(placed))
    layers = [
        _zero(height),
        marks_of(bars)
        .mark_bar(height=BAR, cornerRadius=2)
        .encode(y=y, x=x, x2="high:Q", color=alt.Color("fill:N", scale=None)),
        *_ticks(bars, y),
        *_diamonds(bars, y),
        *_lettering(placed, y),
    ]
    return alt.LayerChart(
        layer=layers,
        width=layout.plot,
        height=height,
        padding={
            "left": layout.label_width + layout.padding,
            "right": layout.value_width + layout.padding,
            "top": _TOP,
            "bottom": _AXIS,
        },
        autosize=alt.AutoSizeParams(type="none"),
    )


def _bars(placed: Iterable[Placed]) -> Iterator[dict[str, Any]]:
    for place in placed:
        for i, bar in enumerate(place.row.bars):
            yield {
                "y": place.bars_at + i * (BAR + GAP),
                "low": bar.low,
                "high": bar.high,
                "median": bar.median,
                "diamond": bar.diamond,
                "fill": bar.colour if bar.median is None else tint(bar.colour),
                "dark": bar.colour,
            }


def _zero(height: float) -> alt.Chart:
    y = alt.Y("top:Q", scale=alt.Scale(domain=[height, 0], nice=False, zero=False), axis=None)
    rule = marks_of([{"zero": 0, "top": 0, "bottom": height}])
    drawn: alt.Chart = rule.mark_rule(color=ZERO).encode(x="zero:Q", y=y, y2="bottom:Q")
    return drawn


def _ticks(bars: list[dict[str, Any]], y: alt.Y) -> list[alt.Chart]:
    data = [bar for bar in bars if bar["median"] is not None]
    if not data:
        return []
    mark = marks_of(data).mark_tick(orient="vertical", thickness=3, size=BAR + 6, opacity=1)
    return [mark.encode(y=y, x="median:Q", color=alt.Color("dark:N", scale=None))]


def _diamonds(bars: list[dict[str, Any]], y: alt.Y) -> list[alt.Chart]:
    data = [bar for bar in bars if bar["diamond"] is not None]
    if not data:
        return []
    mark = marks_of(data).mark_point(
        shape="diamond", filled=True, size=130, color=INK, opacity=1, stroke="white"
    )
    return [mark.encode(y=y, x="diamond:Q")]


def _lettering(placed: Iterable[Placed], y: alt.Y) -> Iterator[alt.Chart]:
    texts = [text for place in placed for text in place.texts]
    kinds = dict.fromkeys((text.style, text.align, text.x) for text in texts)
    for style, align, x in kinds:
        data = [
            {"y": text.y, "text": text.text}
            for text in texts
            if (text.style, text.align, text.x) == (style, align, x)
        ]
        mark = marks_of(data).mark_text(align=align, baseline="middle", **_LOOKS[style])
        yield mark.encode(y=y, x=alt.value(x), text="text:N")


def _domain_if_flat(rows: Sequence[Row]) -> dict[str, Any]:
    """Return an axis from 0 to 1 where every bar is at 0 and there is none to choose."""
    ends = (end for row in rows for bar in row.bars for end in (bar.low, bar.high))
    return {} if any(ends) else {"domain": [0, 1]}
