"""`counterflow package`: what a supplier's package is worth, and at which fees both sides gain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from counterflow.cli.on_chain import on_chain
from counterflow.cli.outcome import print_json
from counterflow.cli.tables import amount, print_line, print_notes, print_table
from counterflow.definition.package_worth import FeeRange, PackageWorth, StakeEffect
from counterflow.domain.definition import Interval
from counterflow.programme.chain import Chain
from counterflow.programme.package_worth import worth_of_package

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
        ("offer", "with it", "levels", "price"),
        [
            (offer.name, said, str(offer.configuration), amount(offer.price))
            for said, line in (("yes", found.line_with), ("no", found.line_without))
            for offer in line
        ],
    )
    print_table(
        f"What {found.package} is worth, over {found.n_draws:,} draws ({found.currency})",
        ("", "mean", "5 %", "50 %", "95 %"),
        list(_rows(found)),
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
    yield _row("fee per vehicle", found.fee)
    yield _row("worth to the median person", found.worth_of_median_person)
    yield _row("people who would pay more than the fee", found.share_above_fee, _percent)
    yield _row("price difference at equal share", found.price_difference_at_equal_share)
    yield _row("profit without it", found.profit.a)
    yield _row("profit with it", found.profit.b)
    yield _row("gain of the maker", found.profit.difference)
    yield _row("share of buyers without it", found.share.a, _percent)
    yield _row("share of buyers with it", found.share.b, _percent)
    yield _row("vehicles with it", found.vehicles_with_package)
    yield _row("break-even vehicles", found.break_even_vehicles)
    yield _row("highest fee, the maker still gains", found.highest_fee)
    if found.fees is not None and found.partner_gain is not None:
        yield from _partner_rows(found.fees, found.partner_gain)
    if found.stake is not None:
        yield from _stake_rows(found.stake)


def _partner_rows(fees: FeeRange, gain: Interval) -> Iterator[Row]:
    yield _row("lowest fee, the partner still gains", fees.lowest)
    yield _row("fee at which both gain alike", fees.even)
    yield _row("gain of the partner", gain)


def _stake_rows(effect: StakeEffect) -> Iterator[Row]:
    share = f"{effect.stake.share:.0%}"
    yield _row(f"income of a stake of {share}", effect.income)
    yield _row("gain of the maker with the stake", effect.gain)
    yield _row(f"  less its price, {amount(effect.stake.price)}", effect.gain_after_price)
    yield _row("periods until the stake is paid back", effect.periods_to_pay_back)
    yield _row("fee less what of it comes back", effect.fee_net_of_income)
    yield _row("highest fee with the stake", effect.highest_fee)


def _row(name: str, found: Interval, said: Callable[[float], str] = amount) -> Row:
    return name, *map(said, (found.mean, found.low, found.median, found.high))


def _percent(share: float) -> str:
    return f"{share:.1%}"
