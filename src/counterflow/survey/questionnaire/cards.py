"""The cards of a choice task: each product with all that matters to its buyer, as data.

Every figure and label is derived from the programme, so that what is shown can be built, and is
sold on the terms that the card names, unless the programme says that others are offered since
(`[contracts.NAME.asked]`). Templates put figures into words and numerals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from counterflow.domain.attributes import Attribute
from counterflow.domain.configuration import Configuration
from counterflow.domain.contracts import Contract
from counterflow.domain.programme import Programme
from counterflow.domain.texts import Texts
from counterflow.survey.questionnaire.shown_task import ShownTask


@dataclass(frozen=True, kw_only=True)
class LevelToShow:
    """What a card shows of one attribute.

    Parameters
    ----------
    label
        What people read; of a level that is a number, its name, e.g. "500".
    value, unit
        The number and its unit (numeric attributes), so that pages can write it as people do.
    is_price
        Whether the number is what the buyer pays on the day, options included, before subsidies.
    picture
        An image beside the programme file; None if the level has none.
    colour
        "#rrggbb"; None if the level has none.
    """

    attribute: str
    attribute_label: str
    level: str
    label: str
    value: float | None = None
    unit: str | None = None
    is_price: bool = False
    picture: str | None = None
    colour: str | None = None


@dataclass(frozen=True, kw_only=True)
class ContractToShow:
    """The terms of a contract that people are asked about; money in the programme's currency.

    Parameters
    ----------
    cap_km_per_month
        Distance included in the rent; None: there is no cap.
    overage_per_km
        What a kilometre above the cap costs; None without a cap.
    buy_out
        For how much the rented part may be bought; None: it cannot be.
    expected_per_month
        Rent and overage of who drives `expected_km_per_month`, for `expected_months`; the rent
        alone where the contract assumes no distance for all.
    """

    name: str
    label: str
    rent_per_month: float
    cap_km_per_month: float | None
    overage_per_km: float | None
    buy_out: float | None
    expected_months: int
    expected_km_per_month: float
    expected_per_month: float


@dataclass(frozen=True, kw_only=True)
class NetPrice:
    """What a buyer in a region pays in the end: price and taxes less subsidies."""

    region: str
    region_label: str
    subsidies: tuple[str, ...]
    """Labels of the subsidies."""
    subsidy: float
    price: float


@dataclass(frozen=True, kw_only=True)
class Card:
    """A product on the screen.

    Parameters
    ----------
    place
        What is handed in for choosing it: its place in the design, from 1.
    levels
        From top to bottom.
    contract
        The terms it is sold on; None if there is nothing to rent.
    net_prices
        By region, where a subsidy applies.
    """

    place: int
    levels: tuple[LevelToShow, ...]
    contract: ContractToShow | None = None
    net_prices: tuple[NetPrice, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TaskToShow:
    """A choice task: the cards from left to right.

    `number` counts from 1; `currency` is what amounts of money are in, as people read it.
    """

    number: int
    n_tasks: int
    cards: tuple[Card, ...]
    has_outside: bool
    currency: str


def cards_of(programme: Programme, shown: ShownTask, texts: Texts) -> tuple[Card, ...]:
    """Return the cards of a task, from left to right, in the language of `texts`."""
    return tuple(
        _card(programme, alternative.place, alternative.levels, shown.attributes, texts)
        for alternative in shown.alternatives
    )


def _card(
    programme: Programme,
    place: int,
    levels: Mapping[str, str],
    attributes: tuple[str, ...],
    texts: Texts,
) -> Card:
    in_order = [name for name in attributes if name in levels]
    return Card(
        place=place,
        levels=tuple(
            _level(name, programme.attributes[name], levels[name], texts) for name in in_order
        ),
        contract=_contract(programme, levels, texts),
        net_prices=tuple(_net_prices(programme, levels, texts)),
    )


def _level(name: str, attribute: Attribute, level_name: str, texts: Texts) -> LevelToShow:
    level = attribute.level(level_name)
    is_price = attribute.kind == "price"
    unit = ("programme", "currency") if is_price else ("attributes", name, "unit")
    return LevelToShow(
        attribute=name,
        attribute_label=texts["attributes", name, "label"],
        level=level_name,
        label=texts.get(("attributes", name, "levels", level_name), level.text),
        value=level.value,
        unit=texts.get(unit) if attribute.is_numeric else None,
        is_price=is_price,
        picture=level.picture,
        colour=level.colour,
    )


def _contract(
    programme: Programme, levels: Mapping[str, str], texts: Texts
) -> ContractToShow | None:
    sold = Configuration.of(levels)
    return next(
        (
            _terms(name, contract.as_asked, texts)
            for name, contract in programme.contracts.items()
            if sold.meets(contract.when)
        ),
        None,
    )


def _terms(name: str, contract: Contract, texts: Texts) -> ContractToShow:
    has_cap = contract.cap_km_per_month is not None
    return ContractToShow(
        name=name,
        label=texts["contracts", name, "label"],
        rent_per_month=contract.rent_per_month,
        cap_km_per_month=contract.cap_km_per_month,
        overage_per_km=contract.overage_per_km if has_cap else None,
        buy_out=contract.buy_out,
        expected_months=contract.expected_months,
        expected_km_per_month=contract.expected_km_per_month or 0.0,
        expected_per_month=contract.payment_per_month,
    )


def _net_prices(
    programme: Programme, levels: Mapping[str, str], texts: Texts
) -> Iterator[NetPrice]:
    price_attribute = programme.price_attribute
    price = programme.attributes[price_attribute].level(levels[price_attribute]).value
    assert price is not None, "a price has a number"
    sold = Configuration.of(levels)
    for region in programme.market.regions:
        subsidy = programme.market.subsidy(region, sold.meets, rival=False)
        if subsidy > 0:
            yield NetPrice(
                region=region,
                region_label=texts["regions", region, "label"],
                subsidies=tuple(
                    texts["subsidies", name, "label"]
                    for name, paid in programme.market.subsidies.items()
                    if region in paid.regions and sold.meets(paid.when)
                ),
                subsidy=subsidy,
                price=programme.market.buyer_pays(region, sold.meets, price, rival=False),
            )
