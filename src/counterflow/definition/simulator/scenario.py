"""A scenario: what is sold to whom, and by which rule people choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from counterflow.definition.simulator.offers import offer_at
from counterflow.domain.coding import OUTSIDE
from counterflow.domain.definition import Offer
from counterflow.domain.programme import Programme
from counterflow.domain.scenario import Rule


@dataclass(frozen=True, kw_only=True)
class SharedErrors:
    """Errors of levels for randomised first choice.

    Offers that share a level share its error, and so compete more with one another; those of the
    attributes in `unshared` are drawn for each offer anew.
    """

    sd: float = 1.0
    """Standard deviation of each level's error, in utility; the offers' own have 1.28."""
    n_repeats: int = 20
    """How often errors are drawn for each person in each draw."""
    unshared: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What is known of the market before our line exists.

    `shares` are those of rivals and of the outside option in every region, as far as known.
    """

    scale: float | Literal["fit"] = 1.0
    """What utilities are multiplied by; "fit" takes what comes closest to `shares`."""
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Our offers and the rivals of `programme`, before everybody who is reached at all.

    `considered` is the share of these people who know a certain offer and can get it: its own
    awareness times its own distribution, on top of those of the market, independent between
    offers; 1 where absent. `regions` says where our offers are sold; everywhere where absent.
    """

    programme: Programme
    offers: tuple[Offer, ...] = ()
    rule: Rule = "logit"
    considered: Mapping[str, float] = field(default_factory=dict)
    regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: SharedErrors = field(default_factory=SharedErrors)

    @property
    def line(self) -> tuple[str, ...]:
        """Return the names of our offers."""
        return tuple(offer.name for offer in self.offers)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of our offers, of the rivals, and `outside`."""
        return (*self.line, *self.programme.market.competitors, OUTSIDE)

    def price_of(self, name: str) -> float:
        """Return the price of an offer or rival; KeyError if there is none of that name."""
        for offer in self.offers:
            if offer.name == name:
                return offer.price
        return self.programme.market.competitors[name].price

    def without(self, *names: str) -> Scenario:
        """Return the scenario in which these offers or rivals are withdrawn."""
        rivals = {
            name: rival
            for name, rival in self.programme.market.competitors.items()
            if name not in names
        }
        offers = tuple(offer for offer in self.offers if offer.name not in names)
        return replace(self, offers=offers, programme=with_rivals(self.programme, rivals))

    def priced(self, name: str, price: float) -> Scenario:
        """Return the scenario with another price of one offer or rival; options stay as dear."""
        rivals = self.programme.market.competitors
        if name in rivals:
            changed = rivals[name].model_copy(update={"price": price})
            return replace(self, programme=with_rivals(self.programme, {**rivals, name: changed}))
        return replace(
            self,
            offers=tuple(
                offer_at(self.programme, offer, price) if offer.name == name else offer
                for offer in self.offers
            ),
        )


def with_rivals(programme: Programme, rivals: Mapping[str, object]) -> Programme:
    """Return the programme with other rivals in its market."""
    market = programme.market.model_copy(update={"competitors": dict(rivals)})
    return programme.model_copy(update={"market": market})
