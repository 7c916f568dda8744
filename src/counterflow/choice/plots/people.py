"""How people differ: distributions of part-worths and of willingness to pay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt
import numpy as np
from jaxtyping import Float

from counterflow.choice.answers.worth_over_people import WorthOverPeople
from counterflow.choice.plots.look import COLOURS, INK, PALE, ZERO, dressed, layers, marks_of
from counterflow.domain.part_worths import PartWorths

_BINS = 40
_ROW = 30


def plot_part_worths(
    part_worths: PartWorths, *, labels: Sequence[str] | None = None, n_columns: int = 3
) -> alt.ConcatChart:
    """Return a histogram over people of each coefficient; people count by weight.

    Every draw of every person counts, so that the spread is that of people and not of their
    posterior means, which lie closer together. The outermost percent on either side is cut off.
    """
    wanted = list(labels or part_worths.labels)
    charts = [_histogram(part_worths, label) for label in wanted]
    return dressed(alt.concat(*charts, columns=n_columns, spacing=24))


def plot_worth_over_people(worth: WorthOverPeople) -> alt.LayerChart:
    """Return a chart of the quantiles of willingness to pay over people, the median marked."""
    rows = list(_quantile_bars(worth))
    y = alt.Y("label:N", sort=list(worth.labels), title=None, axis=alt.Axis(grid=False))
    title = f"willingness to pay in {worth.price}: quantiles over people"
    x = alt.X("low:Q", title=title, axis=alt.Axis(tickCount=8))
    chart, middle = marks_of(rows), marks_of(list(_medians(worth)))
    zero = marks_of([{"zero": 0}]).mark_rule(color=ZERO).encode(x=alt.X("zero:Q", title=title))
    bars = chart.mark_bar(height=12, color=COLOURS[0]).encode(
        x=x,
        x2="high:Q",
        y=y,
        opacity=alt.Opacity(
            "middle:Q", scale=alt.Scale(domain=[0, 1], range=[0.15, 0.9]), legend=None
        ),
    )
    medians = middle.mark_tick(thickness=3, size=20, color=INK, opacity=1).encode(x="value:Q", y=y)
    height = _ROW * len(worth.labels)
    return dressed(layers(zero, bars, medians, width=460, height=height))


def _histogram(part_worths: PartWorths, label: str) -> alt.LayerChart:
    k = part_worths.labels.index(label)
    values = part_worths.draws[:, :, k].astype(float)
    weights = np.broadcast_to(part_worths.weights, values.shape)
    low, high = np.quantile(values, [0.01, 0.99])
    if high <= low:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(
        values.ravel(), bins=_BINS, range=(low, high), weights=weights.ravel()
    )
    heights = counts / weights.sum() / (edges[1] - edges[0])
    rows = [
        {"low": float(a), "high": float(b), "density": float(h)}
        for a, b, h in zip(edges, edges[1:], heights, strict=False)
    ]
    y = alt.Y("density:Q", title=None, axis=alt.Axis(labels=False, grid=False))
    bars = (
        marks_of(rows)
        .mark_bar(color=PALE, binSpacing=0)
        .encode(
            x=alt.X(
                "low:Q",
                bin="binned",
                title=None,
                scale=alt.Scale(zero=False),
                axis=alt.Axis(tickCount=5),
            ),
            x2="high:Q",
            y=y,
        )
    )
    mean = float(np.average(values, weights=weights))
    rule = marks_of([{"mean": mean}]).mark_rule(color=COLOURS[0], strokeWidth=2).encode(x="mean:Q")
    marks = [bars, rule]
    if low < 0.0 < high:
        marks.insert(1, marks_of([{"zero": 0}]).mark_rule(color=ZERO).encode(x="zero:Q"))
    return layers(*marks, width=220, height=110, title=label)


def _quantile_bars(worth: WorthOverPeople) -> Iterator[dict[str, Any]]:
    """Yield a bar between every two neighbouring quantiles, darker towards the middle."""
    shares = np.asarray(worth.shares)
    middles = 1.0 - 2.0 * np.abs(0.5 * (shares[:-1] + shares[1:]) - 0.5)
    for label, ends in zip(worth.labels, _finite(worth.quantiles.value), strict=True):
        for a, b, middle in zip(ends, ends[1:], middles, strict=False):
            yield {"label": label, "low": float(a), "high": float(b), "middle": float(middle)}


def _medians(worth: WorthOverPeople) -> Iterator[dict[str, Any]]:
    if 0.5 not in worth.shares:
        return
    at = worth.shares.index(0.5)
    for label, ends in zip(worth.labels, worth.quantiles.value, strict=True):
        if np.isfinite(ends[at]):
            yield {"label": label, "value": float(ends[at])}


def _finite(quantiles: Float[np.ndarray, "labels shares"]) -> Float[np.ndarray, "labels shares"]:
    """Return the quantiles, those without limit at the end of the chart."""
    finite = quantiles[np.isfinite(quantiles)]
    if not finite.size:
        return np.zeros_like(quantiles)
    reach = 1.2 * np.abs(finite).max()
    return np.clip(quantiles, -reach, reach)
