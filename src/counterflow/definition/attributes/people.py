"""People of the search: whom it looks at in each region, and what else they could take."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.definition.buyers import sample_buyers
from counterflow.definition.market_of_buyers import log_rest, reached_buyers
from counterflow.domain.market_alternatives import market_alternatives
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme


class People(NamedTuple):
    """B buyers in each of the regions that differ, region after region."""

    part_worths: Float[np.ndarray, "B K"]
    respondents: Int[np.ndarray, " B"]
    draws: Int[np.ndarray, " B"]
    """Which of each respondent's draws it is."""
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
    reached = np.bincount(like.ravel(), weights=reached_buyers(programme), minlength=len(regions))
    return People(
        part_worths=part_worths.draws[buyers.draws, buyers.respondents],
        respondents=buyers.respondents,
        draws=buyers.draws,
        regions=regions,
        log_rest=log_rest(programme, part_worths, market, buyers)[regions],
        weights=np.outer(reached, buyers.weights),
    )
