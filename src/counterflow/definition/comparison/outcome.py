"""The outcome of a line: what it earns, sells and needs, in every draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float

from counterflow.definition.market_of_buyers import market_of_draw
from counterflow.definition.offers import fixed_costs
from counterflow.definition.valuation import profit_draws
from counterflow.domain.definition import Offer
from counterflow.domain.market_alternatives import MarketAlternatives, market_alternatives
from counterflow.domain.market_draws import draw_market
from counterflow.domain.offered_terms import with_offered_terms
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.market_shares import shares_by
from counterflow.kernels.part_needs import part_needs


@dataclass(frozen=True, eq=False, kw_only=True)
class LineOutcome:
    """S draws of what comes of a line; draw s is one state of the world for every line.

    Shares are those of informed, served buyers; vehicles and parts are over all periods.
    """

    offers: tuple[str, ...]
    others: tuple[str, ...]
    """Rivals, then the outside option."""
    parts: tuple[str, ...]
    regions: tuple[str, ...]
    profit: Float[np.ndarray, " S"]
    """Contribution after fixed costs."""
    fixed_costs: float
    offer_shares: Float[np.ndarray, "S M O"]
    other_shares: Float[np.ndarray, "S M others"]
    buyers: Float[np.ndarray, "S M"]
    """Informed, served buyers."""
    part_needs: Float[np.ndarray, "S P"]
    """In the part's unit."""

    def vehicles(self) -> Float[np.ndarray, "S O"]:
        """Return the vehicles of each offer that are wanted in all regions."""
        return np.einsum("smo,sm->so", self.offer_shares, self.buyers)

    def over_regions(self, shares: Float[np.ndarray, "S M names"]) -> Float[np.ndarray, "S names"]:
        """Return shares of the buyers of all regions together."""
        total = self.buyers.sum(axis=1, keepdims=True)
        # Where nobody is reached every region counts alike, so that shares still mean something.
        even = np.full_like(self.buyers, 1.0 / self.buyers.shape[1])
        weights = np.divide(self.buyers, total, out=even, where=total > 0.0)
        return np.einsum("smx,sm->sx", shares, weights)


def line_outcome(
    programme: Programme,
    offers: Sequence[Offer],
    part_worths: PartWorths,
    *,
    map_blocks: MapBlocks = map,
) -> LineOutcome:
    """Return what comes of a line under the programme: the draws of its forecast and its valuation.

    Prices, terms, unit costs and parts are those written in the offers.
    """
    part_worths = with_offered_terms(programme, part_worths, offers)
    market = market_alternatives(programme, part_worths.coding, offers)
    work = partial(_shares_of_draw, programme, part_worths, market)
    shares = np.array(list(map_blocks(work, range(part_worths.n_draws))))
    drawn = draw_market(programme.market, n_draws=part_worths.n_draws, seed=programme.seeds.demand)
    buyers = drawn.reached(programme.market).sum(axis=2)
    n_variants = len(market.variants)
    vehicles = np.einsum("smv,sm->sv", shares[:, :, :n_variants], buyers)
    parts = dict.fromkeys(part for offer in offers for v in offer.variants for part in v.parts)
    variants = [variant for offer in offers for variant in offer.variants]
    quantity = np.array([[variant.parts.get(part, 0.0) for part in parts] for variant in variants])
    return LineOutcome(
        offers=tuple(offer.name for offer in offers),
        others=market.names[n_variants:],
        parts=tuple(parts),
        regions=market.regions,
        profit=profit_draws(programme, offers, part_worths, map_blocks=map_blocks),
        fixed_costs=fixed_costs(programme, offers),
        offer_shares=np.add.reduceat(shares[:, :, :n_variants], _starts(offers), axis=2),
        other_shares=shares[:, :, n_variants:],
        buyers=buyers,
        part_needs=part_needs(vehicles[:, :, None], quantity)[:, :, 0],
    )


def _starts(offers: Sequence[Offer]) -> list[int]:
    """Return the position of each offer's first variant."""
    return [sum(len(offer.variants) for offer in offers[:o]) for o in range(len(offers))]


def _shares_of_draw(
    programme: Programme, part_worths: PartWorths, market: MarketAlternatives, draw: int
) -> Float[np.ndarray, "M A"]:
    people, weights, offsets = market_of_draw(programme, part_worths, market, draw)
    shares_of = shares_by(programme.search.choice_rule)
    return shares_of(people, weights, market.rows, offsets)
