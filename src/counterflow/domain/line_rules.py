"""Line rules: what the offers of a line must be together, whatever each of them earns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from counterflow.domain.configuration import Configuration
from counterflow.domain.mismatch import Mismatch
from counterflow.domain.section import Condition, Money, Section, Text


class OfferPattern(Section):
    """Offers of some kind, at some price: what a line must have, or must not."""

    when: Condition = {}
    """What such an offer is; anything if absent."""
    price: Annotated[float, Field(gt=0)] | None = None
    """What such an offer costs; any price if absent."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield a pattern that every offer meets."""
        if not self.when and self.price is None:
            yield Mismatch((), "the key `when` or `price`", "neither")

    def is_met_by(self, configuration: Configuration, price: float) -> bool:
        """Return whether an offer of this configuration at this price is meant."""
        return configuration.meets(self.when) and self.price in (None, price)


class LineRule(Section):
    """Where some offer of the line meets `when`, another must or must not be beside it."""

    when: Condition
    """The offers that the rule is about."""
    requires: Condition = {}
    """Some offer of the line must meet this; it may be the same one."""
    excludes: Condition = {}
    """No other offer of the line may meet this."""
    reason: Text
    """Why, for the person who wonders what happened to a line."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield a rule that is about no offer in particular, or that rules nothing out."""
        if not self.when:
            expected = "the offers that the rule is about"
            yield Mismatch(("when",), expected, "an empty condition", "See search.must_offer.")
        if not self.requires and not self.excludes:
            yield Mismatch((), "the key `requires` or `excludes`", "neither")


class PriceLadder(Section):
    """An offer that is more costs more: by how much two offers of a line must differ in price."""

    lower: Condition
    """The offers at the lower end."""
    higher: Condition
    """The offers at the higher end; no offer is at both."""
    least_difference: Money
    """How much more each offer at the higher end costs than each one at the lower, at least."""


class PriceEnding(Section):
    """How prices of offers end, e.g. { ending = 900, every = 1000 } for 69900, 70900, ..."""

    ending: Money
    """What is left of a price over whole steps of `every`."""
    every: Annotated[float, Field(gt=0)]
    """The step, e.g. 1000."""
    grid: Literal["keep", "round"] = "keep"
    """`keep`: of the prices in search.prices, those that end so. `round`: each of them becomes the
    nearest price that ends so, within its range."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield an ending that is a whole step or more."""
        if self.ending >= self.every:
            yield Mismatch(("ending",), f"less than `every`, {self.every:g}", f"{self.ending:g}")

    def of(self, prices: tuple[float, ...]) -> tuple[float, ...]:
        """Return the prices that end so, of those given in ascending order or near them.

        None lies outside the range of those given: beyond it nobody was asked.

        Examples
        --------
        >>> PriceEnding(ending=90.0, every=100.0).of((190.0, 200.0, 290.0))
        (190.0, 290.0)
        >>> PriceEnding(ending=90.0, every=100.0, grid="round").of((150.0, 250.0, 300.0))
        (190.0, 290.0)
        >>> PriceEnding(ending=90.0, every=100.0, grid="round").of((200.0, 210.0))
        ()
        """
        ended = tuple(self._nearest(price) for price in prices)
        if self.grid == "keep":
            return tuple(p for p, end in zip(prices, ended, strict=True) if abs(p - end) < 1e-6)
        within = (end for end in ended if prices[0] <= end <= prices[-1])
        return tuple(dict.fromkeys(within))

    def _nearest(self, price: float) -> float:
        return round(self.ending + self.every * round((price - self.ending) / self.every), 9)
