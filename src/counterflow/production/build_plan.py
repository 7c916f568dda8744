"""The build plan: vehicles by offer and period, chosen before demand is known.

A two-stage stochastic linear programme (Birge and Louveaux, Introduction to Stochastic
Programming, 2nd ed. 2011, section 2.4): builds b are fixed first and are the same in every
scenario; sales x, stock y and waiting orders w follow demand d. With probability p of scenario r,
for each offer o and period q:

    maximise  sum p [ income x - holding y(but the last) + salvage y(the last) ] - unit cost sum b

    b[o,q] + y[r,o,q-1] = x[r,o,q] + y[r,o,q]              every vehicle is sold or waits
    d[r,o,q] + (1 - l) w[r,o,q-1] = x[r,o,q] + w[r,o,q]    every order that was not lost is
                                                          served or waits
    sum over o of b[o,q] <= capacity                       line time, suppliers
    sum over o, q of quantity[o,p] b[o,q] <= committed[p]  long-lead parts on order
    b, x, y, w >= 0

The share l of waiting orders that is lost in a period is a constant, so losing orders is linear.
Sales may look ahead within a scenario but need not: serving at once is best
(`kernels.fulfilment`), so a plan is worth what the shop floor can earn with it. Building nothing is
always possible, so no plan is infeasible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float

from counterflow.domain.linear_programme import LinearProgramme, Solution
from counterflow.production.margins import Margins
from counterflow.production.representative_draws import Scenarios

_WHOLE = 1e-6
"""Builds this close below a whole vehicle count as whole: the tolerance of a linear solver."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Plant:
    """What limits builds, and what waiting costs."""

    capacity: Float[np.ndarray, " Q"]
    """Vehicles that can be built in each period."""
    holding_cost_share: float
    """Cost of a vehicle that waits a period, as a share of its unit cost."""
    lost_share: float
    """Share of waiting orders that is lost in each period of waiting."""
    part_quantity: Float[np.ndarray, "O P"]
    """Long-lead parts in a vehicle of each offer."""
    parts_committed: Float[np.ndarray, " P"]
    """Long-lead parts that will be there, over all periods."""


def build_plan_problem(scenarios: Scenarios, margins: Margins, plant: Plant) -> LinearProgramme:
    """Return the linear programme whose first O x Q variables are the builds.

    After them come sales, stock and waiting orders, R x O x Q each. `margins` has one entry an
    offer.
    """
    n_scenarios, n_offers, n_periods = scenarios.demand.shape
    n_builds, n_recourse = n_offers * n_periods, scenarios.demand.size
    rows = _rows(scenarios, plant)
    ordered, ready = _most_ordered(scenarios), _most_built(plant, n_scenarios, n_offers)
    flows = np.zeros(n_recourse)
    limits = np.concatenate([plant.capacity, plant.parts_committed])
    return LinearProgramme(
        objective=_objective(scenarios, margins, plant),
        lower=np.zeros(n_builds + 3 * n_recourse),
        # The bounds exclude nothing; finite ones let any set of row prices bound the optimum.
        upper=np.concatenate(
            [np.tile(plant.capacity, n_offers), np.minimum(ordered, ready), ready, ordered]
        ),
        row_starts=rows.indptr,
        columns=rows.indices,
        values=rows.data,
        row_lower=np.concatenate([flows, scenarios.demand.ravel(), np.full(len(limits), -np.inf)]),
        row_upper=np.concatenate([flows, scenarios.demand.ravel(), limits]),
    )


def read_build_plan(
    solution: Solution, *, n_offers: int, n_periods: int
) -> Float[np.ndarray, "O Q"]:
    """Return the builds of a solution as whole vehicles, rounded down so that every limit holds.

    Nothing is built where the solver found no point.
    """
    if solution.x.size == 0:
        return np.zeros((n_offers, n_periods))
    builds = solution.x[: n_offers * n_periods].reshape(n_offers, n_periods)
    return np.floor(np.maximum(builds, 0.0) + _WHOLE)


def _objective(scenarios: Scenarios, margins: Margins, plant: Plant) -> Float[np.ndarray, " n"]:
    n_periods = scenarios.demand.shape[2]
    ends = np.arange(n_periods) == n_periods - 1
    holding = plant.holding_cost_share * margins.unit_cost
    stock = np.where(ends, margins.salvage[:, None], -holding[:, None])
    sales = np.repeat(margins.income[:, None], n_periods, axis=1)
    return np.concatenate(
        [
            -np.repeat(margins.unit_cost, n_periods),
            np.outer(scenarios.probability, sales).ravel(),
            np.outer(scenarios.probability, stock).ravel(),
            np.zeros(scenarios.demand.size),
        ]
    )


def _rows(scenarios: Scenarios, plant: Plant) -> sp.csr_array:
    n_scenarios, n_offers, n_periods = scenarios.demand.shape
    each = sp.eye_array(n_scenarios * n_offers)
    builds = sp.kron(np.ones((n_scenarios, 1)), sp.eye_array(n_offers * n_periods))
    sales = sp.eye_array(scenarios.demand.size)
    stock = sp.kron(each, _less_before(n_periods, 1.0))
    waiting = sp.kron(each, _less_before(n_periods, 1.0 - plant.lost_share))
    capacity = sp.kron(np.ones((1, n_offers)), sp.eye_array(n_periods))
    parts = sp.kron(plant.part_quantity.T, np.ones((1, n_periods)))
    rows = sp.block_array(
        [
            [-builds, sales, stock, None],
            [None, sales, None, waiting],
            [capacity, None, None, None],
            [parts, None, None, None],
        ],
        format="csr",
    )
    rows.eliminate_zeros()
    return rows


def _less_before(n_periods: int, share: float) -> sp.dia_array:
    """Return the matrix that takes y to y[t] - share y[t - 1]."""
    return sp.diags_array([np.ones(n_periods), np.full(n_periods - 1, -share)], offsets=[0, -1])


def _most_ordered(scenarios: Scenarios) -> Float[np.ndarray, " n"]:
    return np.cumsum(scenarios.demand, axis=2).ravel()


def _most_built(plant: Plant, n_scenarios: int, n_offers: int) -> Float[np.ndarray, " n"]:
    return np.tile(np.cumsum(plant.capacity), n_scenarios * n_offers)
