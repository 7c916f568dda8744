"""Which parts to order: long-lead orders against needs, all needs, and the plan they serve."""

from __future__ import annotations

from counterflow.domain.definition import Interval
from counterflow.domain.findings import Findings
from counterflow.domain.production_plan import Commitment, ProductionPlan
from counterflow.report.charts.placement import Bar, Row
from counterflow.report.charts.rows import draw_rows
from counterflow.report.charts.theme import COLOURS, INK, PERCENT, tint
from counterflow.report.content import Block, Figure, Key, Section, Table
from counterflow.report.names import Names, plural
from counterflow.report.numbers import SHARE, Measure, count, exact, significant
from counterflow.report.sections.build_plan import build_plan


def parts(findings: Findings, names: Names) -> Section:
    """Return the section on parts and the build plan."""
    plan = findings.production
    blocks: list[Block] = []
    if plan.commitments:
        blocks += [_orders(plan, names), _orders_against_need(plan, names)]
    if plan.parts:
        blocks.append(_needs(plan, names))
    blocks.append(build_plan(findings, names))
    return Section(
        anchor="parts",
        question="Which parts to order, and what to build when",
        finding=f"{_what_to_order(plan, names)} {_what_is_built(findings)}",
        blocks=blocks,
    )


def unserved_share(plan: ProductionPlan) -> float:
    """Return the share of wanted vehicles that the plan is expected never to deliver."""
    unserved = float(plan.expected_unserved.sum())
    return unserved / max(unserved + float(plan.expected_sales.sum()), 1e-12)


def weeks(order_by_week: float, first_period: str) -> str:
    """Return when to order in words.

    Examples
    --------
    >>> weeks(-12.0, "2025-11"), weeks(0.0, "2025-11"), weeks(1.0, "2025-11")
    ('12 weeks before 2025-11', 'at the start of 2025-11', '1 week after the start of 2025-11')
    """
    if order_by_week == 0.0:
        return f"at the start of {first_period}"
    n = abs(order_by_week)
    length = f"{exact(n)} week{'' if n == 1.0 else 's'}"
    when = "before" if order_by_week < 0.0 else "after the start of"
    return f"{length} {when} {first_period}"


def _what_to_order(plan: ProductionPlan, names: Names) -> str:
    if not plan.commitments:
        return "No part has to be ordered before demand is known."
    first = min(plan.commitments, key=lambda c: c.order_by_week)
    n = len(plan.commitments)
    must = f"{plural(n, 'part')} must be ordered before demand is known"
    when = weeks(first.order_by_week, plan.periods[0])
    what = f"{names.part(first.part)} ({_quantity(first, names)})"
    return f"{must}: {what}{'' if n == 1 else ' first'}, {when}."


def _quantity(commitment: Commitment, names: Names) -> str:
    """Return how many to order; the noun is left out where the unit is a plain piece."""
    unit = names.programme.parts[commitment.part].unit
    return f"{count(commitment.quantity)} {'' if unit == 'piece' else unit}".strip()


def _what_is_built(findings: Findings) -> str:
    plan = findings.production
    if plan.status == "infeasible":
        return "No build plan was found."
    built, sold = float(plan.builds.sum()), float(plan.expected_sales.sum())
    missed = SHARE.text(unserved_share(plan), digits=2)
    return (
        f"The plan builds {count(built)} vehicles, of which {count(sold)} are expected to be "
        f"delivered; {missed} of what is wanted is never delivered."
    )


def _orders(plan: ProductionPlan, names: Names) -> Table:
    money = names.money.unit
    numbers = (
        "Order",
        "Critical ratio",
        f"A missing one costs ({money})",
        f"One too many costs ({money})",
        "Expected shortage",
        "Expected excess",
    )
    return Table(
        title="Long-lead parts to order before demand is known",
        columns=("Part", "Order by", *numbers),
        rows=tuple(_order_row(c, plan, names) for c in _by_deadline(plan)),
        numbers=frozenset(numbers),
        note="The critical ratio is what a missing part costs, over that plus what one too many "
        "costs; the order is this quantile of the need that the plant can use.",
    )


def _order_row(order: Commitment, plan: ProductionPlan, names: Names) -> tuple[str, ...]:
    return (
        _with_unit(order.part, names),
        weeks(order.order_by_week, plan.periods[0]),
        count(order.quantity),
        f"{order.critical_ratio:.2f}",
        significant(order.underage_cost),
        significant(order.overage_cost),
        significant(order.expected_shortage, 2),
        significant(order.expected_excess, 2),
    )


def _orders_against_need(plan: ProductionPlan, names: Names) -> Figure:
    """Return orders beside needs; as shares of the median need, since parts differ in number."""
    rows = [
        _against_need(order, plan.total_need(order.part), plan, names)
        for order in _by_deadline(plan)
        if plan.total_need(order.part).median > 0.0
    ]
    title = "Orders against what will be needed"
    return Figure(
        title=title,
        picture=draw_rows(rows, title=title, axis="Share of the median need", labels=PERCENT)
        if rows
        else None,
        keys=(
            Key("bar", tint(COLOURS[0]), "need, 90 % interval"),
            Key("tick", COLOURS[0], "median need"),
            Key("diamond", INK, "order"),
        ),
    )


def _against_need(order: Commitment, need: Interval, plan: ProductionPlan, names: Names) -> Row:
    return Row(
        label=names.part(order.part),
        note=f"order {weeks(order.order_by_week, plan.periods[0])}",
        bars=(
            Bar(
                low=need.low / need.median,
                median=1.0,
                high=need.high / need.median,
                diamond=order.quantity / need.median,
                colour=COLOURS[0],
            ),
        ),
        value=f"order {count(order.quantity)}",
        span=f"need {Measure('').span(need)}",
    )


def _needs(plan: ProductionPlan, names: Names) -> Table:
    numbers = ("5 %", "50 %", "95 %", "Expected")
    cost, lead = f"Unit cost ({names.money.unit})", "Lead time (weeks)"
    return Table(
        title="Parts needed to build what is wanted, all periods",
        columns=("Part", *numbers, cost, lead, "Order"),
        rows=tuple(_need_row(part, plan, names) for part in plan.parts),
        numbers=frozenset((*numbers, cost, lead)),
    )


def _need_row(name: str, plan: ProductionPlan, names: Names) -> tuple[str, ...]:
    need, part = plan.total_need(name), names.programme.parts[name]
    figures = (need.low, need.median, need.high, need.mean)
    return (
        _with_unit(name, names),
        *(Measure("").bare(x, like=need) for x in figures),
        Measure("").exact(part.unit_cost),
        Measure("").exact(part.lead_time_weeks),
        "before demand is known" if part.long_lead else "as orders come in",
    )


def _with_unit(name: str, names: Names) -> str:
    return f"{names.part(name)} ({names.programme.parts[name].unit})"


def _by_deadline(plan: ProductionPlan) -> list[Commitment]:
    return sorted(plan.commitments, key=lambda c: c.order_by_week)
