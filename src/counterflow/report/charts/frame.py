"""The frame of a chart over periods: its size, its axes, and which periods have room for a name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import altair as alt

from counterflow.report.charts.lettering import text_width
from counterflow.report.charts.theme import NUMBER

_TOP, _LEFT, _RIGHT, _BOTTOM = 10.0, 68.0, 8.0, 30.0
_FONT_SIZE = 12.0
_TICKS = 5


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A plot of `periods` from left to right and of 0 to `top` upwards, in `unit`."""

    width: float
    height: float
    periods: Sequence[str]
    top: float
    unit: str

    @property
    def bar(self) -> float:
        """Return the width of a bar (pixels): most of its period's room, but never a slab."""
        return min(0.62 * self._room, 48.0)

    @property
    def tick(self) -> float:
        """Return the width of a tick: a little more than its bar, where there is room."""
        return min(self.bar + 6.0, 0.92 * self._room)

    @property
    def x(self) -> alt.X:
        """Return the encoding of the field `period`."""
        axis = alt.Axis(values=self._named(), labelAngle=0, title=None, grid=False, domain=True)
        scale = alt.Scale(domain=list(self.periods), paddingInner=0.3, paddingOuter=0.15)
        return alt.X("period:O", scale=scale, axis=axis)

    def y(self, field: str) -> alt.Y:
        """Return the encoding of a field that stands on the upward axis."""
        axis = alt.Axis(labelExpr=NUMBER, title=self.unit, tickCount=_TICKS)
        scale = alt.Scale(domain=[0, _rounded_up(self.top)], nice=False)
        return alt.Y(f"{field}:Q", scale=scale, axis=axis)

    def around(self, marks: Iterable[alt.Chart]) -> alt.LayerChart:
        """Return the chart of these marks at exactly this frame's size."""
        return alt.LayerChart(
            layer=list(marks),
            width=self.width - _LEFT - _RIGHT,
            height=self.height - _TOP - _BOTTOM,
            padding={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
            autosize=alt.AutoSizeParams(type="none"),
        )

    @property
    def _room(self) -> float:
        return (self.width - _LEFT - _RIGHT) / len(self.periods)

    def _named(self) -> list[str]:
        widest = max(text_width(period) for period in self.periods) * _FONT_SIZE + 8.0
        every = -int(-widest // self._room)
        return list(self.periods[::every])


def _rounded_up(top: float) -> float:
    """Return the end of an axis on which `top` fits: a whole number of round steps."""
    if top <= 0.0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(top / _TICKS))
    step = next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power * _TICKS >= top)
    return math.ceil(top / step - 1e-9) * step
