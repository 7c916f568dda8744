"""Parts and costs: what a configuration is made of, and what that costs the programme."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from counterflow.domain.configuration import Configuration
from counterflow.domain.section import Condition, Many, Name, Section, Share, Text

Money = Annotated[float, Field(ge=0)]


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


class SupplierPackage(Section):
    """A bundle that a supplier provides for a fee on each vehicle that meets `when`."""

    label: Text
    """What people read."""
    when: Condition
    """The configurations with the package."""
    fee_per_vehicle: Money
    """Paid for each vehicle with it."""
    fixed_fee: Money
    """Paid once if any offer uses the package."""


class Costs(Section):
    """What a vehicle costs beyond its parts; money in the programme's currency."""

    base_per_vehicle: Money
    """Body, assembly, logistics: what each vehicle costs before its levels and parts."""
    fixed_per_offer: Money
    """Engineering, homologation and launch of each offer in the line."""
    levels: dict[Name, dict[str, float]] = {}
    """Cost per vehicle by attribute and level, below 0 for a saving; an attribute that is named
    names all of its levels, the others cost nothing extra."""
    packages: dict[Name, SupplierPackage] = {}
    """What suppliers provide for a fee."""
