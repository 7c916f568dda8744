"""What was assumed: everything that a reader could otherwise take for a finding."""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.domain.configuration import Rule
from counterflow.domain.contracts import Contract
from counterflow.domain.costs import SupplierPackage
from counterflow.domain.findings import Findings
from counterflow.domain.market import (
    Competitor,
    Market,
    OutsideOption,
    Subsidy,
    Tax,
    UncertainShare,
)
from counterflow.domain.programme import Programme
from counterflow.report.content import Block, Facts, Section, Sentences, Table
from counterflow.report.names import Names, listed, plural
from counterflow.report.numbers import SHARE, Measure, count, exact
from counterflow.report.sections.driving import driving

CONVENTIONS = (
    "Intervals run from the 5 % to the 95 % quantile over the draws; the tick is the median, "
    "“expected” is the mean.",
    "Willingness to pay is that of the median person; the interval is over the draws.",
    "An offer competes with the inclusive value of its variants, the logarithm of the mean of "
    "exp(utility) over them: it gains where buyers find what they like, not by variety as such.",
    "In each draw the respondents are weighted anew (Bayesian bootstrap), so volumes carry the "
    "uncertainty of having asked these people and no others.",
    "Subsidies change what a buyer pays, not what the programme earns.",
    "Income from a contract counts with its present value over the months that a renter is "
    "assumed to stay.",
)


def assumptions(findings: Findings, names: Names) -> Section:
    """Return the section on assumptions."""
    programme = findings.programme
    blocks: list[Block] = []
    if programme.programme.assumptions:
        blocks.append(Sentences(title="Stated", sentences=programme.programme.assumptions))
    blocks += [_market(programme), _sizes(programme, names)]
    if programme.market.subsidies:
        blocks.append(_subsidies(programme.market, names))
    if programme.market.taxes:
        blocks.append(_taxes(programme.market, names))
    if programme.market.competitors:
        blocks.append(_competitors(programme.market, names))
    if programme.rules:
        blocks.append(_rules(programme, names))
    if programme.contracts:
        blocks.append(_contracts(programme, names))
    if (driven := driving(findings, names)) is not None:
        blocks.append(driven)
    blocks += [_costs(programme, names), _plant(programme)]
    blocks.append(Sentences(title="Conventions", sentences=CONVENTIONS))
    return Section(
        anchor="assumptions",
        question="What was assumed",
        finding=_finding(programme),
        blocks=blocks,
        is_result=False,
    )


def _finding(programme: Programme) -> str:
    market, stated = programme.market, programme.programme.assumptions
    counted = f"{plural(len(stated), 'stated assumption')} and " if stated else ""
    return (
        f"The figures rest on {counted}the settings below, above all that "
        f"{_uncertain(market.awareness)} of buyers come to know the line and "
        f"{_uncertain(market.availability)} of them can buy it where they are."
    )


def _uncertain(share: UncertainShare) -> str:
    mode = SHARE.exact(share.mode)
    if share.low == share.high:
        return mode
    low, high = exact(100.0 * share.low), exact(100.0 * share.high)
    return f"{mode} ({low} to {high})"


def _spread(share: UncertainShare) -> str:
    kind = "taken as known" if share.low == share.high else "triangular"
    return f"{_uncertain(share)}, {kind}"


def _market(programme: Programme) -> Facts:
    market = programme.market
    build_up = [SHARE.exact(share) for share in market.awareness_build_up]
    outside = _outside(market.outside_option)
    return Facts(
        title="Market",
        facts=(
            ("Awareness once launched", _spread(market.awareness)),
            ("Reached by period", ", ".join(build_up) or "all of it at once"),
            ("Availability", _spread(market.availability)),
            ("Buyers who take none", outside),
            ("Periods", f"{listed(list(market.periods))}; {market.weeks_per_period:g} weeks each"),
        ),
    )


def _outside(option: OutsideOption) -> str:
    if option.share is None:
        return "as often as the survey's respondents did"
    return f"{SHARE.exact(option.share)} before our line exists; utilities are calibrated to that"


def _sizes(programme: Programme, names: Names) -> Table:
    periods, regions = programme.market.periods, programme.market.regions
    buyers = [region.buyers(len(periods)) for region in regions.values()]
    columns = tuple(names.region(region) for region in regions)
    return Table(
        title="Category buyers expected",
        columns=("Period", *columns),
        rows=(
            *((period, *(exact(b[q]) for b in buyers)) for q, period in enumerate(periods)),
            ("All periods", *(exact(sum(b)) for b in buyers)),
            ("Standard deviation", *(SHARE.exact(r.relative_sd) for r in regions.values())),
        ),
        numbers=frozenset(columns),
    )


def _subsidies(market: Market, names: Names) -> Table:
    def row(subsidy: Subsidy) -> tuple[str, ...]:
        return (
            subsidy.label,
            names.money.exact(subsidy.amount),
            listed([names.region(region) for region in subsidy.regions]),
            names.condition(subsidy.when),
            "yes" if subsidy.rivals_too else "no",
        )

    return Table(
        title="Subsidies",
        columns=("Subsidy", "Amount", "Regions", "When", "For rivals too"),
        rows=tuple(row(subsidy) for subsidy in market.subsidies.values()),
        numbers=frozenset({"Amount"}),
    )


