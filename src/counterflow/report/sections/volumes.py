"""How many, where and when: vehicles wanted by region and period, as intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from counterflow.domain.definition import Interval
from counterflow.domain.findings import Findings
from counterflow.domain.volumes import VolumeDraws, interval
from counterflow.report.charts.periods import draw_panel, draw_periods
from counterflow.report.charts.placement import Bar, Row
from counterflow.report.charts.rows import draw_rows
from counterflow.report.charts.theme import COLOURS, NUMBER, colour_of, tint
from counterflow.report.content import Block, Figure, Key, Section, Table
from counterflow.report.names import Names
from counterflow.report.numbers import SHARE, VEHICLES

_WHAT_ADDS_UP = "Quantiles of a sum are not sums of quantiles: only the expected values add up."
_BLUE = COLOURS[0]
_KEYS = (Key("bar", tint(_BLUE), "90 % interval"), Key("tick", _BLUE, "median"))


def volumes(findings: Findings, names: Names) -> Section:
    """Return the section on volumes."""
    drawn = findings.volumes
    blocks: list[Block] = []
    if len(drawn.periods) > 1:
        blocks.append(_over_periods(drawn))
    if len(drawn.regions) > 1:
        several = len(drawn.periods) > 1
        blocks.append(_panels(drawn, names) if several else _by_region(drawn, names))
    blocks += [_by_offer(findings, names), _table(drawn, names)]
    return Section(
        anchor="volumes",
        question="How many, where and when",
        finding=_finding(drawn, names),
        blocks=blocks,
    )


def horizon(periods: Sequence[str]) -> str:
    """Return the periods in words: `in 2026`, `from 2025-11 to 2026-04`."""
    return f"in {periods[0]}" if len(periods) == 1 else f"from {periods[0]} to {periods[-1]}"


def _finding(drawn: VolumeDraws, names: Names) -> str:
    total = drawn.total()
    wanted = VEHICLES.interval(total, centre=total.mean)
    sentence = f"Buyers are expected to want {wanted} {horizon(drawn.periods)}."
    regions = drawn.draws.sum(axis=(1, 3)).mean(axis=0)
    if len(regions) == 1 or total.mean <= 0.0:
        return sentence
    largest = int(np.argmax(regions))
    share = SHARE.text(float(regions[largest] / regions.sum()), digits=2)
    return f"{sentence} The largest region is {names.region(drawn.regions[largest])}, with {share}."


def _over_periods(drawn: VolumeDraws) -> Figure:
    intervals = _intervals(drawn.draws.sum(axis=(1, 2)))
    title = "Vehicles wanted in each period, all regions and offers"
    return Figure(
        title=title,
        picture=draw_periods(
            drawn.periods,
            intervals,
            unit=VEHICLES.unit,
            colour=_BLUE,
            says=_says(title, drawn.periods, intervals),
        ),
        keys=_KEYS,
    )


def _panels(drawn: VolumeDraws, names: Names) -> Figure:
    """Return a small chart for each region, all to one scale."""
    by_region = drawn.draws.sum(axis=1)
    intervals = [_intervals(by_region[:, m]) for m in range(len(drawn.regions))]
    top = max(x.high for region in intervals for x in region)
    panels = tuple(
        (
            names.region(region),
            draw_panel(
                drawn.periods,
                of_region,
                top=top,
                unit=VEHICLES.unit,
                colour=_BLUE,
                says=_says(names.region(region), drawn.periods, of_region),
            ),
        )
        for region, of_region in zip(drawn.regions, intervals, strict=True)
    )
    return Figure(title="Vehicles wanted in each region, to one scale", panels=panels, keys=_KEYS)


def _by_region(drawn: VolumeDraws, names: Names) -> Figure:
    draws = drawn.draws.sum(axis=(1, 3))
    rows = [
        _row(names.region(region), "", interval(draws[:, m]), _BLUE)
        for m, region in enumerate(drawn.regions)
    ]
    return _rows_figure("Vehicles wanted in each region", rows)


def _by_offer(findings: Findings, names: Names) -> Figure:
    drawn = findings.volumes
    draws = drawn.by_offer().sum(axis=(2, 3))
    rows = [
        _row(
            names.offer(offer.name),
            names.summary(offer),
            interval(draws[:, drawn.offers.index(offer.name)]),
            colour_of(i),
        )
        for i, offer in enumerate(findings.definition.offers)
    ]
    return _rows_figure("Vehicles wanted of each offer, all regions and periods", rows)


def _row(label: str, note: str, x: Interval, colour: str) -> Row:
    bar = Bar(low=x.low, median=x.median, high=x.high, colour=colour)
    return Row(label=label, note=note, bars=(bar,), value=VEHICLES.centre(x), span=VEHICLES.span(x))


def _rows_figure(title: str, rows: Sequence[Row]) -> Figure:
    picture = draw_rows(rows, title=title, axis="Vehicles", labels=NUMBER)
    return Figure(title=title, picture=picture, keys=_KEYS)


def _table(drawn: VolumeDraws, names: Names) -> Table:
    """Return the interval of each region and period, with the totals both ways."""
    cells = drawn.draws.sum(axis=1)
    regions = [names.region(region) for region in drawn.regions]
    periods = list(drawn.periods)
    if len(regions) > 1:
        cells = np.concatenate([cells, cells.sum(axis=1, keepdims=True)], axis=1)
        regions.append("All regions")
    if len(periods) > 1:
        cells = np.concatenate([cells, cells.sum(axis=2, keepdims=True)], axis=2)
        periods.append("All periods")
    return Table(
        title="Vehicles wanted by region and period: expected, and 90 % interval",
        columns=("Period", *regions),
        rows=tuple(
            (period, *(_cell(interval(cells[:, m, q])) for m in range(len(regions))))
            for q, period in enumerate(periods)
        ),
        numbers=frozenset(regions),
        note=_WHAT_ADDS_UP if cells.shape[1:] != (1, 1) else "",
        has_total=len(drawn.periods) > 1,
    )


def _cell(x: Interval) -> str:
    return f"{VEHICLES.bare(x.mean, like=x)} ({VEHICLES.span(x)})"


def _intervals(draws: Float[np.ndarray, "S Q"]) -> list[Interval]:
    return [interval(draws[:, q]) for q in range(draws.shape[1])]


def _says(title: str, periods: Sequence[str], intervals: Sequence[Interval]) -> str:
    said = (f"{p}: {VEHICLES.interval(x)}" for p, x in zip(periods, intervals, strict=True))
    return f"{title}. {'; '.join(said)}."
