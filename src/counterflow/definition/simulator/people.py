"""The people of a market, in every draw: what they want, how many each stands for, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.domain.definition import Offer
from counterflow.domain.market_draws import draw_market, population_weights
from counterflow.domain.offered_terms import with_offered_terms
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme


@dataclass(frozen=True, eq=False, kw_only=True)
class People:
    """S draws of N people and of the market that they stand for: those of the forecast."""

    part_worths: PartWorths
    weights: Float[np.ndarray, "S N"]
    """Sum to 1 in each draw."""
    reached: Float[np.ndarray, "S M"]
    """Informed, served buyers by region, over all periods."""

    @property
    def n_draws(self) -> int:
        """Return S."""
        return self.part_worths.n_draws

    @property
    def region_weights(self) -> Float[np.ndarray, "S M"]:
        """Return each region's part of the buyers who are reached; alike where nobody is."""
        total = self.reached.sum(axis=1, keepdims=True)
        even = np.full_like(self.reached, 1.0 / self.reached.shape[1])
        return np.divide(self.reached, total, out=even, where=total > 0.0)

    def only(self, draw: int) -> People:
        """Return the people of one draw."""
        of_draw = slice(draw, draw + 1)
        return People(
            part_worths=PartWorths(
                draws=self.part_worths.draws[of_draw],
                coding=self.part_worths.coding,
                respondent_ids=self.part_worths.respondent_ids,
                weights=self.part_worths.weights,
            ),
            weights=self.weights[of_draw],
            reached=self.reached[of_draw],
        )


def people_of(
    programme: Programme, part_worths: PartWorths, offers: Sequence[Offer] = ()
) -> People:
    """Return the people that the forecast of this programme counts.

    They know the terms of its contracts, and those of `offers` where these state others.
    """
    n_draws, seed = part_worths.n_draws, programme.seeds.demand
    part_worths = with_offered_terms(programme, part_worths, offers)
    drawn = draw_market(programme.market, n_draws=n_draws, seed=seed)
    return People(
        part_worths=part_worths,
        weights=np.array(
            [population_weights(part_worths.weights, seed=seed, draw=s) for s in range(n_draws)]
        ),
        reached=drawn.reached(programme.market).sum(axis=2),
    )
