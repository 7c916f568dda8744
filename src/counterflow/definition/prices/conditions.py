"""What must hold where prices are best: zero profit gradients, and curvature that falls off."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from counterflow.definition.prices.market import PricedMarket, PricedRegion
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.markups import (
    ShareSlopes,
    gradient_slopes,
    profit_gradient,
    share_slopes,
)

_LEAST_VOLUME = 1e-300


class Conditions(NamedTuple):
    """What holds at some prices, by offer."""

    volumes: Float[np.ndarray, " O"]
    """Weighted number of buyers who take it."""
    own: Float[np.ndarray, " O"]
    """Sum over buyers of price coefficient times share: below zero."""
    gradient: Float[np.ndarray, " O"]
    """Slope by the price of the profit of who sets it."""
    profits: Float[np.ndarray, " O"]
    """What the offer earns."""

    @property
    def relative_gradient(self) -> Float[np.ndarray, " O"]:
        """Return the gradient for each vehicle sold, so that small offers count as large ones."""
        return self.gradient / np.maximum(self.volumes, _LEAST_VOLUME)

    @property
    def zeta_step(self) -> Float[np.ndarray, " O"]:
        """Return how far the fixed point of Morrow and Skerlos moves each price."""
        return -self.gradient / np.minimum(self.own, -_LEAST_VOLUME)


@dataclass(frozen=True, eq=False, kw_only=True)
class PriceProblem:
    """Which prices of a market are to be set, within which bounds, and by whom.

    `ownership[j, l]` is what part of the profit on offer l counts for who sets the price of offer
    j. Prices that do not move stay as they are given.
    """

    market: PricedMarket
    ownership: Float[np.ndarray, "O O"]
    moves: Bool[np.ndarray, " O"]
    least: Float[np.ndarray, " O"]
    most: Float[np.ndarray, " O"]
    map_blocks: MapBlocks = map

    @property
    def setters(self) -> list[list[int]]:
        """Return the offers that move, grouped by who sets their prices."""
        _, group = np.unique(self.ownership, axis=0, return_inverse=True)
        groups: dict[int, list[int]] = {}
        for offer in np.flatnonzero(self.moves).tolist():
            groups.setdefault(int(group.ravel()[offer]), []).append(offer)
        return list(groups.values())

    def within(self, prices: Float[np.ndarray, " O"]) -> Float[np.ndarray, " O"]:
        """Return the prices with those that move brought into their bounds."""
        return np.where(self.moves, np.clip(prices, self.least, self.most), prices)

    def conditions(self, prices: Float[np.ndarray, " O"], scale: float = 1.0) -> Conditions:
        """Return what holds at the prices, for buyers whose utility is multiplied by `scale`."""
        found = [self._of_region(region, prices, scale) for region in self.market.regions]
        return Conditions(*(reduce(add, parts) for parts in zip(*found, strict=True)))

    def volume_slopes(self, prices: Float[np.ndarray, " O"]) -> Float[np.ndarray, "O O"]:
        """Return the slopes of volumes (rows) by prices (columns)."""
        found = []
        for region in self.market.regions:
            slopes = self._share_slopes(region, prices)
            found.append((np.diag(slopes.own) - slopes.cross) * region.kept)
        return self._by_offers(reduce(add, found))

    def gradient_slopes(
        self, prices: Float[np.ndarray, " O"], scale: float = 1.0
    ) -> Float[np.ndarray, "O O"]:
        """Return the slope of each offer's profit gradient (row) by each price (column)."""
        found = (
            np.outer(region.kept, region.kept)
            * gradient_slopes(
                region.buyers,
                self.market.terms(region, prices, self._inside(prices)),
                ownership=self._ownership_of_alternatives(),
                margins=self.market.margins(region, prices),
                scale=scale,
                map_blocks=self.map_blocks,
            )
            for region in self.market.regions
        )
        return self._by_offers(reduce(add, found))

    def projected(
        self, prices: Float[np.ndarray, " O"], gradient: Float[np.ndarray, " O"]
    ) -> Float[np.ndarray, " O"]:
        """Return the gradient without what prices do not move by, or what points out of bounds."""
        stopped = ((prices <= self.least) & (gradient < 0.0)) | (
            (prices >= self.most) & (gradient > 0.0)
        )
        return np.where(self.moves & ~stopped, gradient, 0.0)

    def is_maximum(self, prices: Float[np.ndarray, " O"], slopes: Float[np.ndarray, "O O"]) -> bool:
        """Return whether the profit of each setter falls off around its prices, bounds aside."""
        interior = (prices > self.least) & (prices < self.most)
        for offers in self.setters:
            inner = [offer for offer in offers if interior[offer]]
            hessian = slopes[np.ix_(inner, inner)]
            if inner and np.linalg.eigvalsh(hessian + hessian.T).max() >= 0.0:
                return False
        return True

    def _of_region(
        self, region: PricedRegion, prices: Float[np.ndarray, " O"], scale: float
    ) -> Conditions:
        margins = self.market.margins(region, prices)
        slopes = self._share_slopes(region, prices, scale)
        gradient = profit_gradient(slopes, self._ownership_of_alternatives(), margins)
        return Conditions(
            volumes=self._by_offer(slopes.shares),
            # By the price asked: the kernels' derivatives are by what the seller receives of it.
            own=self._by_offer(slopes.own * region.kept**2),
            gradient=self._by_offer(gradient * region.kept),
            profits=self._by_offer(slopes.shares * margins),
        )

    def _share_slopes(
        self, region: PricedRegion, prices: Float[np.ndarray, " O"], scale: float = 1.0
    ) -> ShareSlopes:
        return share_slopes(
            region.buyers,
            self.market.terms(region, prices, self._inside(prices)),
            scale=scale,
            map_blocks=self.map_blocks,
        )

    def _inside(self, prices: Float[np.ndarray, " O"]) -> Float[np.ndarray, " O"]:
        """Return the prices a hair away from their bounds: which side of a knot they are on."""
        hair = np.minimum(1e-9 * (1.0 + np.abs(prices)), (self.most - self.least) / 4.0)
        return np.where(self.moves, np.clip(prices, self.least + hair, self.most - hair), prices)

    def _ownership_of_alternatives(self) -> Float[np.ndarray, "A A"]:
        return self.ownership[np.ix_(self.market.offer_of, self.market.offer_of)]

    def _by_offer(self, values: Float[np.ndarray, " A *more"]) -> Float[np.ndarray, " O *more"]:
        """Return sums over the alternatives of each offer."""
        total = np.zeros((len(self.market.offers), *values.shape[1:]))
        np.add.at(total, self.market.offer_of, values)
        return total

    def _by_offers(self, matrix: Float[np.ndarray, "A A"]) -> Float[np.ndarray, "O O"]:
        return self._by_offer(self._by_offer(matrix).T).T
