"""Volumes: draws of how many vehicles of each variant are wanted where and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from counterflow.domain.definition import Interval


@dataclass(frozen=True, eq=False, kw_only=True)
class VolumeDraws:
    """S draws of vehicles wanted, by variant, region and period.

    A variant is a joint configuration of an offer; `offer_of_variant` says of which. Draws of one
    index s belong together across all labels: the same part-worths, market size and awareness.
    """

    draws: Float[np.ndarray, "S V M Q"]
    """Vehicles; V variants, M regions, Q periods."""
    variants: tuple[str, ...]
    offer_of_variant: tuple[str, ...]
    regions: tuple[str, ...]
    periods: tuple[str, ...]
    shares: Mapping[str, Float[np.ndarray, " S"]] = field(default_factory=dict)
    """Share of informed, served buyers by offer, rival and outside option; sums to 1 a draw."""
    shares_without_line: Mapping[str, Float[np.ndarray, " S"]] = field(default_factory=dict)
    """The same before our line exists: by rival and outside option."""
    drivers: Mapping[str, Float[np.ndarray, " S"]] = field(default_factory=dict)
    """What was drawn to get here, by name: market size, awareness, availability, preferences."""
    made_from: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (len(self.variants), len(self.regions), len(self.periods))
        if self.draws.shape[1:] != shape:
            raise ValueError(f"draws must be S x {shape}, got {self.draws.shape}")
        if len(self.offer_of_variant) != len(self.variants):
            raise ValueError(
                f"offer_of_variant must name the offer of each of {len(self.variants)} variants, "
                f"got {len(self.offer_of_variant)}"
            )
        if not (np.isfinite(self.draws).all() and (self.draws >= 0).all()):
            raise ValueError("draws must be finite and not negative")
        self.draws.setflags(write=False)

    @property
    def offers(self) -> tuple[str, ...]:
        """Return the offers in the order of their variants."""
        return tuple(dict.fromkeys(self.offer_of_variant))

    def by_offer(self) -> Float[np.ndarray, "S O M Q"]:
        """Return the draws summed over the variants of each offer."""
        position = np.array([self.offers.index(offer) for offer in self.offer_of_variant])
        member = (position[:, None] == np.arange(len(self.offers))).astype(float)
        return np.einsum("svmq,vo->somq", self.draws, member)

    def total(self) -> Interval:
        """Return vehicles over all variants, regions and periods."""
        return interval(self.draws.sum(axis=(1, 2, 3)))

    def summary(self) -> dict[str, Any]:
        """Return the intervals that most readers want, as JSON values.

        Quantiles do not add up: those of a sum are narrower than the sum of the quantiles.
        """
        by_offer = self.by_offer()
        return {
            "total": self.total().as_dict(),
            "offers": {
                offer: {
                    "total": interval(by_offer[:, o].sum(axis=(1, 2))).as_dict(),
                    "regions": {
                        region: interval(by_offer[:, o, m].sum(axis=1)).as_dict()
                        for m, region in enumerate(self.regions)
                    },
                }
                for o, offer in enumerate(self.offers)
            },
            "periods": {
                period: interval(self.draws[:, :, :, q].sum(axis=(1, 2))).as_dict()
                for q, period in enumerate(self.periods)
            },
            "shares": {name: interval(draws).as_dict() for name, draws in self.shares.items()},
            "drivers": {name: interval(draws).as_dict() for name, draws in self.drivers.items()},
            "made_from": dict(self.made_from),
        }


def interval(draws: Float[np.ndarray, " S"]) -> Interval:
    """Return mean and 5, 50, 95 % quantiles of draws of one quantity.

    Examples
    --------
    >>> interval(np.arange(101.0))
    Interval(mean=50.0, low=5.0, median=50.0, high=95.0)
    """
    low, median, high = np.quantile(draws, [0.05, 0.5, 0.95])
    return Interval(float(np.mean(draws)), float(low), float(median), float(high))
