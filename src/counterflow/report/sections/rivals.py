"""Against which rivals: shares of all that buyers can choose, and where the volume comes from."""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.domain.coding import OUTSIDE
from counterflow.domain.definition import Interval
from counterflow.domain.findings import Findings
from counterflow.domain.volumes import interval
from counterflow.report.charts.placement import Bar, Row
from counterflow.report.charts.rows import draw_rows
from counterflow.report.charts.theme import COLOURS, INK, NEITHER, PERCENT, RIVAL, colour_of, tint
from counterflow.report.content import Figure, Key, Section
from counterflow.report.names import NONE_OF_THESE, Names, listed
from counterflow.report.numbers import SHARE
from counterflow.report.tables import interval_table

_AXIS = "Share of buyers"
_OTHERS = "What else they could do"


def rivals(findings: Findings, names: Names) -> Section:
    """Return the section on shares and the source of volume."""
    blocks = [figure for figure in (_shares(findings, names), _source(findings, names)) if figure]
    return Section(
        anchor="rivals",
        question="Against which rivals",
        finding=_finding(findings, names),
        blocks=blocks,
    )


def line_share(findings: Findings) -> Interval | None:
    """Return the share of the whole line among informed, served buyers; None if not computed."""
    shares = findings.volumes.shares
    mine = [shares[offer.name] for offer in findings.definition.offers if offer.name in shares]
    return interval(sum(mine[1:], start=mine[0])) if mine else None


def _finding(findings: Findings, names: Names) -> str:
    share = line_share(findings)
    if share is None:
        return "Shares against rivals were not computed."
    taken = SHARE.interval(share, centre=share.mean)
    sentence = f"Of buyers who know the line and can buy it, {taken} would take one of its offers."
    sources = list(_lost(findings))
    if not sources:
        return sentence
    parts = [f"{SHARE.text(x, digits=2)} {_instead(name, names)}" for name, x in sources[:3]]
    return f"{sentence} Without it, {listed(parts)}."


def _instead(name: str, names: Names) -> str:
    if name == OUTSIDE:
        return "of those would take no other offer"
    return f"would take {names.alternative(name)}"


def _lost(findings: Findings) -> Iterator[tuple[str, float]]:
    """Yield what each rival gives up, as a share of all that is given up, largest first."""
    given = {name: x.before.mean - x.after.mean for name, x in findings.shifts.items()}
    total = sum(given.values())
    if total > 0.0:
        for name, lost in sorted(given.items(), key=lambda item: -item[1]):
            yield name, lost / total


def _shares(findings: Findings, names: Names) -> Figure | None:
    shares, offers = findings.volumes.shares, findings.definition.offers
    if not shares:
        return None
    rows = [
        *(
            _row(
                interval(shares[offer.name]),
                label=names.offer(offer.name),
                note=names.summary(offer),
                group="Our line",
                colour=colour_of(i),
            )
            for i, offer in enumerate(offers)
        ),
        *(
            _row(
                interval(shares[name]),
                label=rival.label,
                note=names.money.exact(rival.price),
                group=_OTHERS,
                colour=RIVAL,
            )
            for name, rival in findings.programme.market.competitors.items()
        ),
        _row(interval(shares[OUTSIDE]), label=NONE_OF_THESE, group=_OTHERS, colour=NEITHER),
    ]
    order = [*(offer.name for offer in offers), *findings.programme.market.competitors, OUTSIDE]
    title = "Shares among buyers who know the line and can buy it"
    return Figure(
        title=title,
        picture=draw_rows(rows, title=title, axis=_AXIS, labels=PERCENT),
        keys=(Key("bar", tint(COLOURS[0]), "90 % interval"), Key("tick", COLOURS[0], "median")),
        table=interval_table(
            title="Shares",
            what="Offer",
            measure=SHARE,
            series={"": {names.alternative(name): interval(shares[name]) for name in order}},
        ),
    )


def _row(share: Interval, *, label: str, group: str, colour: str, note: str = "") -> Row:
    return Row(
        group=group,
        label=label,
        note=note,
        bars=(_bar(share, colour),),
        value=SHARE.centre(share),
        span=SHARE.span(share),
    )


def _source(findings: Findings, names: Names) -> Figure | None:
    shifts = {names.alternative(name): shift for name, shift in findings.shifts.items()}
    if not shifts:
        return None
    rows = [
        Row(
            label=name,
            bars=(_bar(shift.before, RIVAL), _bar(shift.after, COLOURS[0])),
            value=f"{SHARE.centre(shift.before)} → {SHARE.centre(shift.after)}",
            span=f"gives up {SHARE.text(shift.before.mean - shift.after.mean, digits=2)}",
        )
        for name, shift in shifts.items()
    ]
    title = "Where the volume comes from"
    return Figure(
        title=title,
        picture=draw_rows(rows, title=title, axis=_AXIS, labels=PERCENT),
        keys=(
            Key("bar", tint(RIVAL), "without our line, 90 % interval"),
            Key("bar", tint(COLOURS[0]), "with our line, 90 % interval"),
            Key("tick", INK, "median"),
        ),
        table=interval_table(
            title="Shares without and with our line",
            what="Offer",
            measure=SHARE,
            series={
                "Without": {name: shift.before for name, shift in shifts.items()},
                "With": {name: shift.after for name, shift in shifts.items()},
            },
        ),
    )


def _bar(share: Interval, colour: str) -> Bar:
    return Bar(low=share.low, median=share.median, high=share.high, colour=colour)
