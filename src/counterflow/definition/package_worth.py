"""The worth of a supplier's package: to buyers, to the maker, to the partner who supplies it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from counterflow.definition.comparison.difference import Difference, difference
from counterflow.definition.comparison.outcome import LineOutcome, line_outcome
from counterflow.definition.package_buyers import (
    EqualShare,
    has_package,
    price_difference_at_equal_share,
    worth_over_people,
)
from counterflow.domain.costs import SupplierPackage
from counterflow.domain.definition import Interval, Offer
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.rounding import significant
from counterflow.domain.volumes import interval
from counterflow.kernels.blocks import MapBlocks

SCHEMA = "counterflow/package-worth/1"


@dataclass(frozen=True, kw_only=True)
class Stake:
    """A share of the partner's profit from this package, and what it was bought for."""

    share: float
    """Of the partner, 0 to 1, below 1."""
    price: float
    """What was paid for it (programme currency)."""

    def __post_init__(self) -> None:
        if not 0.0 < self.share < 1.0:
            raise ValueError(f"share must be above 0 and below 1, got {self.share:g}")
        if not self.price >= 0.0:
            raise ValueError(f"price must not be below 0, got {self.price:g}")


@dataclass(frozen=True, kw_only=True)
class FeeRange:
    """Fees per vehicle at which the maker and the partner both gain; none where lowest > highest.

    Volumes and prices are those of the line with the package at today's fee. A maker who could
    choose the line anew at another fee would gain no less, so the highest fee errs on the low side.
    """

    lowest: Interval
    """Below it the partner loses: unit cost less the fixed fee spread over the vehicles."""
    highest: Interval
    """Above it the maker would earn more without the package."""
    even: Interval
    """At which both gain alike."""
    probability_both_gain: float
    """Share of draws in which today's fee lies between lowest and highest."""

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return {
            "lowest": _figures(self.lowest),
            "highest": _figures(self.highest),
            "even": _figures(self.even),
            "probability_both_gain": significant(self.probability_both_gain),
        }


@dataclass(frozen=True, kw_only=True)
class StakeEffect:
    """What a stake in the partner changes for the maker.

    Only the partner's profit from this package in this programme counts; what the partner earns
    elsewhere, and what the stake can be sold for, come on top.
    """

    stake: Stake
    income: Interval
    """The stake's share of the partner's gain, over all periods."""
    gain: Interval
    """The maker's gain by the package with the stake's income, before its price."""
    gain_after_price: Interval
    periods_to_pay_back: Interval
    """Periods like these until the income has paid the price; endless where there is none."""
    fee_net_of_income: Interval
    """Today's fee less what of it comes back, per vehicle."""
    highest_fee: Interval
    """The highest fee at which the maker gains, now that part of it comes back."""

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return {
            "share": self.stake.share,
            "price": self.stake.price,
            **{
                name: _figures(getattr(self, name))
                for name in (
                    "income",
                    "gain",
                    "gain_after_price",
                    "periods_to_pay_back",
                    "fee_net_of_income",
                    "highest_fee",
                )
            },
        }


@dataclass(frozen=True, kw_only=True)
class PackageWorth:
    """What a package is worth, every figure over the draws of preferences and market."""

    package: str
    currency: str
    n_draws: int
    fee: Interval
    """What the partner is paid, per vehicle; it is uncertain where it depends on the volume."""
    fixed_fee: float
    line_with: tuple[Offer, ...]
    line_without: tuple[Offer, ...]
    worth_of_median_person: Interval
    share_above_fee: Interval
    """Share of people who would pay more than the fee."""
    price_difference_at_equal_share: Interval
    profit: Difference
    """Of the maker: A without the package, B with it, each at its best line."""
    share: Difference
    """Of informed, served buyers, without and with."""
    vehicles_with_package: Interval
    break_even_vehicles: Interval
    """Vehicles of the line with the package that earn what the line without it earns."""
    partner_unit_cost: float | None
    """None where the programme does not say; then what the partner gains is not known."""
    partner_gain: Interval | None
    fees: FeeRange | None
    highest_fee: Interval
    """At which the maker still gains."""
    stake: StakeEffect | None
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "schema": SCHEMA,
            "package": self.package,
            "currency": self.currency,
            "n_draws": self.n_draws,
            "fee_per_vehicle": _figures(self.fee),
            "fixed_fee": self.fixed_fee,
            "line_with": [_in_short(offer) for offer in self.line_with],
            "line_without": [_in_short(offer) for offer in self.line_without],
            "buyers": {
                "worth_of_median_person": _figures(self.worth_of_median_person),
                "share_above_fee": _figures(self.share_above_fee),
                "price_difference_at_equal_share": _figures(self.price_difference_at_equal_share),
            },
            "profit": self.profit.as_dict(),
            "share": self.share.as_dict(),
            "vehicles_with_package": _figures(self.vehicles_with_package),
            "break_even_vehicles": _figures(self.break_even_vehicles),
            "highest_fee": _figures(self.highest_fee),
            "partner_unit_cost": self.partner_unit_cost,
            "partner_gain": _figures(self.partner_gain) if self.partner_gain else None,
            "fees": self.fees.as_dict() if self.fees else None,
            "stake": self.stake.as_dict() if self.stake else None,
            "notes": list(self.notes),
        }


