"""What is most uncertain: how much of the spread in volume each input explains."""

from __future__ import annotations

from counterflow.domain.findings import Findings
from counterflow.report.charts.placement import Bar, Row
from counterflow.report.charts.rows import draw_rows
from counterflow.report.charts.theme import COLOURS, PERCENT, RIVAL
from counterflow.report.content import Figure, Section, Sentences, Table
from counterflow.report.names import listed
from counterflow.report.numbers import SHARE

_WORTH_A_WORD = 0.02
"""Share of variance below which an input is not worth a sentence."""

_WHAT_WOULD_HELP = {
    "preferences": "Preferences: ask more people, or more choice tasks each, or let real orders "
    "correct the part-worths.",
    "respondents": "Respondents: ask more people, or people who are more like those who will buy.",
    "market size": "Market size: registrations of the last months by region would narrow how many "
    "buy in the category at all.",
    "awareness": "Awareness: ask a small panel after the first weeks of the launch who has heard "
    "of the offer.",
    "availability": "Availability: settle where the offer can be bought and served before launch.",
    "outside option": "The outside option: compare the forecast without our line with actual "
    "sales of the category.",
}


def uncertainty(findings: Findings) -> Section:
    """Return the section on what drives the spread of the volume."""
    drivers = dict(sorted(findings.drivers.items(), key=lambda item: -item[1]))
    blocks = (_figure(drivers), _advice(drivers)) if drivers else ()
    return Section(
        anchor="uncertainty",
        question="What is most uncertain",
        finding=_finding(drivers),
        blocks=blocks,
    )


def _finding(drivers: dict[str, float]) -> str:
    if not drivers:
        return "What drives the uncertainty of the volume was not computed."
    (first, share), *others = list(drivers.items())[:3]
    then = [f"{_words(name)} {SHARE.text(x, digits=2)}" for name, x in others]
    start = f"The volume is uncertain mostly through {_words(first)}: {SHARE.text(share, digits=2)}"
    return f"{start} of its variance{', ' if then else ''}{listed(then)}."


def _figure(drivers: dict[str, float]) -> Figure:
    shown = {_capital(_words(name)): share for name, share in drivers.items()}
    rows = [_row(label, share, COLOURS[0]) for label, share in shown.items()]
    if (joint := 1.0 - sum(drivers.values())) > _WORTH_A_WORD:
        rows.append(_row("Several together", joint, RIVAL))
    title = "Share of the variance of total volume that each input explains"
    return Figure(
        title=title,
        picture=draw_rows(rows, title=title, axis="Share of variance", labels=PERCENT),
        table=Table(
            title="Share of variance",
            columns=("Input", "Share of variance"),
            rows=tuple((row.label, row.value) for row in rows),
            numbers=frozenset({"Share of variance"}),
        ),
        note="If an input were known exactly, the variance of total volume would be expected to "
        "fall by its share.",
    )


def _row(label: str, share: float, colour: str) -> Row:
    bars = (Bar(low=0.0, high=share, colour=colour),)
    return Row(label=label, bars=bars, value=SHARE.text(share, digits=2))


def _advice(drivers: dict[str, float]) -> Sentences:
    matter = [_words(name) for name, share in drivers.items() if share > _WORTH_A_WORD]
    advice = dict.fromkeys(_what_would_help(name) for name in matter)
    return Sentences(title="What would reduce it", sentences=tuple(advice))


def _what_would_help(name: str) -> str:
    """Return the advice on an input, which may be one region's: `market size of the north`."""
    known = (advice for start, advice in _WHAT_WOULD_HELP.items() if name.startswith(start))
    return next(known, f"{_capital(name)}: measure it better.")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
