"""Estimates with their intervals: coefficients, shares, willingness to pay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from counterflow.choice.answers.predict import Shares
from counterflow.choice.answers.worth import MarginalWorth
from counterflow.choice.parameter_estimates import CovarianceKind, ParameterEstimates
from counterflow.choice.plots.look import COLOURS, PALE, ZERO, dressed, layers, marks_of

_ROW = 26
"""Height of a row (pixels)."""


def plot_coefficients(
    estimates: ParameterEstimates,
    *,
    labels: Sequence[str] | None = None,
    level: float = 0.9,
    kind: CovarianceKind | None = None,
    in_standard_errors: bool = False,
) -> alt.LayerChart:
    """Return a chart of parameters with their intervals.

    Coefficients have units, so a long bar need not matter more than a short one. In standard
    errors they share a scale, and say how sure their sign is.
    """
    ends = estimates.intervals(level, kind)
    errors = estimates.standard_errors(kind)
    rows = []
    for label in labels or estimates.labels:
        p = estimates.position(label)
        unit = errors[p] if in_standard_errors and errors[p] > 0.0 else 1.0
        rows.append(_row(label, estimates.values[p] / unit, *(ends[p] / unit)))
    unit_name = "standard errors" if in_standard_errors else "estimate"
    return _interval_chart(rows, f"{unit_name} and {100 * level:g} % interval")


def plot_marginal_worth(worth: MarginalWorth) -> alt.LayerChart:
    """Return a chart of willingness to pay with Fieller's intervals."""
    rows = [
        _row(label, value, *ends)
        for label, value, ends in zip(worth.labels, worth.values, worth.fieller, strict=True)
    ]
    return _interval_chart(
        rows, f"willingness to pay in {worth.price} and {100 * worth.level:g} % interval"
    )


def plot_shares(shares: Shares) -> alt.LayerChart:
    """Return a chart of shares with their intervals."""
    found = shares.shares
    rows = [
        _row(name, 100.0 * value, 100.0 * low, 100.0 * high)
        for name, value, low, high in zip(
            shares.alternatives, found.value, found.low, found.high, strict=True
        )
    ]
    return _interval_chart(rows, f"share (%) and {100 * found.level:g} % interval")


def _row(label: str, value: float, low: float, high: float) -> dict[str, Any]:
    ends = {"value": float(value), "low": float(low), "high": float(high)}
    return {"label": label, **{name: x for name, x in ends.items() if abs(x) < float("inf")}}


def _interval_chart(rows: list[dict[str, Any]], title: str) -> alt.LayerChart:
    y = alt.Y("label:N", sort=[row["label"] for row in rows], title=None, axis=alt.Axis(grid=False))
    x = alt.X("low:Q", title=title, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=8))
    chart = marks_of(rows)
    zero = marks_of([{"zero": 0}]).mark_rule(color=ZERO).encode(x=alt.X("zero:Q", title=title))
    bars = chart.mark_bar(height=8, cornerRadius=2, color=PALE).encode(x=x, x2="high:Q", y=y)
    points = chart.mark_tick(thickness=3, size=16, color=COLOURS[0], opacity=1).encode(
        x="value:Q", y=y
    )
    return dressed(layers(zero, bars, points, width=460, height=_ROW * len(rows)))
