"""Markov chains: where each went, and whether they went to the same places."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

from counterflow.choice.plots.look import INK, dressed, layers, marks_of

_MOST_POINTS = 500
"""Points of a trace; a longer chain is thinned, as a screen shows no more."""
_BINS = 20


def plot_traces(
    chains: Float[np.ndarray, "C S P"], labels: Sequence[str], *, n_columns: int = 2
) -> alt.ConcatChart:
    """Return a line a chain for each of P quantities over S sweeps.

    Chains that have converged lie on one another, and look alike from left to right.
    """
    step = -(-chains.shape[1] // _MOST_POINTS)
    charts = []
    for p, label in enumerate(labels):
        rows = [
            {"chain": f"chain {c + 1}", "sweep": s, "value": float(chains[c, s, p])}
            for c in range(len(chains))
            for s in range(0, chains.shape[1], step)
        ]
        line = marks_of(rows).mark_line(strokeWidth=0.8, opacity=0.8)
        chart = line.encode(
            x=alt.X(
                "sweep:Q",
                title=None,
                scale=alt.Scale(nice=False),
                axis=alt.Axis(grid=False, tickCount=4),
            ),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=4)),
            color=alt.Color("chain:N"),
        )
        charts.append(chart.properties(width=300, height=110, title=label))
    return dressed(alt.concat(*charts, columns=n_columns, spacing=24))


def plot_ranks(
    chains: Float[np.ndarray, "C S P"], labels: Sequence[str], *, n_columns: int = 2
) -> alt.ConcatChart:
    """Return for each chain how its draws rank among those of all chains, by quantity.

    Chains that have converged have flat histograms, at the line.

    Notes
    -----
    Vehtari, Gelman, Simpson, Carpenter and Buerkner (Bayesian Analysis 16, 2021), section 4.
    """
    n_chains, n_draws, _ = chains.shape
    charts = []
    for p, label in enumerate(labels):
        ranks = rankdata(chains[:, :, p]).reshape(n_chains, n_draws)
        edges = np.linspace(0.5, n_chains * n_draws + 0.5, _BINS + 1)
        rows = [
            {"chain": f"chain {c + 1}", "bin": b, "count": int(count)}
            for c in range(n_chains)
            for b, count in enumerate(np.histogram(ranks[c], edges)[0])
        ]
        charts.append(_rank_chart(rows, n_draws / _BINS, label))
    return dressed(alt.concat(*charts, columns=n_columns, spacing=24))


def _rank_chart(rows: list[dict[str, object]], expected: float, label: str) -> alt.LayerChart:
    x = alt.X("bin:O", title=None, axis=alt.Axis(labels=False))
    y = alt.Y("count:Q", title=None, axis=alt.Axis(tickCount=3))
    bars = (
        marks_of(rows)
        .mark_bar(opacity=0.75)
        .encode(x=x, xOffset="chain:N", y=y, color=alt.Color("chain:N"))
    )
    line = marks_of([{"expected": expected}]).mark_rule(color=INK, strokeDash=[4, 3])
    return layers(bars, line.encode(y="expected:Q"), width=300, height=110, title=label)
