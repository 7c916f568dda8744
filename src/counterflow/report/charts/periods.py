"""Intervals over periods: a bar from the 5 to the 95 % quantile in each, a tick at the median."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt
from markupsafe import Markup

from counterflow.domain.definition import Interval
from counterflow.report.charts.frame import Frame
from counterflow.report.charts.svg import draw, marks_of
from counterflow.report.charts.theme import tint
from counterflow.report.content import Picture


def draw_periods(
    periods: Sequence[str], intervals: Sequence[Interval], *, unit: str, colour: str, says: str
) -> Picture:
    """Return one interval for each period."""
    top = max(interval.high for interval in intervals)

    def at(width: float, height: float) -> Markup:
        frame = Frame(width=width, height=height, periods=periods, top=top, unit=unit)
        return draw(frame.around(_marks(frame, intervals, colour)), says=says)

    return Picture(wide=at(920.0, 280.0), narrow=at(350.0, 240.0))


def draw_panel(
    periods: Sequence[str],
    intervals: Sequence[Interval],
    *,
    top: float,
    unit: str,
    colour: str,
    says: str,
) -> Markup:
    """Return a small chart whose axis ends at `top`, so that it compares with its neighbours."""
    frame = Frame(width=330.0, height=210.0, periods=periods, top=top, unit=unit)
    return draw(frame.around(_marks(frame, intervals, colour)), says=says)


def _marks(frame: Frame, intervals: Sequence[Interval], colour: str) -> Iterator[alt.Chart]:
    rows = [
        {"period": period, "low": x.low, "median": x.median, "high": x.high}
        for period, x in zip(frame.periods, intervals, strict=True)
    ]
    chart = marks_of(rows)
    bar = chart.mark_bar(width=frame.bar, cornerRadius=2, color=tint(colour))
    yield bar.encode(x=frame.x, y=frame.y("low"), y2="high:Q")
    tick = chart.mark_tick(
        orient="horizontal", thickness=3, size=frame.tick, color=colour, opacity=1
    )
    yield tick.encode(x=frame.x, y=frame.y("median"))
