"""The market: where and when how many choose, among which rivals, and who hears of us."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from counterflow.domain.section import Condition, Many, Name, Section, Share, Text


class UncertainShare(Section):
    """A share that is not known: triangular on low, mode, high. A bare number is known exactly."""

    low: Share
    mode: Share
    high: Share

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, raw: Any) -> Any:
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            return {"low": float(raw), "mode": float(raw), "high": float(raw)}
        return raw

    @model_validator(mode="after")
    def _is_ordered(self) -> UncertainShare:
        if not self.low <= self.mode <= self.high:
            raise ValueError(f"low <= mode <= high, got {self.low}, {self.mode}, {self.high}")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        table = handler(core_schema)
        return {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, table]}


class Region(Section):
    """A region: how many people buy in the category in each period."""

    label: Text
    buyers_per_period: Annotated[float, Field(gt=0)] | Annotated[Many[float], Field(min_length=1)]
    """Category buyers in each period; one number for all periods or one a period."""
    relative_sd: Annotated[float, Field(ge=0, le=2)]
    """How uncertain the size is: standard deviation over mean, lognormal, shared by its periods."""

    def buyers(self, n_periods: int) -> tuple[float, ...]:
        """Return the expected category buyers of each period."""
        if isinstance(self.buyers_per_period, tuple):
            return self.buyers_per_period
        return (self.buyers_per_period,) * n_periods


class Subsidy(Section):
    """Money that buyers in `regions` get back on vehicles that meet `when`."""

    label: Text
    regions: Annotated[Many[Name], Field(min_length=1)]
    amount: Annotated[float, Field(gt=0)]
    when: Condition = {}
    rivals_too: bool = True
    """Whether buyers of rivals' offers get it as well."""


class Competitor(Section):
    """A rival's offer, described on our attributes."""

    label: Text
    levels: dict[Name, str | float]
    price: Annotated[float, Field(gt=0)]
    regions: Many[Name] = ()
    """Where it is sold; everywhere if absent."""


class OutsideOption(Section):
    """What buyers do who take none of the offers.

    `estimated`: its utility was asked for in the survey. `calibrated`: it is set so that, before
    our line exists, `share` of the category's buyers take none of the rivals named here.
    """

    kind: Literal["estimated", "calibrated"]
    share: Annotated[float, Field(gt=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _share_goes_with_calibrated(self) -> OutsideOption:
        if (self.kind == "calibrated") != (self.share is not None):
            raise ValueError("kind 'calibrated' needs share, and only it has one")
        return self


class Market(Section):
    """Size by region and period, awareness, availability, rivals, subsidies, outside option."""

    periods: Annotated[Many[Text], Field(min_length=1)]
    weeks_per_period: Annotated[float, Field(gt=0)]
    regions: Annotated[dict[Name, Region], Field(min_length=1)]
    awareness: UncertainShare
    """Share of category buyers who know the offer once it is fully launched."""
    awareness_build_up: Many[Share] = ()
    """What part of that is reached in each period; all of it at once if absent."""
    availability: UncertainShare
    """Share of category buyers who can buy the offer where they are."""
    outside_option: OutsideOption
    competitors: dict[Name, Competitor] = {}
    subsidies: dict[Name, Subsidy] = {}

    def subsidy(self, region: str, configuration_meets: Any, *, rival: bool) -> float:
        """Return what a buyer in `region` gets back; `configuration_meets` tests a condition."""
        return sum(
            subsidy.amount
            for subsidy in self.subsidies.values()
            if region in subsidy.regions
            and (subsidy.rivals_too or not rival)
            and configuration_meets(subsidy.when)
        )

    @model_validator(mode="after")
    def _is_coherent(self) -> Market:
        if len(set(self.periods)) < len(self.periods):
            raise ValueError("periods must be distinct")
        if self.awareness_build_up and len(self.awareness_build_up) != len(self.periods):
            raise ValueError(f"awareness_build_up needs {len(self.periods)} shares, one a period")
        for name, region in self.regions.items():
            sizes = region.buyers_per_period
            if isinstance(sizes, tuple) and len(sizes) != len(self.periods):
                raise ValueError(
                    f"regions.{name}.buyers_per_period needs {len(self.periods)} numbers"
                )
            if isinstance(sizes, tuple) and min(sizes) < 0:
                raise ValueError(f"regions.{name}.buyers_per_period must not be negative")
        return self
