"""Valuation: what a line earns in every draw of preferences and of the market."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from jaxtyping import Float

from counterflow.definition.offers import fixed_costs, variant_margins
from counterflow.domain.definition import Offer
from counterflow.domain.market_alternatives import MarketAlternatives, market_alternatives
from counterflow.domain.market_draws import draw_market, population_weights
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.outside_option import with_outside_share
from counterflow.kernels.shares import mean_shares


def profit_draws(
    programme: Programme,
    offers: Sequence[Offer],
    part_worths: PartWorths,
    *,
    map_blocks: MapBlocks = map,
) -> Float[np.ndarray, " S"]:
    """Return what the line contributes over all regions and periods, after fixed costs, by draw.

    The draws of market size, awareness, availability and of the respondents' weights are those of
    the forecast.
    """
    market = market_alternatives(programme, part_worths.coding, offers)
    margins = np.array([margin for offer in offers for margin in variant_margins(offer)])
    work = partial(_margin_per_buyer, programme, part_worths, market, margins)
    per_buyer = np.array(list(map_blocks(work, range(part_worths.n_draws))))
    drawn = draw_market(programme.market, n_draws=part_worths.n_draws, seed=programme.seeds.demand)
    reached = drawn.reached(programme.market).sum(axis=2)
    return (reached * per_buyer).sum(axis=1) - fixed_costs(programme, offers)


def _margin_per_buyer(
    programme: Programme,
    part_worths: PartWorths,
    market: MarketAlternatives,
    margins: Float[np.ndarray, " V"],
    draw: int,
) -> Float[np.ndarray, " M"]:
    """Return what an informed, served buyer is expected to bring in each region, in one draw."""
    people = part_worths.draws[draw]
    weights = population_weights(part_worths.weights, seed=programme.seeds.demand, draw=draw)
    offsets = market.offsets
    if programme.market.outside_option.share is not None:
        offsets = with_outside_share(
            people,
            weights,
            market.rows,
            offsets,
            n_ours=len(market.variants),
            share=programme.market.outside_option.share,
        )
    shares = mean_shares(people, weights, market.rows, offsets)
    return (shares[:, : len(margins)] * margins).sum(axis=1)
