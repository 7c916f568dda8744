"""The market as the buyers searched face it: what else there is, and how many are reached."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.definition.buyers import Buyers
from counterflow.domain.market_alternatives import MarketAlternatives
from counterflow.domain.market_draws import launched_buyers, mean_share, population_weights
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.kernels.outside_option import with_outside_share
from counterflow.kernels.shares import log_sums


def log_rest(
    programme: Programme, part_worths: PartWorths, market: MarketAlternatives, buyers: Buyers
) -> Float[np.ndarray, "M B"]:
    """Return each buyer's logsum over rivals and outside option, in each region."""
    share, seed = programme.market.outside_option.share, programme.seeds.demand
    logs = np.empty((len(market.regions), len(buyers.weights)))
    for s in np.unique(buyers.draws).tolist():
        mine = buyers.draws == s
        weights = population_weights(part_worths.weights, seed=seed, draw=s)
        offsets = with_outside_share(
            part_worths.draws[s], weights, market.rows, market.offsets, n_ours=0, share=share
        )
        people = part_worths.draws[s, buyers.respondents[mine]]
        logs[:, mine] = log_sums(people, market.rows, offsets)
    return logs


class MarketOfDraw(NamedTuple):
    """What a market is in one draw: its people, and what each alternative is worth to all."""

    people: Float[np.ndarray, "N K"]
    weights: Float[np.ndarray, " N"]
    """How many of the population each stands for, drawn as the forecast draws them."""
    offsets: Float[np.ndarray, "M A"]
    """Added to utility; with them the outside option has its share, if the programme states one."""


def market_of_draw(
    programme: Programme, part_worths: PartWorths, market: MarketAlternatives, draw: int
) -> MarketOfDraw:
    """Return the market of one draw of part-worths."""
    people = part_worths.draws[draw]
    weights = population_weights(part_worths.weights, seed=programme.seeds.demand, draw=draw)
    offsets = with_outside_share(
        people,
        weights,
        market.rows,
        market.offsets,
        n_ours=len(market.variants),
        share=programme.market.outside_option.share,
    )
    return MarketOfDraw(people, weights, offsets)


def reached_buyers(programme: Programme) -> Float[np.ndarray, " M"]:
    """Return how many informed, served buyers are expected in each region, over all periods."""
    market = programme.market
    reach = mean_share(market.awareness) * mean_share(market.availability)
    return launched_buyers(market).sum(axis=1) * reach
