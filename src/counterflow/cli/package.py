"""`counterflow package`: what a supplier's package is worth, and at which fees both sides gain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from counterflow.cli.on_chain import on_chain
from counterflow.cli.outcome import print_json
from counterflow.cli.tables import (
    NUMBER,
    SHARE,
    amount,
    between,
    print_line,
    print_notes,
    print_table,
    rounded_like,
)
from counterflow.definition.package_worth import FeeRange, PackageWorth, StakeEffect
from counterflow.domain.definition import Interval
from counterflow.programme.chain import Chain
from counterflow.programme.package_worth import worth_of_package
from counterflow.report.numbers import Measure

Row = tuple[str, ...]


@on_chain
def package(
    chain: Chain,
    as_json: bool,
    *,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The package: a name under costs.packages.")
    ],
    stake_share: Annotated[
        float | None,
        typer.Option(
            help="Share of the partner that the maker holds, above 0 and below 1.",
            show_default=False,
        ),
    ] = None,
    stake_price: Annotated[
        float, typer.Option(help="What that share was bought for, in the programme's currency.")
    ] = 0.0,
) -> None:
    """Say what a supplier's package is worth to buyers, maker and partner, and at which fee."""
    found = worth_of_package(chain, name, stake_share=stake_share, stake_price=stake_price)
    if as_json:
        print_json(found.as_dict())
    else:
        _print(found)


def _print(found: PackageWorth) -> None:
    print_table(
        f"The best line with and without {found.package}",
        ("offer", "with it", "levels", f"price, {found.currency}"),
        [
            (offer.name, said, str(offer.configuration), amount(offer.price))
            for said, line in (("yes", found.line_with), ("no", found.line_without))
            for offer in line
        ],
        n_texts=3,
    )
    print_table(
        f"What {found.package} is worth, over {found.n_draws:,} draws",
        ("", "in", "mean and 90 % interval", "median"),
        list(_rows(found)),
        n_texts=2,
    )
    print_line(
        f"the maker earns more with it with probability {found.profit.probability_more:.2f}"
        + (
            f"; both gain at today's fee with probability {found.fees.probability_both_gain:.2f}"
            if found.fees
            else ""
        )
    )
    if found.fees is None:
        print_line(
            f"what the partner gains is not known: costs.packages.{found.package} has no "
            "partner_unit_cost"
        )
    print_notes(found.notes)


def _rows(found: PackageWorth) -> Iterator[Row]:
    money = found.currency
    each = f"{money} a vehicle"
    yield _row("fee", each, found.fee)
    yield _row("worth to the median person", each, found.worth_of_median_person)
    yield _row("people who would pay more than the fee", "people", found.share_above_fee, SHARE)
    yield _row("price difference at equal share", each, found.price_difference_at_equal_share)
    yield _row("profit without it", money, found.profit.a)
    yield _row("profit with it", money, found.profit.b)
    yield _row("gain of the maker", money, found.profit.difference)
    yield _row("share without it", "buyers", found.share.a, SHARE)
    yield _row("share with it", "buyers", found.share.b, SHARE)
    yield _row("vehicles with it", "vehicles", found.vehicles_with_package)
    yield _row("break-even volume", "vehicles", found.break_even_vehicles)
    yield _row("highest fee, the maker still gains", each, found.highest_fee)
    if found.fees is not None and found.partner_gain is not None:
        yield from _partner_rows(found.fees, found.partner_gain, money)
    if found.stake is not None:
        yield from _stake_rows(found.stake, money)


def _partner_rows(fees: FeeRange, gain: Interval, money: str) -> Iterator[Row]:
    each = f"{money} a vehicle"
    yield _row("lowest fee, the partner still gains", each, fees.lowest)
    yield _row("fee at which both gain alike", each, fees.even)
    yield _row("gain of the partner", money, gain)


def _stake_rows(effect: StakeEffect, money: str) -> Iterator[Row]:
    each = f"{money} a vehicle"
    share = f"{effect.stake.share:.0%}"
    yield _row(f"income of a stake of {share}", money, effect.income)
    yield _row("gain of the maker with the stake", money, effect.gain)
    yield _row(f"less its price, {amount(effect.stake.price)}", money, effect.gain_after_price)
    yield _row("until the stake is paid back", "periods", effect.periods_to_pay_back)
    yield _row("fee less what of it comes back", each, effect.fee_net_of_income)
    yield _row("highest fee with the stake", each, effect.highest_fee)


def _row(name: str, unit: str, found: Interval, measure: Measure = NUMBER) -> Row:
    return name, unit, between(found, measure), rounded_like(found, found.median, measure)
