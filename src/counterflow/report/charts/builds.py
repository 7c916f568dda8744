"""What is built in each period: offers stacked, what is wanted, and what the plant can build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import altair as alt
from markupsafe import Markup

from counterflow.report.charts.frame import Frame
from counterflow.report.charts.svg import draw, marks_of
from counterflow.report.charts.theme import INK
from counterflow.report.content import Picture

UNIT = "vehicles"


def draw_builds(
    periods: Sequence[str],
    builds: Mapping[str, Sequence[float]],
    *,
    wanted: Sequence[float],
    capacity: Sequence[float],
    says: str,
) -> Picture:
    """Return the builds of each colour stacked, a dot at `wanted`, a line at `capacity`."""
    built = [sum(column) for column in zip(*builds.values(), strict=True)]
    top = max(*built, *wanted, *capacity)

    def at(width: float, height: float) -> Markup:
        frame = Frame(width=width, height=height, periods=periods, top=top, unit=UNIT)
        return draw(frame.around(_marks(frame, builds, wanted, capacity)), says=says)

    return Picture(wide=at(920.0, 300.0), narrow=at(350.0, 260.0))


def _marks(
    frame: Frame,
    builds: Mapping[str, Sequence[float]],
    wanted: Sequence[float],
    capacity: Sequence[float],
) -> Iterator[alt.Chart]:
    stacked = marks_of(list(_stacked(frame.periods, builds)))
    yield stacked.mark_bar(width=frame.bar).encode(
        x=frame.x, y=frame.y("low"), y2="high:Q", color=alt.Color("colour:N", scale=None)
    )
    line = _one_each(frame.periods, capacity).mark_tick(
        orient="horizontal", thickness=2, size=frame.tick, color=INK, opacity=1
    )
    yield line.encode(x=frame.x, y=frame.y("value"))
    dot = _one_each(frame.periods, wanted).mark_point(
        filled=True, size=70, color=INK, stroke="white", strokeWidth=1.5, opacity=1
    )
    yield dot.encode(x=frame.x, y=frame.y("value"))


def _stacked(
    periods: Sequence[str], builds: Mapping[str, Sequence[float]]
) -> Iterator[dict[str, str | float]]:
    below = [0.0] * len(periods)
    for colour, values in builds.items():
        for i, (period, value) in enumerate(zip(periods, values, strict=True)):
            yield {"period": period, "low": below[i], "high": below[i] + value, "colour": colour}
            below[i] += value


def _one_each(periods: Sequence[str], values: Sequence[float]) -> alt.Chart:
    rows = [{"period": p, "value": v} for p, v in zip(periods, values, strict=True)]
    return marks_of(rows)
