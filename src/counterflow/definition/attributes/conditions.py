"""Conditions of a programme, as far as they decide what can be looked at attribute by attribute."""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.domain.programme import Programme
from counterflow.domain.section import Condition


def deciding_attributes(programme: Programme) -> tuple[str, ...]:
    """Return the attributes that decide the price range, the contract, or what a buyer pays.

    Options that change the price are among them where what is paid is no sum of price and options:
    where there are taxes, or utility is not linear in price.
    """
    market = programme.market
    named = {
        *_named(prices.when for prices in programme.search.prices),
        *_named(contract.when for contract in programme.contracts.values()),
        *_named(subsidy.when for subsidy in market.subsidies.values()),
        *_named(tax.when for tax in market.taxes.values()),
    }
    is_sum = programme.attributes[programme.price_attribute].coding == "linear"
    if market.taxes or not is_sum:
        named |= {name for name, a in programme.configurable.items() if any_price(a.option_price)}
    return tuple(name for name in programme.configurable if name in named)


def tied_options(programme: Programme) -> tuple[str, ...]:
    """Return the options that something ties to other attributes: a rule, a cost or the price."""
    deciding = deciding_attributes(programme)
    together = [set(deciding), *_together(programme)]
    return tuple(
        name
        for name, attribute in programme.configurable.items()
        if attribute.kind == "option"
        and (name in deciding or any(name in names and len(names) > 1 for names in together))
    )


def any_price(option_price: dict[str, float]) -> bool:
    """Return whether some level of an option is not free of charge."""
    return any(option_price.values())


def _together(programme: Programme) -> Iterator[set[str]]:
    """Yield the attributes that each rule or cost names together."""
    for rule in programme.rules:
        yield {*rule.when, *rule.requires, *rule.excludes}
    for part in programme.parts.values():
        yield from (set(use.when) for use in part.used_in)
    costs = programme.costs
    yield from (set(package.when) for package in costs.packages.values())
    yield from (set(fixed.when) for fixed in costs.fixed.values())


def _named(conditions: Iterator[Condition]) -> set[str]:
    return {name for condition in conditions for name in condition}
