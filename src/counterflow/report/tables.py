"""Tables of intervals: the figures beneath a chart, a row each, with their unit in the heading."""

from __future__ import annotations

from collections.abc import Mapping

from counterflow.domain.definition import Interval
from counterflow.report.content import Table
from counterflow.report.numbers import Measure


def interval_table(
    *, title: str, what: str, measure: Measure, series: Mapping[str, Mapping[str, Interval]]
) -> Table:
    """Return mean and quantiles of each row, side by side for each of the series.

    Rows and their order are those of the first series; all must have the same.

    Examples
    --------
    >>> table = interval_table(
    ...     title="Volume", what="Offer", measure=Measure("vehicles"),
    ...     series={"": {"Basic": Interval(1024.0, 800.0, 1010.0, 1310.0)}},
    ... )
    >>> table.columns
    ('Offer', 'Expected (vehicles)', '5 % (vehicles)', 'Median (vehicles)', '95 % (vehicles)')
    >>> table.rows
    (('Basic', '1,020', '800', '1,010', '1,310'),)
    """
    columns = [
        f"{f'{name}: ' if name else ''}{figure} ({measure.unit})"
        for name in series
        for figure in ("Expected", "5 %", "Median", "95 %")
    ]
    labels = next(iter(series.values()))
    rows = tuple(
        (label, *(cell for one in series.values() for cell in _cells(one[label], measure)))
        for label in labels
    )
    return Table(title=title, columns=(what, *columns), rows=rows, numbers=frozenset(columns))


def _cells(x: Interval, measure: Measure) -> tuple[str, ...]:
    return tuple(measure.bare(value, like=x) for value in (x.mean, x.low, x.median, x.high))