def package_worth(
    programme: Programme,
    part_worths: PartWorths,
    package: str,
    *,
    line_with: Sequence[Offer],
    line_without: Sequence[Offer],
    stake: Stake | None = None,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> PackageWorth:
    """Return what the package called `package` is worth, from a line with it and one without.

    The lines should each be the best of their kind. Both are valued on the same draws. What the
    partner gains is known where the programme states `partner_unit_cost`; a stake needs it.

    Raises
    ------
    ValueError
        If no offer of `line_with` has the package, an offer of `line_without` has it, or a stake is
        asked about and the partner's unit cost is not known.

    Notes
    -----
    With N vehicles that have the package, fee f, fixed fee F and the partner's unit cost c, the
    partner gains (f - c) N + F, and the maker G, the profit with less that without. Volumes held,
    a fee that is higher by d moves d N from one to the other: the maker gains up to f + G / N, the
    partner from c - F / N on. Halfway both gain alike: the Nash bargaining solution with equal
    power and money that can be moved (Osborne and Rubinstein, Bargaining and Markets, 1990,
    section 2.2). A stake q returns q of the partner's gain, so the maker gains up to
    (highest - q lowest) / (1 - q).
    """
    supplied = programme.costs.packages[package]
    _check_lines(supplied, line_with, line_without)
    if stake is not None and supplied.partner_unit_cost is None:
        raise ValueError(f"partner_unit_cost of {package} must be known to value a stake")
    report = report or (lambda *_: None)
    report(0.0, "valuing the line with the package")
    has = line_outcome(programme, line_with, part_worths, map_blocks=map_blocks)
    report(0.3, "valuing the line without it")
    lacks = line_outcome(programme, line_without, part_worths, map_blocks=map_blocks)
    report(0.6, "asking buyers what it is worth")
    equal = price_difference_at_equal_share(
        programme, part_worths, supplied, line_with, map_blocks=map_blocks
    )
    vehicles = _vehicles_with(supplied, line_with, has)
    fee = supplied.fees(vehicles) / vehicles
    people = worth_over_people(
        programme,
        part_worths,
        supplied,
        next(offer for offer in line_with if has_package(supplied, offer)),
        fee=fee,
    )
    gain = has.profit - lacks.profit
    highest = fee + gain / vehicles
    deal = _deal(supplied, fee, vehicles, highest)
    return PackageWorth(
        package=package,
        currency=programme.programme.currency,
        n_draws=part_worths.n_draws,
        fee=interval(fee),
        fixed_fee=supplied.fixed_fee,
        line_with=tuple(line_with),
        line_without=tuple(line_without),
        worth_of_median_person=interval(people.median),
        share_above_fee=interval(people.above_fee),
        price_difference_at_equal_share=interval(equal.difference),
        profit=difference(lacks.profit, has.profit),
        share=difference(_line_share(lacks), _line_share(has)),
        vehicles_with_package=interval(vehicles),
        break_even_vehicles=_interval(_break_even(has, lacks)),
        partner_unit_cost=supplied.partner_unit_cost,
        partner_gain=interval(deal.partner_gain) if deal else None,
        fees=deal.fees if deal else None,
        highest_fee=interval(highest),
        stake=_stake_effect(programme, stake, deal, gain, vehicles, fee)
        if stake and deal
        else None,
        notes=tuple(_notes(equal, gain)),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Deal:
    """What both sides have of the package, by draw."""

    partner_gain: Float[np.ndarray, " S"]
    lowest: Float[np.ndarray, " S"]
    highest: Float[np.ndarray, " S"]
    fees: FeeRange


def _deal(
    supplied: SupplierPackage,
    fee: Float[np.ndarray, " S"],
    vehicles: Float[np.ndarray, " S"],
    highest: Float[np.ndarray, " S"],
) -> _Deal | None:
    if supplied.partner_unit_cost is None:
        return None
    lowest = supplied.partner_unit_cost - supplied.fixed_fee / vehicles
    return _Deal(
        partner_gain=(fee - lowest) * vehicles,
        lowest=lowest,
        highest=highest,
        fees=FeeRange(
            lowest=interval(lowest),
            highest=interval(highest),
            even=interval(0.5 * (lowest + highest)),
            probability_both_gain=float(np.mean((lowest < fee) & (fee < highest))),
        ),
    )


def _stake_effect(
    programme: Programme,
    stake: Stake,
    deal: _Deal,
    gain: Float[np.ndarray, " S"],
    vehicles: Float[np.ndarray, " S"],
    fee: Float[np.ndarray, " S"],
) -> StakeEffect:
    income = stake.share * deal.partner_gain
    per_period = income / len(programme.market.periods)
    endless = np.full_like(income, np.inf)
    return StakeEffect(
        stake=stake,
        income=interval(income),
        gain=interval(gain + income),
        gain_after_price=interval(gain + income - stake.price),
        periods_to_pay_back=_interval(
            np.divide(stake.price, per_period, out=endless, where=per_period > 0.0)
        ),
        fee_net_of_income=interval(fee - income / vehicles),
        highest_fee=interval((deal.highest - stake.share * deal.lowest) / (1.0 - stake.share)),
    )


def _break_even(has: LineOutcome, lacks: LineOutcome) -> Float[np.ndarray, " S"]:
    """Return the vehicles whose contribution is the fixed costs and the profit forgone."""
    sold = has.vehicles().sum(axis=1)
    contribution = (has.profit + has.fixed_costs) / sold
    wanted = lacks.profit + has.fixed_costs
    endless = np.full_like(sold, np.inf)
    return np.divide(wanted, contribution, out=endless, where=contribution > 0.0)


def _vehicles_with(
    supplied: SupplierPackage, line: Sequence[Offer], outcome: LineOutcome
) -> Float[np.ndarray, " S"]:
    is_with_it = np.array([has_package(supplied, offer) for offer in line])
    return outcome.vehicles()[:, is_with_it].sum(axis=1)


def _line_share(outcome: LineOutcome) -> Float[np.ndarray, " S"]:
    return outcome.over_regions(outcome.offer_shares).sum(axis=1)


def _check_lines(
    supplied: SupplierPackage, line_with: Sequence[Offer], line_without: Sequence[Offer]
) -> None:
    if not any(has_package(supplied, offer) for offer in line_with):
        raise ValueError("an offer of line_with must have the package, none has it")
    if bad := [offer.name for offer in line_without if has_package(supplied, offer)]:
        raise ValueError(f"no offer of line_without may have the package, {bad} have it")


def _notes(equal: EqualShare, gain: Float[np.ndarray, " S"]) -> Iterator[str]:
    if equal.is_beyond.any():
        yield (
            f"in {equal.is_beyond.mean():.0%} of draws the price difference at equal share lies "
            "beyond the prices asked about, and counts as that of their end"
        )
    if gain.mean() < 0.0:
        yield (
            "the best line does without the package at this fee; the line with it is the best of "
            "those whose offers all have it"
        )


def _interval(draws: Float[np.ndarray, " S"]) -> Interval:
    """Return the interval of draws that may be endless."""
    if np.isfinite(draws).all():
        return interval(draws)
    # Between a number and infinity there is nothing to interpolate.
    low, median, high = np.quantile(draws, [0.05, 0.5, 0.95], method="higher")
    return Interval(float("inf"), float(low), float(median), float(high))


def _figures(found: Interval) -> dict[str, float | None]:
    """Return the figures by name; None stands for endless, which JSON does not know."""
    return {
        name: significant(value) if np.isfinite(value) else None
        for name, value in found.as_dict().items()
    }


def _in_short(offer: Offer) -> dict[str, Any]:
    return {
        "name": offer.name,
        "levels": offer.configuration.as_dict(),
        "price": offer.price,
    }
