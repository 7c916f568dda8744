"""The production plan of a programme: parts, commitments and builds for the volumes forecast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from counterflow.domain.definition import Definition
from counterflow.domain.linear_programme import LinearProgramme, Solution
from counterflow.domain.production_plan import Commitment, ProductionPlan
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.volumes import VolumeDraws
from counterflow.production.build_plan import Plant, build_plan_problem, read_build_plan
from counterflow.production.commitments import commitments
from counterflow.production.margins import offer_margins
from counterflow.production.outcome import outcome_of
from counterflow.production.part_explosion import explode_parts, quantities
from counterflow.production.representative_draws import representative_draws
from counterflow.production.variants import expected_mix, variants_of

MOST_SCENARIOS, LEAST_SCENARIOS = 100, 20
MOST_SALES_VARIABLES = 25_000
"""The build plan looks at 100 draws of demand, and at fewer, down to 20, where offers and periods
are many: HiGHS solves 26,000 sales variables in about ten seconds."""


def plan_production(
    programme: Programme,
    definition: Definition,
    volumes: VolumeDraws,
    *,
    solve: Callable[[LinearProgramme], Solution],
    made_from: Mapping[str, str] | None = None,
    report: Report | None = None,
) -> ProductionPlan:
    """Return part needs as draws, long-lead orders, and builds by offer and period.

    Builds are planned on at most 100 representative draws, for each offer's expected mix of
    variants, within line capacity and the long-lead parts on order. Sales, unserved orders and
    contribution are then means over all draws, most of which the plan did not see.

    Raises
    ------
    LabelMismatchError
        If the volumes were drawn for another line.
    """
    tell = report or _silently
    tell(0.0, "parts")
    needs = explode_parts(definition, volumes)
    tell(0.1, "long-lead orders")
    orders = commitments(programme, definition, volumes)
    tell(0.2, "builds")
    demand = volumes.by_offer().sum(axis=2)
    margins = offer_margins(programme, definition, volumes)
    plant = plant_of(programme, definition, volumes, orders)
    scenarios = representative_draws(demand, n_scenarios=_n_scenarios(demand[0].size))
    solution = solve(build_plan_problem(scenarios, margins, plant))
    builds = read_build_plan(solution, n_offers=len(volumes.offers), n_periods=len(volumes.periods))
    tell(0.9, "outcome over all draws")
    outcome = outcome_of(builds, demand, margins=margins, plant=plant)
    return ProductionPlan(
        offers=volumes.offers,
        periods=volumes.periods,
        parts=needs.parts,
        builds=builds,
        capacity=plant.capacity,
        expected_sales=outcome.sales.mean(axis=0),
        expected_unserved=outcome.unserved.mean(axis=0),
        part_needs=needs.draws,
        commitments=orders,
        expected_contribution=float(outcome.contribution.mean()),
        status=_ended(solution),
        gap=solution.gap,
        made_from=dict(made_from or {}),
    )


def plant_of(
    programme: Programme,
    definition: Definition,
    volumes: VolumeDraws,
    orders: tuple[Commitment, ...],
) -> Plant:
    """Return what limits the builds: the programme's line, and the long-lead parts on order."""
    production = programme.production
    per_variant = quantities(variants_of(definition, volumes), [order.part for order in orders])
    return Plant(
        capacity=np.full(len(volumes.periods), production.vehicles_per_period),
        holding_cost_share=production.holding_cost_share_per_period,
        lost_share=production.lost_share_per_period_waited,
        part_quantity=expected_mix(volumes) @ per_variant,
        parts_committed=np.array([order.quantity for order in orders]),
    )


def _n_scenarios(n_builds: int) -> int:
    return min(MOST_SCENARIOS, max(LEAST_SCENARIOS, MOST_SALES_VARIABLES // n_builds))


def _ended(solution: Solution) -> Literal["optimal", "time_limit", "infeasible"]:
    if solution.status == "unbounded":
        raise ValueError("expected builds within capacity, found them unbounded. Check the solver.")
    return solution.status


def _silently(done: float, what: str) -> None:
    pass
