"""Parts and costs: what a configuration is made of, and what that costs the programme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field

from counterflow.domain.configuration import Configuration
from counterflow.domain.mismatch import Mismatch
from counterflow.domain.section import Condition, Many, Money, Name, Section, Share, Text


class PartUse(Section):
    """How many of a part go into each vehicle whose configuration meets `when`."""

    when: Condition = {}
    """The configurations with this use; all if absent."""
    quantity: Annotated[float, Field(gt=0)]
    """Units in each vehicle."""


class Part(Section):
    """One part: where it is used, what it costs and how long before it must be ordered."""

    label: Text
    """What people read."""
    unit: Text
    """In which it is counted, e.g. "piece" or "kWh"."""
    unit_cost: Money
    """What a unit costs."""
    lead_time_weeks: Annotated[float, Field(ge=0)]
    """From order to the line."""
    long_lead: bool
    """Whether the quantity must be committed before demand is known."""
    salvage_share: Share
    """Share of the unit cost that an unused part still brings."""
    used_in: Annotated[Many[PartUse], Field(min_length=1)]
    """Where it is used; quantities of uses that a vehicle meets add up."""

    def quantity_in(self, configuration: Configuration) -> float:
        """Return how many go into one vehicle: the sum over the uses that it meets."""
        return sum((u.quantity for u in self.used_in if configuration.meets(u.when)), start=0.0)


class FeeTier(Section):
    """The fee that a supplier asks from some volume on."""

    from_vehicles: Annotated[float, Field(ge=0)]
    """Vehicles with the package, over all periods, from which this fee holds."""
    fee_per_vehicle: Money
    """Paid for each vehicle with it."""


class SupplierPackage(Section):
    """A bundle that a supplier provides for a fee on each vehicle that meets `when`."""

    label: Text
    """What people read."""
    when: Condition
    """The configurations with the package."""
    fee_per_vehicle: Money | None = None
    """Paid for each vehicle with it; goes without `tiers`."""
    tiers: Many[FeeTier] = ()
    """Fees by the number of vehicles with it over all periods; goes without `fee_per_vehicle`."""
    tier_applies_to: Literal["every_vehicle", "further_vehicles"] | None = None
    """Goes with `tiers`. `every_vehicle`: the tier that the volume reaches is paid for all of them.
    `further_vehicles`: each tier is paid for the vehicles from its start to that of the next."""
    fixed_fee: Money
    """Paid once if any offer uses the package."""
    partner_unit_cost: Money | None = None
    """What the package costs its supplier, per vehicle; with it, `counterflow package` says at
    which fees both gain."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield fees that are stated twice or not at all, and tiers that are no ladder."""
        if self.tiers and self.fee_per_vehicle is not None:
            expected = "no fee beside `tiers`, whose first tier is the fee from 0 vehicles on"
            yield Mismatch(("fee_per_vehicle",), expected, f"{self.fee_per_vehicle:g}")
        if not self.tiers and self.fee_per_vehicle is None:
            expected = "what is paid for each vehicle; 0 if nothing"
            yield Mismatch(("fee_per_vehicle",), expected, "nothing: the key is missing")
        if bool(self.tiers) != (self.tier_applies_to is not None):
            yield self._misplaced_rule()
        for i, tier in enumerate(self.tiers):
            least = self.tiers[i - 1].from_vehicles if i else 0.0
            if i == 0 and tier.from_vehicles != 0.0:
                expected = "0, as the first tier is the fee of the first vehicle"
                key = ("tiers", 0, "from_vehicles")
                yield Mismatch(key, expected, f"{tier.from_vehicles:g}")
            if i > 0 and tier.from_vehicles <= least:
                expected = f"more vehicles than in the tier before, {least:g}"
                yield Mismatch(("tiers", i, "from_vehicles"), expected, f"{tier.from_vehicles:g}")

    def _misplaced_rule(self) -> Mismatch:
        key = ("tier_applies_to",)
        if self.tiers:
            expected = 'one of "every_vehicle", "further_vehicles", beside `tiers`'
            return Mismatch(key, expected, "nothing: the key is missing")
        return Mismatch(key, "`tiers` beside it", f'"{self.tier_applies_to}" and no tiers')

    def least_fee_per_vehicle(self) -> float:
        """Return a fee that no volume can get below, on average over its vehicles."""
        if self.tiers:
            return min(tier.fee_per_vehicle for tier in self.tiers)
        return self.fee_per_vehicle or 0.0

    def fees(self, vehicles: Float[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
        """Return what is paid for so many vehicles with the package, the fixed fee apart.

        Notes
        -----
        All-units and incremental discounts (Nahmias and Olsen, Production and Operations Analysis,
        7th ed. 2015, section 4.7).

        Examples
        --------
        A fee of 10 and, from 100 vehicles on, of 8:

        >>> tiers = [{"from_vehicles": 0, "fee_per_vehicle": 10.0},
        ...          {"from_vehicles": 100, "fee_per_vehicle": 8.0}]
        >>> package = {"label": "Pilot", "when": {}, "tiers": tiers, "fixed_fee": 0.0}
        >>> for paid_for in ("every_vehicle", "further_vehicles"):
        ...     supplied = SupplierPackage(**package, tier_applies_to=paid_for)
        ...     print(supplied.fees(np.array([50.0, 150.0])))
        [ 500. 1200.]
        [ 500. 1400.]
        """
        if not self.tiers:
            return vehicles * (self.fee_per_vehicle or 0.0)
        starts = np.array([tier.from_vehicles for tier in self.tiers])
        fees = np.array([tier.fee_per_vehicle for tier in self.tiers])
        if self.tier_applies_to == "every_vehicle":
            reached = np.searchsorted(starts, vehicles, side="right") - 1
            return np.asarray(vehicles * fees[reached])
        ends = np.append(starts[1:], np.inf)
        within = np.clip(np.asarray(vehicles)[..., None], starts, ends) - starts
        return np.asarray(within @ fees)


class FixedCost(Section):
    """A fixed cost of offers that meet `when`, beyond what each offer costs."""

    label: Text
    """What people read."""
    when: Condition
    """The offers that it is paid for."""
    amount: Money
    """What is paid."""
    paid: Literal["for_each_offer", "once"]
    """`for_each_offer` that meets `when`; or `once`, if any does."""


class Costs(Section):
    """What a vehicle costs beyond its parts; money in the programme's currency."""

    base_per_vehicle: Money
    """Body, assembly, logistics: what each vehicle costs before its levels and parts."""
    fixed_per_offer: Money
    """Engineering, homologation and launch of each offer in the line."""
    fixed: dict[Name, FixedCost] = {}
    """Fixed costs that depend on what is offered."""
    levels: dict[Name, dict[str, float]] = {}
    """Cost per vehicle by attribute and level, below 0 for a saving; an attribute that is named
    names all of its levels, the others cost nothing extra."""
    packages: dict[Name, SupplierPackage] = {}
    """What suppliers provide for a fee."""
