"""Tables of responses as heat maps: elasticities and diversion ratios."""

from __future__ import annotations

import altair as alt
import numpy as np

from counterflow.choice.answers.responses import Responses
from counterflow.choice.plots.look import INK, dressed, layers, marks_of

_CELL = 64
"""Side of a cell (pixels)."""


def plot_responses(responses: Responses) -> alt.LayerChart:
    """Return elasticities or diversion ratios as a heat map with its figures."""
    names, values = list(responses.alternatives), responses.table.value
    is_elasticity = responses.measure == "elasticity"
    rows_are, columns_are = (
        ("demand for", f"{responses.attribute} of")
        if is_elasticity
        else (f"lost as {responses.attribute} changes", "goes to")
    )
    most = float(np.nanmax(np.abs(values), initial=1e-12))
    rows = [
        {
            "row": row,
            "column": column,
            "value": float(values[i, j]),
            "text": f"{values[i, j]:.2f}",
            "ink": "white" if abs(values[i, j]) > 0.6 * most else INK,
        }
        for i, row in enumerate(names)
        for j, column in enumerate(names)
        if np.isfinite(values[i, j]) and (is_elasticity or i != j)
    ]
    x = alt.X(
        "column:N",
        sort=names,
        title=columns_are,
        axis=alt.Axis(grid=False, orient="top", labelAngle=0),
    )
    y = alt.Y("row:N", sort=names, title=rows_are, axis=alt.Axis(grid=False))
    scale = alt.Scale(domain=[-most, 0, most], range=["#B14A00", "#f4f6f8", "#00588a"])
    colour = alt.Color("value:Q", scale=scale, legend=None)
    cells = marks_of(rows).mark_rect(stroke="white", strokeWidth=2).encode(x=x, y=y, color=colour)
    figures = (
        marks_of(rows)
        .mark_text(fontSize=12)
        .encode(x=x, y=y, text="text:N", color=alt.Color("ink:N", scale=None))
    )
    size = max(_CELL * len(names), 200)
    table = layers(cells, figures, width=size, height=round(0.6 * size))
    return dressed(table.resolve_scale(color="independent"))
