"""People of the search: whom it looks at in each region, and what else they could take."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.definition.buyers import Buyers, sample_buyers
from counterflow.domain.market_alternatives import MarketAlternatives, market_alternatives
from counterflow.domain.market_draws import launched_buyers, mean_share, population_weights
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.kernels.outside_option import with_outside_share
from counterflow.kernels.shares import log_sums


class People(NamedTuple):
    """B buyers in each of the regions that differ, region after region."""

    part_worths: Float[np.ndarray, "B K"]
    respondents: Int[np.ndarray, " B"]
    regions: Int[np.ndarray, " different"]
    """Regions that stand for all that are like them."""
    log_rest: Float[np.ndarray, "different B"]
    """Logsum over rivals and outside option."""
    weights: Float[np.ndarray, "different B"]
    """Informed, served buyers that each stands for, over all periods."""


def people_of(
    programme: Programme, part_worths: PartWorths, asked: Float[np.ndarray, "M anything"]
) -> People:
    """Return the people of the search; regions that are `asked` and offered the same are one."""
    buyers = sample_buyers(
        part_worths, n_buyers=programme.search.n_buyers, seed=programme.seeds.search
    )
    market = market_alternatives(programme, part_worths.coding)
    faced = np.concatenate([asked, market.rows.reshape(len(asked), -1), market.offsets], axis=1)
    _, regions, like = np.unique(faced, axis=0, return_index=True, return_inverse=True)
    reached = np.bincount(like.ravel(), weights=_reached(programme), minlength=len(regions))
    return People(
        part_worths=part_worths.draws[buyers.draws, buyers.respondents],
        respondents=buyers.respondents,
        regions=regions,
        log_rest=_log_rest(programme, part_worths, market, buyers)[regions],
        weights=np.outer(reached, buyers.weights),
    )


def _log_rest(
    programme: Programme, part_worths: PartWorths, market: MarketAlternatives, buyers: Buyers
) -> Float[np.ndarray, "M B"]:
    share = programme.market.outside_option.share
    log_rest = np.empty((len(market.regions), len(buyers.weights)))
    for s in np.unique(buyers.draws).tolist():
        mine = buyers.draws == s
        offsets = market.offsets
        if share is not None:
            weights = population_weights(part_worths.weights, seed=programme.seeds.demand, draw=s)
            offsets = with_outside_share(
                part_worths.draws[s], weights, market.rows, offsets, n_ours=0, share=share
            )
        people = part_worths.draws[s, buyers.respondents[mine]]
        log_rest[:, mine] = log_sums(people, market.rows, offsets)
    return log_rest


def _reached(programme: Programme) -> Float[np.ndarray, " M"]:
    market = programme.market
    reach = mean_share(market.awareness) * mean_share(market.availability)
    return launched_buyers(market).sum(axis=1) * reach
