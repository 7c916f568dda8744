"""Key figures: the four numbers that a reader takes away."""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.domain.findings import Findings
from counterflow.report.content import KeyFigure
from counterflow.report.names import Names, plural
from counterflow.report.numbers import SHARE, VEHICLES
from counterflow.report.sections.offers import price_span
from counterflow.report.sections.rivals import line_share
from counterflow.report.sections.volumes import horizon


def key_figures(findings: Findings, names: Names) -> Iterator[KeyFigure]:
    """Yield the offers, what they bring, how many are wanted and what share that is."""
    offers, money = findings.definition.offers, names.money
    yield KeyFigure(
        "The line", plural(len(offers), "offer"), f"{price_span(offers, names)} on the day"
    )
    total = findings.volumes.total()
    yield KeyFigure(
        "Vehicles wanted, expected",
        VEHICLES.centre(total, total.mean),
        f"90 % interval {VEHICLES.span(total)}, {horizon(findings.volumes.periods)}",
    )
    profit = findings.definition.profit
    yield KeyFigure(
        "Contribution after fixed costs, expected",
        money.centre(profit, profit.mean),
        f"90 % interval {money.span(profit)}",
    )
    if share := line_share(findings):
        yield KeyFigure(
            "Share of informed buyers, expected",
            SHARE.centre(share, share.mean),
            f"90 % interval {SHARE.span(share)}; of those who know the line and can buy it",
        )
