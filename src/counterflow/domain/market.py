"""The market: where and when how many choose, among which rivals, and who hears of us."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, field_serializer, model_validator

from counterflow.domain.mismatch import Mismatch
from counterflow.domain.section import (
    Condition,
    Many,
    Money,
    Name,
    Section,
    Share,
    Text,
    is_number,
)


class UncertainShare(Section):
    """A share that is not known: triangular on low, mode, high. A bare number is known exactly."""

    low: Share
    """The least that is possible."""
    mode: Share
    """The likeliest."""
    high: Share
    """The most that is possible."""

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, raw: Any) -> Any:
        return {"low": raw, "mode": raw, "high": raw} if is_number(raw) else raw

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield shares that are not in order."""
        if not self.low <= self.mode <= self.high:
            found = f"low {self.low:g}, mode {self.mode:g}, high {self.high:g}"
            yield Mismatch((), "low <= mode <= high", found)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        table = handler(core_schema)
        return {
            "anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, table],
            "x-expected": "a number from 0 to 1, or a table with the keys low, mode, high",
        }


class Region(Section):
    """A region: how many people buy in the category in each period."""

    label: Text
    """What people read."""
    buyers_per_period: (
        Annotated[float, Field(gt=0)]
        | Annotated[Many[Annotated[float, Field(ge=0)]], Field(min_length=1)]
    )
    """Category buyers in each period; one number for all periods or one a period."""
    relative_sd: Annotated[float, Field(ge=0, le=2)]
    """How uncertain the size is: standard deviation over mean, lognormal, shared by its periods."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield a region where nobody ever buys."""
        if isinstance(self.buyers_per_period, tuple) and not any(self.buyers_per_period):
            yield Mismatch(("buyers_per_period",), "a number above 0 in some period", "only zeros")

    def buyers(self, n_periods: int) -> tuple[float, ...]:
        """Return the expected category buyers of each period."""
        if isinstance(self.buyers_per_period, tuple):
            return self.buyers_per_period
        return (self.buyers_per_period,) * n_periods


class Subsidy(Section):
    """Money that buyers in `regions` get back on vehicles that meet `when`."""

    label: Text
    """What people read."""
    regions: Annotated[Many[Name], Field(min_length=1)]
    """Where it is paid."""
    amount: Annotated[float, Field(gt=0)]
    """What a buyer gets back."""
    when: Condition = {}
    """The configurations that get it; all if absent."""
    rivals_too: bool = True
    """Whether buyers of rivals' offers get it as well."""


class Tax(Section):
    """A tax on vehicles that meet `when` and are sold in `regions`."""

    label: Text
    """What people read."""
    regions: Many[Name] = ()
    """Where it is due; everywhere if absent."""
    when: Condition = {}
    """The configurations that are taxed; all if absent."""
    paid_by: Literal["buyer", "seller"]
    """`buyer`: paid to the state on top of the price. `seller`: contained in the price, and handed
    on by the seller. The price that is shown and billed is the same in both cases."""
    rate: Share = 0.0
    """Share of the price, with options. A value added tax of 13 % on the price before tax is
    0.13 / 1.13 = 0.115 of the price that is shown."""
    amount: Money = 0.0
    """Paid for each vehicle."""
    exempt_up_to: Money | None = None
    """Price up to which nothing is due; always due if absent."""
    taxed_above: Literal["whole_price", "excess"] = "whole_price"
    """What `rate` is taken of when the price is above `exempt_up_to`."""
    rivals_too: bool = True
    """Whether buyers of rivals' offers pay it as well (`paid_by` buyer)."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield a tax that takes nothing, and an excess over no price."""
        if not self.rate and not self.amount:
            yield Mismatch((), "a `rate` or an `amount` above 0", "neither")
        if self.taxed_above == "excess" and self.exempt_up_to is None:
            expected = "the price above which the excess is taxed"
            yield Mismatch(("exempt_up_to",), expected, "nothing: the key is missing")

    def due(self, price: float) -> float:
        """Return what is paid on a vehicle at this price.

        Examples
        --------
        >>> tax = Tax(label="Purchase tax", paid_by="buyer", rate=0.1, exempt_up_to=100.0)
        >>> tax.due(100.0), tax.due(120.0)
        (0.0, 12.0)
        >>> tax.model_copy(update={"taxed_above": "excess"}).due(120.0)
        2.0
        """
        if self.exempt_up_to is not None and price <= self.exempt_up_to:
            return 0.0
        exempt = self.exempt_up_to if self.taxed_above == "excess" else None
        return self.rate * (price - (exempt or 0.0)) + self.amount


class Competitor(Section):
    """A rival's offer, described on our attributes."""

    label: Text
    """What people read."""
    levels: dict[Name, str | float]
    """A level of each attribute but the price; a number may lie between ours."""
    price: Annotated[float, Field(gt=0)]
    """What its buyer pays on the day, before subsidies."""
    regions: Many[Name] = ()
    """Where it is sold; everywhere if absent."""
    unit_cost: Money | None = None
    """What a vehicle costs the rival, for questions about the prices that rivals answer with."""
    firm: Name | None = None
    """Who sells it: rivals of one firm answer with prices that are best for all of them together. A
    firm of its own if absent."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield a rival that is said to be ours."""
        if self.firm == "ours":
            yield Mismatch(("firm",), "the name of a rival's firm", '"ours", which is our own')


