"""What to build when: each offer's builds, against what is wanted and what the plant can build."""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.domain.findings import Findings
from counterflow.report.charts.builds import draw_builds
from counterflow.report.charts.theme import COLOURS, INK, RIVAL, colour_of
from counterflow.report.content import Figure, Key, Table
from counterflow.report.names import Names, plural
from counterflow.report.numbers import count


def build_plan(findings: Findings, names: Names) -> Figure:
    """Return the build plan as a chart with its figures."""
    plan, volumes = findings.production, findings.volumes
    wanted = volumes.draws.sum(axis=(1, 2)).mean(axis=0)
    shown = dict(_stacks(findings, names))
    title = "Vehicles to build in each period, against what the plant can build"
    built = plan.builds.sum(axis=0)
    said = "; ".join(
        f"{period}: {count(built[q])} built, {count(wanted[q])} wanted, at most "
        f"{count(plan.capacity[q])}"
        for q, period in enumerate(plan.periods)
    )
    return Figure(
        title=title,
        picture=draw_builds(
            plan.periods,
            {colour: values for colour, (_, values) in shown.items()},
            wanted=wanted.tolist(),
            capacity=plan.capacity.tolist(),
            says=f"{title}. {said}.",
        ),
        keys=(
            *(Key("bar", colour, name) for colour, (name, _) in shown.items()),
            Key("dot", INK, "wanted, expected"),
            Key("line", INK, "capacity"),
        ),
        table=_table(findings, wanted.tolist(), names),
        note="The plan may build in one period what is wanted in a later one, at the cost of "
        f"holding it. It is expected to contribute {names.money.text(plan.expected_contribution)}, "
        "before the fixed costs of the line.",
    )


def _stacks(findings: Findings, names: Names) -> Iterator[tuple[str, tuple[str, list[float]]]]:
    """Yield colour, name and builds of each offer; those beyond the colours share one grey."""
    plan = findings.production
    order = [plan.offers.index(offer.name) for offer in findings.definition.offers]
    for i, row in enumerate(order[: len(COLOURS)]):
        yield colour_of(i), (names.offer(plan.offers[row]), plan.builds[row].tolist())
    if rest := order[len(COLOURS) :]:
        yield RIVAL, (plural(len(rest), "other offer"), plan.builds[rest].sum(axis=0).tolist())


def _table(findings: Findings, wanted: list[float], names: Names) -> Table:
    plan = findings.production
    offers = tuple(names.offer(offer) for offer in plan.offers)
    columns = (*offers, "Built", "Wanted, expected", "Delivered, expected", "Capacity")
    sold = plan.expected_sales.sum(axis=0)
    return Table(
        title="Build plan (vehicles)",
        columns=("Period", *columns),
        rows=tuple(
            (
                period,
                *(count(x) for x in plan.builds[:, q]),
                count(float(plan.builds[:, q].sum())),
                count(wanted[q]),
                count(float(sold[q])),
                count(float(plan.capacity[q])),
            )
            for q, period in enumerate(plan.periods)
        ),
        numbers=frozenset(columns),
    )
