"""Price levels: the prices of offers as the levels of one attribute, with all that decides them.

What is charged depends on the price and on a few other attributes: the price range, the contract,
subsidies and taxes. Their levels fall into classes that no condition tells apart; each combination
of classes, with each price that it may have, is one level of the price.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.definition.attributes.conditions import any_price, deciding_attributes
from counterflow.definition.candidates import all_candidates
from counterflow.definition.offers import contract_of
from counterflow.domain.configuration import Configuration, Rule
from counterflow.domain.level_clauses import LevelClauses
from counterflow.domain.programme import Programme
from counterflow.domain.section import Condition


@dataclass(frozen=True, kw_only=True)
class PriceLevel:
    """One price, in one combination of what decides on it."""

    when: Mapping[str, tuple[str, ...]]
    """The levels of the deciding attributes that have this price."""
    like: Configuration
    """One of their combinations."""
    price: float
    """Of the offer: before options, taxes and subsidies."""
    options_price: float
    """Of those options that are among the deciding attributes."""

    @property
    def in_full(self) -> float:
        """Return the price with these options."""
        return self.price + self.options_price


def price_levels(
    programme: Programme, clauses: LevelClauses, levels: Mapping[str, Sequence[str]]
) -> tuple[PriceLevel, ...]:
    """Return every price of every buildable combination of what decides on it.

    `clauses` are about `levels`, those of all attributes but the price.

    Raises
    ------
    InputError
        If something buildable has no price range.
    """
    deciding = [name for name in deciding_attributes(programme) if name in levels]
    found = []
    for combination in itertools.product(*(_classes(programme, n, levels[n]) for n in deciding)):
        when = dict(zip(deciding, combination, strict=True))
        if clauses.nearest(box_of(levels, when), np.zeros(int(clauses.starts[-1]))) is None:
            continue
        like = Configuration.of({name: names[0] for name, names in when.items()})
        found += [
            PriceLevel(
                when=when,
                like=like,
                price=candidate.price,
                options_price=_options_price(programme, like),
            )
            for candidate in all_candidates(programme, [like])
        ]
    return tuple(found)


def link_rules(name: str, prices: Sequence[PriceLevel]) -> Iterator[Rule]:
    """Yield rules that give each price level, numbered as text, only to what has that price."""
    by_condition: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for number, level in enumerate(prices):
        for attribute, names in level.when.items():
            by_condition.setdefault((attribute, names), []).append(str(number))
    for (attribute, names), numbers in by_condition.items():
        yield Rule(
            when={name: tuple(numbers)}, requires={attribute: names}, reason="What decides it."
        )


def box_of(levels: Mapping[str, Sequence[str]], when: Condition) -> np.ndarray:
    """Return the box of all that meets a condition."""
    return np.array(
        [
            name not in when or level in when[name]
            for name, of_attribute in levels.items()
            for level in of_attribute
        ],
        dtype=bool,
    )


def paid_by_buyers(
    programme: Programme, prices: Sequence[PriceLevel]
) -> Float[np.ndarray, "M prices"]:
    """Return what a buyer pays in each region, taxes in and subsidies out."""
    market = programme.market
    return np.array(
        [
            [market.buyer_pays(m, x.like.meets, x.in_full, rival=False) for x in prices]
            for m in market.regions
        ]
    )


def kept_by_seller(
    programme: Programme, prices: Sequence[PriceLevel]
) -> Float[np.ndarray, "M prices"]:
    """Return what is left to the seller of the price in each region, with the contract's value.

    What people pay for distance above a cap is left out where it is their own distance.
    """
    market = programme.market
    contracts = [contract_of(programme, _fixed_part(programme, x.like))[1] for x in prices]
    values = np.array([contract.present_value if contract else 0.0 for contract in contracts])
    taxes = [
        [market.seller_tax(m, x.like.meets, x.in_full) for x in prices] for m in market.regions
    ]
    return np.array([x.in_full for x in prices]) + values - np.array(taxes)


def contract_names(programme: Programme, prices: Sequence[PriceLevel]) -> tuple[str | None, ...]:
    """Return the contract that each price level goes with."""
    return tuple(contract_of(programme, _fixed_part(programme, x.like))[0] for x in prices)


class PriceTable:
    """Finds the price level of a product from its price and from what decides on it."""

    def __init__(self, prices: Sequence[PriceLevel], levels: Mapping[str, Sequence[str]]) -> None:
        names = list(levels)
        self._places = [names.index(name) for name in prices[0].when]
        self._condition_of: list[dict[int, tuple[str, ...]]] = [
            {levels[name].index(level): x.when[name] for x in prices for level in x.when[name]}
            for name in prices[0].when
        ]
        self._numbers = {(x.price, *x.when.values()): n for n, x in enumerate(prices)}

    def number(self, codes: Sequence[int], price: float) -> int:
        """Return the number of the price level, -1 if there is none at this price."""
        met = (
            of_level.get(codes[place])
            for place, of_level in zip(self._places, self._condition_of, strict=True)
        )
        return self._numbers.get((price, *met), -1)


def _fixed_part(programme: Programme, configuration: Configuration) -> Configuration:
    return configuration.only(n for n, a in programme.configurable.items() if a.kind != "option")


def _options_price(programme: Programme, configuration: Configuration) -> float:
    asked = (
        programme.attributes[name].option_price.get(level, 0.0)
        for name, level in configuration.levels
    )
    return sum(asked, start=0.0)


def _classes(programme: Programme, name: str, levels: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the levels of an attribute in classes that nothing about the price tells apart."""
    market = programme.market
    conditions: list[Condition] = [
        *(prices.when for prices in programme.search.prices),
        *(contract.when for contract in programme.contracts.values()),
        *(subsidy.when for subsidy in market.subsidies.values()),
        *(tax.when for tax in market.taxes.values()),
    ]
    option_price = programme.attributes[name].option_price
    told: dict[tuple[object, ...], list[str]] = {}
    for level in levels:
        meets = (level in condition[name] for condition in conditions if name in condition)
        paid = option_price.get(level, 0.0) if any_price(option_price) else 0.0
        told.setdefault((paid, *meets), []).append(level)
    return tuple(tuple(names) for names in told.values())
