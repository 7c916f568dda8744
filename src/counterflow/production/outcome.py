"""The outcome of a build plan: what is sold and earned when it meets draws of demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.kernels.fulfilment import fulfil
from counterflow.production.build_plan import Plant
from counterflow.production.margins import Margins


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """What the builds bring in each of S draws; vehicles, and money in the programme's currency."""

    sales: Float[np.ndarray, "S O Q"]
    unserved: Float[np.ndarray, "S O"]
    """Vehicles wanted and never delivered: cancelled, or still waiting at the end."""
    contribution: Float[np.ndarray, " S"]
    """Income, less building and holding, with what is left valued at its salvage."""


def outcome_of(
    builds: Float[np.ndarray, "O Q"],
    demand: Float[np.ndarray, "S O Q"],
    *,
    margins: Margins,
    plant: Plant,
) -> Outcome:
    """Return what the builds bring when every vehicle goes to an order at once.

    `margins` has one entry an offer. A vehicle that waits from one period into the next costs its
    holding; one that is left after the last period brings its salvage.
    """
    happened = fulfil(builds, demand, lost_share=plant.lost_share)
    sales, left = happened.sales, happened.stock[:, :, -1]
    waited = happened.stock[:, :, :-1].sum(axis=2)
    return Outcome(
        sales=sales,
        unserved=demand.sum(axis=2) - sales.sum(axis=2),
        contribution=(
            sales.sum(axis=2) @ margins.income
            + left @ margins.salvage
            - waited @ (plant.holding_cost_share * margins.unit_cost)
            - builds.sum(axis=1) @ margins.unit_cost
        ),
    )