def _taxes(market: Market, names: Names) -> Table:
    def row(tax: Tax) -> tuple[str, ...]:
        regions = [names.region(region) for region in tax.regions or market.regions]
        return tax.label, tax.paid_by, _due(tax, names), listed(regions), names.condition(tax.when)

    return Table(
        title="Taxes",
        columns=("Tax", "Paid by", "Due", "Regions", "When"),
        rows=tuple(row(tax) for tax in market.taxes.values()),
    )


def _due(tax: Tax, names: Names) -> str:
    """Return in words what is due on a vehicle."""
    due = [f"{SHARE.exact(tax.rate)} of the price"] if tax.rate else []
    due += [names.money.exact(tax.amount)] if tax.amount else []
    if tax.exempt_up_to is None:
        return " and ".join(due)
    limit = names.money.exact(tax.exempt_up_to)
    if tax.taxed_above == "excess":
        return f"{' and '.join(due)} above {limit}, of what is above"
    return f"{' and '.join(due)} where the price is above {limit}"


def _competitors(market: Market, names: Names) -> Table:
    attributes = names.programme.configurable

    def row(rival: Competitor) -> tuple[str, ...]:
        levels = (names.level(name, rival.levels[name]) for name in attributes)
        regions = listed([names.region(region) for region in rival.regions]) or "all regions"
        return (rival.label, names.money.exact(rival.price), *levels, regions)

    return Table(
        title="Rivals",
        columns=("Rival", "Price", *(a.label for a in attributes.values()), "Sold in"),
        rows=tuple(row(rival) for rival in market.competitors.values()),
        numbers=frozenset({"Price"}),
    )


def _rules(programme: Programme, names: Names) -> Table:
    def row(rule: Rule) -> tuple[str, ...]:
        demands = [f"{names.condition(rule.requires)}"] if rule.requires else []
        demands += [f"not: {names.condition(rule.excludes)}"] if rule.excludes else []
        return names.condition(rule.when), "; ".join(demands), rule.reason

    return Table(
        title="What can be built together",
        columns=("Where", "It must hold that", "Because"),
        rows=tuple(row(rule) for rule in programme.rules),
    )


def _distance(contract: Contract) -> str:
    if contract.expected_km_per_month is None:
        return "each renter's own"
    return Measure("km").exact(contract.expected_km_per_month)


def _contracts(programme: Programme, names: Names) -> Table:
    def row(contract: Contract) -> tuple[str, ...]:
        return (
            contract.label,
            names.condition(contract.when),
            names.money.exact(contract.rent_per_month),
            exact(contract.expected_months),
            _distance(contract),
            SHARE.exact(contract.discount_rate_per_year),
            names.money.text(contract.present_value),
        )

    numbers = ("Rent a month", "Months a renter stays", "Distance a month", "Discount rate a year")
    return Table(
        title="What is assumed of people who rent",
        columns=("Contract", "Where", *numbers, "Present value"),
        rows=tuple(row(contract) for contract in programme.contracts.values()),
        numbers=frozenset((*numbers, "Present value")),
    )


def _costs(programme: Programme, names: Names) -> Table:
    return Table(
        title="Costs beside parts",
        columns=("What", "Cost"),
        rows=tuple(_cost_rows(programme, names)),
        numbers=frozenset({"Cost"}),
    )


def _cost_rows(programme: Programme, names: Names) -> Iterator[tuple[str, str]]:
    money, costs = names.money, programme.costs
    yield "Each vehicle, before levels and parts", money.exact(costs.base_per_vehicle)
    yield "Each offer, once", money.exact(costs.fixed_per_offer)
    for attribute, levels in costs.levels.items():
        for level, cost in levels.items():
            what = f"{names.attribute(attribute)}: {names.level(attribute, level)}, a vehicle"
            yield what, money.exact(cost)
    for package in costs.packages.values():
        where = names.condition(package.when)
        for tier, fee in _fees(package):
            yield f"{package.label}, a vehicle where {where}{tier}", money.exact(fee)
        yield f"{package.label}, once", money.exact(package.fixed_fee)
    for fixed in costs.fixed.values():
        how_often = "once" if fixed.paid == "once" else "for each offer"
        yield (
            f"{fixed.label}, {how_often}: {names.condition(fixed.when)}",
            money.exact(fixed.amount),
        )


def _fees(package: SupplierPackage) -> Iterator[tuple[str, float]]:
    """Yield each fee of the package, and in words from which volume it holds and for which."""
    if package.fee_per_vehicle is not None:
        yield "", package.fee_per_vehicle
    further = "of those" if package.tier_applies_to == "further_vehicles" else "of all"
    for tier in package.tiers:
        yield f", {further} from {count(tier.from_vehicles)} vehicles on", tier.fee_per_vehicle


def _plant(programme: Programme) -> Facts:
    plant = programme.production
    return Facts(
        title="Plant",
        facts=(
            ("Takt", Measure("s").exact(plant.takt_s)),
            ("Line time a period", Measure("h").exact(plant.line_hours_per_period)),
            ("Most it builds a period", f"{count(plant.vehicles_per_period)} vehicles"),
            (
                "Holding a built vehicle for a period",
                f"{SHARE.exact(plant.holding_cost_share_per_period)} of its unit cost",
            ),
            (
                "Orders cancelled in each period of waiting",
                SHARE.exact(plant.lost_share_per_period_waited),
            ),
        ),
    )
