"""What to build and at what price: each offer as a buyer would be shown it, and what it brings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float

from counterflow.domain.contracts import Contract
from counterflow.domain.definition import Offer
from counterflow.domain.findings import Findings
from counterflow.domain.volumes import VolumeDraws, interval
from counterflow.production.margins import offer_margins, offer_taxes
from counterflow.production.variants import expected_mix, variants_of
from counterflow.report.charts.theme import colour_of
from counterflow.report.content import Card, Cards, Section
from counterflow.report.names import Names, plural
from counterflow.report.numbers import SHARE, VEHICLES, Measure
from counterflow.report.sections.contract_terms import contract_terms


def offers(findings: Findings, names: Names) -> Section:
    """Return the section on the line of offers."""
    return Section(
        anchor="offers",
        question="What to build, and at what price",
        finding=_finding(findings, names),
        blocks=(
            Cards(
                cards=tuple(
                    _card(offer, colour_of(i), findings, names)
                    for i, offer in enumerate(findings.definition.offers)
                )
            ),
        ),
    )


def price_span(offers: Sequence[Offer], names: Names) -> str:
    """Return the price, or the lowest and the highest: `49,900 to 99,900 CNY`."""
    low, high = min(o.price for o in offers), max(o.price for o in offers)
    if low == high:
        return names.money.exact(low)
    return f"{Measure('').exact(low)} to {names.money.exact(high)}"


def _finding(findings: Findings, names: Names) -> str:
    definition = findings.definition
    n = len(definition.offers)
    profit = names.money.interval(definition.profit, centre=definition.profit.mean)
    return (
        f"Build {plural(n, 'offer')} at {price_span(definition.offers, names)}. "
        f"{'It is' if n == 1 else 'Together they are'} expected to contribute {profit} "
        "after fixed costs."
    )


def _card(offer: Offer, colour: str, findings: Findings, names: Names) -> Card:
    programme, volumes = findings.programme, findings.volumes
    contract = programme.contracts[offer.contract] if offer.contract else None
    wanted = interval(_wanted(offer, volumes))
    share = wanted.mean / max(volumes.total().mean, 1e-12)
    return Card(
        colour=colour,
        name=names.offer(offer.name),
        price=names.money.exact(offer.price),
        price_note=_price_note(offer, contract, names),
        terms=tuple(_terms(offer, contract, names)),
        levels=tuple(
            (names.attribute(name), names.level(name, level))
            for name, level in offer.configuration.levels
            if programme.attributes[name].kind != "option"
        ),
        options=tuple(_options(offer, findings, names)),
        economics=tuple(_economics(offer, findings, names)),
        volume=VEHICLES.centre(wanted, wanted.mean),
        volume_note=f"expected; 90 % interval {VEHICLES.span(wanted)}; "
        f"{SHARE.text(share, digits=2)} of the line",
    )


def _price_note(offer: Offer, contract: Contract | None, names: Names) -> str:
    note = "on the day, before options" if len(offer.variants) > 1 else "on the day"
    if contract is None:
        return note
    return f"{note}, plus {names.money.exact(contract.rent_per_month)} a month"


def _terms(
    offer: Offer, contract: Contract | None, names: Names
) -> Iterator[tuple[str, tuple[str, ...]]]:
    if contract is not None:
        yield contract.label, tuple(contract_terms(contract, names))
    if subsidised := tuple(_subsidised(offer, names)):
        has_taxes = bool(names.programme.market.taxes)
        yield "After subsidies and taxes" if has_taxes else "After subsidies", subsidised


def _subsidised(offer: Offer, names: Names) -> Iterator[str]:
    market = names.programme.market
    for region in market.regions:
        paid = market.buyer_pays(region, offer.configuration.meets, offer.price, rival=False)
        if paid != offer.price:
            yield f"{names.money.exact(paid)} in {names.region(region)}"


def _options(
    offer: Offer, findings: Findings, names: Names
) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Yield each option with its levels, what they cost on top and how many pick them."""
    for name, attribute in names.programme.attributes.items():
        if attribute.kind != "option":
            continue
        chosen = _chosen(name, offer, findings)
        yield (
            attribute.label,
            tuple(
                (
                    names.level(name, level),
                    f"{_option_price(attribute.option_price.get(level, 0.0), names)} · "
                    f"{SHARE.text(chosen[level], digits=2)} pick it",
                )
                for level in attribute.level_names
                if level in chosen
            ),
        )


def _chosen(attribute: str, offer: Offer, findings: Findings) -> dict[str, float]:
    """Return the share of the offer's buyers that each level of an option has, on average."""
    volumes = findings.volumes
    mix = expected_mix(volumes)[volumes.offers.index(offer.name)]
    chosen: dict[str, float] = {}
    for variant, owner, share in zip(
        variants_of(findings.definition, volumes), volumes.offer_of_variant, mix, strict=True
    ):
        if owner == offer.name:
            level = variant.configuration[attribute]
            chosen[level] = chosen.get(level, 0.0) + float(share)
    return chosen


def _option_price(price: float, names: Names) -> str:
    if price == 0.0:
        return "no charge"
    return f"{'+' if price > 0 else ''}{names.money.exact(price)}"


def _economics(offer: Offer, findings: Findings, names: Names) -> Iterator[tuple[str, str]]:
    """Yield what a vehicle brings and costs, on average over what its buyers pick."""
    money, position = names.money, findings.volumes.offers.index(offer.name)
    margins = offer_margins(findings.programme, findings.definition, findings.volumes)
    income, cost = float(margins.income[position]), float(margins.unit_cost[position])
    tax = float(offer_taxes(findings.definition, findings.volumes)[position])
    yield (
        "Price with options" if len(offer.variants) > 1 else "Price",
        money.text(income - offer.contract_value + tax),
    )
    if tax:
        yield "Tax that the seller hands on", money.text(tax)
    if offer.contract:
        yield "Contract income, today's value", money.text(offer.contract_value)
    yield "Unit cost", money.text(cost)
    yield "Contribution a vehicle", money.text(income - cost)


def _wanted(offer: Offer, volumes: VolumeDraws) -> Float[np.ndarray, " S"]:
    draws: np.ndarray = volumes.by_offer()[:, volumes.offers.index(offer.name)].sum(axis=(1, 2))
    return draws
