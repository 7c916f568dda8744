"""From a chart to SVG that can stand in a page: no script, no identifiers, the same each time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

from counterflow.report.charts.theme import themed

_TAG = re.compile(r"<[^>]+>")
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_ROOT = re.compile(r'<svg[^>]*width="([\d.]+)" height="([\d.]+)"[^>]*>')


def draw(chart: alt.LayerChart, *, says: str) -> Markup:
    """Return the chart as an `svg` element; `says` is read out in its place.

    Raises
    ------
    ValueError
        If the drawing has identifiers, which would clash with those of another in the page.
    """
    svg = vl_convert.vegalite_to_svg(themed(chart), allowed_base_urls=[])
    root = _ROOT.match(svg)
    if root is None or any(" id=" in tag for tag in _TAG.findall(svg)):
        raise ValueError(f"expected a plain svg element, found {svg[:200]}")
    width, height = root.groups()
    opening = Markup('<svg role="img" aria-label="{}" viewBox="0 0 {} {}" focusable="false">')
    body = _TAG.sub(lambda tag: _LONG_NUMBER.sub(_rounded, tag.group()), svg[root.end() :])
    return opening.format(says, width, height) + Markup(body)


def marks_of(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    """Return a chart without marks yet, whose rows stand in the specification itself."""
    return alt.Chart(alt.InlineData(values=list(rows)))


def _rounded(number: re.Match[str]) -> str:
    """Return the number to hundredths of a pixel, in which platforms agree."""
    return f"{round(float(number.group()), 2):g}"
