"""Notices: what limits how far the figures can be trusted, said before any of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from counterflow.domain.definition import Offer
from counterflow.domain.findings import Findings
from counterflow.domain.settings import PriceRange
from counterflow.report.content import Notice
from counterflow.report.names import Names
from counterflow.report.numbers import SHARE, count
from counterflow.report.sections.computation import gap_in_words
from counterflow.report.sections.parts import unserved_share

_MUCH_UNSERVED = 0.05


def notices(findings: Findings, names: Names) -> Iterator[Notice]:
    """Yield every notice that the findings call for."""
    yield from _estimate(findings)
    yield from _search(findings, names)
    yield from _build_plan(findings)
    yield from _loss(findings, names)


def _estimate(findings: Findings) -> Iterator[Notice]:
    estimate = findings.estimate
    if not estimate.is_converged:
        yield Notice(
            "The choice model did not converge",
            f"Its status is: {estimate.status}. Every figure below builds on it and may move when "
            "the estimation is run for longer.",
        )


def _search(findings: Findings, names: Names) -> Iterator[Notice]:
    definition = findings.definition
    if definition.status != "optimal":
        yield Notice(
            "The line is the best that a local search found",
            f"Not every line was tried; {gap_in_words(definition)}.",
        )
    for offer in definition.offers:
        if end := _end_of_range(offer, findings):
            yield Notice(
                f"The price of {names.offer(offer.name)} is the {end} that was allowed",
                f"{names.money.exact(offer.price)} stands at the end of the range that the search "
                "was given; a price beyond it might earn more. Widen the range, and ask about it.",
            )


def _end_of_range(offer: Offer, findings: Findings) -> str:
    """Return "lowest" or "highest" where the price stands at an end; empty elsewhere."""
    prices = _range_of(offer, findings)
    if prices is None or len(prices.prices) == 1:
        return ""
    if offer.price <= prices.prices[0]:
        return "lowest"
    return "highest" if offer.price >= prices.prices[-1] else ""


def _range_of(offer: Offer, findings: Findings) -> PriceRange | None:
    ranges = findings.programme.search.prices
    return next((r for r in ranges if offer.configuration.meets(r.when)), None)


def _build_plan(findings: Findings) -> Iterator[Notice]:
    plan = findings.production
    if plan.status == "time_limit":
        far = f"at most {SHARE.text(plan.gap, digits=2)}" if math.isfinite(plan.gap) else "unknown"
        yield Notice("The build plan ran out of time", f"Its distance to the best plan is {far}.")
    elif plan.status == "infeasible":
        yield Notice("There is no build plan", "No plan meets all limits of the plant.")
    elif unserved_share(plan) > _MUCH_UNSERVED:
        yield Notice(
            "The plant and the orders of parts fall short of what is wanted",
            f"{count(float(plan.expected_unserved.sum()))} vehicles, "
            f"{SHARE.text(unserved_share(plan), digits=2)} of what is wanted, are expected never "
            "to be delivered. The volumes below are what buyers want, not what is built.",
        )


def _loss(findings: Findings, names: Names) -> Iterator[Notice]:
    profit = findings.definition.profit
    if profit.low < 0.0:
        yield Notice(
            "The line may lose money",
            "The 90 % interval of what it contributes after fixed costs is "
            f"{names.money.between(profit)}.",
        )
