"""What people want: willingness to pay for each step from one level to another."""

from __future__ import annotations

import math

from counterflow.domain.definition import Interval
from counterflow.domain.findings import Findings
from counterflow.domain.willingness_to_pay import WillingnessToPay
from counterflow.report.charts.placement import Bar, Row
from counterflow.report.charts.rows import draw_rows
from counterflow.report.charts.theme import COLOURS, NUMBER, tint
from counterflow.report.content import Figure, Key, Section, Table
from counterflow.report.names import Names, quoted
from counterflow.report.numbers import SHARE

INTERVAL_KEYS = (
    Key("bar", tint(COLOURS[0]), "90 % interval"),
    Key("tick", COLOURS[0], "median"),
)


def preferences(findings: Findings, names: Names) -> Section:
    """Return the section on what people want."""
    known = tuple(w for w in findings.estimate.willingness_to_pay if math.isfinite(w.amount.median))
    return Section(
        anchor="preferences",
        question="What people want",
        finding=_finding(known, names),
        blocks=(_figure(known, names),) if known else (),
    )


def _finding(known: tuple[WillingnessToPay, ...], names: Names) -> str:
    if not known:
        return "No willingness to pay was computed, so nothing can be said in money."
    most = max(known, key=lambda w: w.amount.median)
    least = min(known, key=lambda w: w.amount.median)
    sentences = []
    if most.amount.median > 0.0:
        amount = names.money.interval(most.amount)
        sentences.append(f"The median buyer would pay {amount} for {_step(most, names)}.")
    if least.amount.median < 0.0:
        amount = names.money.interval(_negated(least.amount))
        sentences.append(f"To accept {_step(least, names)}, they would want {amount} off.")
    return " ".join(sentences) or "The median buyer would pay nothing for any step asked about."


def _step(wtp: WillingnessToPay, names: Names) -> str:
    level, versus = (quoted(names.start(wtp.attribute, x)) for x in (wtp.level, wtp.versus))
    return f"{level} rather than {versus} ({names.attribute(wtp.attribute)})"


def _negated(amount: Interval) -> Interval:
    return Interval(-amount.mean, -amount.high, -amount.median, -amount.low)


def _figure(known: tuple[WillingnessToPay, ...], names: Names) -> Figure:
    money = names.money
    rows = [
        Row(
            group=names.attribute(w.attribute),
            label=names.level(w.attribute, w.level),
            note=f"rather than {names.start(w.attribute, w.versus)}",
            bars=(
                Bar(
                    low=w.amount.low,
                    median=w.amount.median,
                    high=w.amount.high,
                    colour=COLOURS[0],
                ),
            ),
            value=money.centre(w.amount),
            span=money.span(w.amount),
        )
        for w in known
    ]
    title = "What the median person would pay for each step"
    return Figure(
        title=title,
        picture=draw_rows(
            rows,
            title=title,
            axis=f"Willingness to pay ({money.unit})",
            labels=NUMBER,
        ),
        keys=INTERVAL_KEYS,
        table=_table(known, names),
        note="Half of the people would pay more than the median, half less. The interval says how "
        "well the survey pins that median down, not how much people differ.",
    )


def _table(known: tuple[WillingnessToPay, ...], names: Names) -> Table:
    money = names.money
    median, low, high = (f"{q} ({money.unit})" for q in ("Median", "5 %", "95 %"))
    people = "People who would pay anything"
    return Table(
        title="Willingness to pay",
        columns=("Attribute", "Level", "Rather than", median, low, high, people),
        rows=tuple(
            (
                names.attribute(w.attribute),
                names.level(w.attribute, w.level),
                names.level(w.attribute, w.versus),
                *(
                    money.bare(x, like=w.amount)
                    for x in (w.amount.median, w.amount.low, w.amount.high)
                ),
                SHARE.text(w.share_positive, digits=2),
            )
            for w in known
        ),
        numbers=frozenset((median, low, high, people)),
    )