class OutsideOption(Section):
    """What buyers do who take none of the offers.

    `estimated`: its utility was asked for in the survey. `calibrated`: it is set so that, before
    our line exists, `share` of the category's buyers take none of the rivals named here.
    """

    kind: Literal["estimated", "calibrated"]
    """Whether its utility comes from the answers or from a known share."""
    share: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share who take none of the rivals before our line exists (kind `calibrated`)."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield a share that is missing, or that nothing would use."""
        if self.kind == "calibrated" and self.share is None:
            expected = 'a share between 0 and 1, for kind "calibrated"'
            yield Mismatch(("share",), expected, "nothing: the key is missing")
        if self.kind == "estimated" and self.share is not None:
            expected = 'no share, as kind "estimated" takes it from the survey'
            yield Mismatch(("share",), expected, f"{self.share:g}")


class Distance(Section):
    """How far category buyers drive: as each answered, or lognormal where no survey asks."""

    question: Name | None = None
    """The question of the survey that asks how far people drive; a number in km or mi. Who did not
    answer is taken to drive as far as somebody who did, drawn anew in each draw."""
    per: Literal["month", "year"] = "year"
    """Over how long the question asks."""
    mean_km_per_year: Annotated[float, Field(gt=0)] | None = None
    """What they drive on average, where no question asks."""
    relative_sd: Annotated[float, Field(ge=0, le=5)] | None = None
    """How much they differ, where no question asks: standard deviation over mean."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield distances of two sources, or of none."""
        for key in ("mean_km_per_year", "relative_sd"):
            given = getattr(self, key)
            if self.question is None and given is None:
                expected = "a number, or `question`: the question that asks how far people drive"
                yield Mismatch((key,), expected, "nothing: the key is missing")
            if self.question is not None and given is not None:
                yield Mismatch((key,), "no such key beside `question`", f"{given:g}")


class Market(Section):
    """Size by region and period, awareness, availability, rivals, subsidies, outside option."""

    periods: Annotated[Many[Text], Field(min_length=1)]
    """Names of the periods that are planned, in order."""
    weeks_per_period: Annotated[float, Field(gt=0)]
    """Length of each."""
    regions: Annotated[dict[Name, Region], Field(min_length=1)]
    """Where it is sold."""
    awareness: UncertainShare
    """Share of category buyers who know the offer once it is fully launched."""
    awareness_build_up: Many[Share] = ()
    """What part of that is reached in each period; all of it at once if absent."""
    availability: UncertainShare
    """Share of category buyers who can buy the offer where they are."""
    outside_option: OutsideOption
    competitors: dict[Name, Competitor] = {}
    """Offers of rivals."""
    subsidies: dict[Name, Subsidy] = {}
    """What buyers get back from others than the seller."""
    taxes: dict[Name, Tax] = {}
    """What is due to the state on a sale."""
    distance: Distance | None = None
    """How far buyers drive, for contracts that state no distance for all."""

    def buyer_pays(
        self, region: str, configuration_meets: Any, price: float, *, rival: bool
    ) -> float:
        """Return the price in `region` with the buyer's taxes, less what the buyer gets back."""
        taxes = self._taxes("buyer", region, configuration_meets, price, rival=rival)
        return price + taxes - self.subsidy(region, configuration_meets, rival=rival)

    def seller_tax(self, region: str, configuration_meets: Any, price: float) -> float:
        """Return what the seller hands on of the price of a vehicle sold in `region`."""
        return self._taxes("seller", region, configuration_meets, price, rival=False)

    def _taxes(
        self, paid_by: str, region: str, configuration_meets: Any, price: float, *, rival: bool
    ) -> float:
        due = (
            tax.due(price)
            for tax in self.taxes.values()
            if tax.paid_by == paid_by
            and (not tax.regions or region in tax.regions)
            and (tax.rivals_too or not rival)
            and configuration_meets(tax.when)
        )
        return sum(due, start=0.0)

    def subsidy(self, region: str, configuration_meets: Any, *, rival: bool) -> float:
        """Return what a buyer in `region` gets back; `configuration_meets` tests a condition."""
        amounts = (
            subsidy.amount
            for subsidy in self.subsidies.values()
            if region in subsidy.regions
            and (subsidy.rivals_too or not rival)
            and configuration_meets(subsidy.when)
        )
        return sum(amounts, start=0.0)

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield what does not fit the number of periods."""
        n = len(self.periods)
        for i, period in enumerate(self.periods):
            if period in self.periods[:i]:
                yield Mismatch(("periods", i), "periods with distinct names", f'"{period}" twice')
        if self.awareness_build_up and len(self.awareness_build_up) != n:
            expected = f"{n} shares, one for each of the periods"
            yield Mismatch(("awareness_build_up",), expected, str(len(self.awareness_build_up)))
        for name, region in self.regions.items():
            sizes = region.buyers_per_period
            if isinstance(sizes, tuple) and len(sizes) != n:
                key = ("regions", name, "buyers_per_period")
                expected = f"one number, or {n} numbers, one for each of the periods"
                yield Mismatch(key, expected, str(len(sizes)))

    @field_serializer("awareness_build_up")
    def _build_up_spelled_out(self, shares: tuple[float, ...]) -> tuple[float, ...]:
        return shares or (1.0,) * len(self.periods)
