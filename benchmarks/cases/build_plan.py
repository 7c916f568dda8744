"""The build plan: describing and solving the two-stage linear programme, and what it is worth.

Simulated demand of a line within a plant that is sometimes too small: 1,000 draws, 100 scenarios.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from benchmarks.case import Run, best_of
from benchmarks.process import peak_mib
from benchmarks.record import Record
from counterflow.production.build_plan import Plant, build_plan_problem, read_build_plan
from counterflow.production.margins import Margins
from counterflow.production.outcome import outcome_of
from counterflow.production.representative_draws import representative_draws
from counterflow.solvers.highs import HighsSolver

N_DRAWS, N_SCENARIOS = 1000, 100


def measure(run: Run) -> Iterator[Record]:
    sizes = [(3, 6)] if run.quick else [(3, 6), (5, 12), (10, 26)]
    for n_offers, n_periods in sizes:
        yield _solve(run, n_offers, n_periods)
    yield run.record("peak memory of all sizes", "MiB", peak_mib())


def _solve(run: Run, n_offers: int, n_periods: int) -> Record:
    demand, margins, plant = _case(n_offers, n_periods)
    scenarios = representative_draws(demand, n_scenarios=N_SCENARIOS)
    described = time.perf_counter()
    problem = build_plan_problem(scenarios, margins, plant)
    described = time.perf_counter() - described
    repetitions = 3 if n_offers * n_periods < 100 else 1
    seconds, solution = best_of(
        repetitions, lambda: HighsSolver().solve(problem, time_limit_s=300.0)
    )
    builds = read_build_plan(solution, n_offers=n_offers, n_periods=n_periods)
    outcome = outcome_of(builds, demand, margins=margins, plant=plant)
    return run.record(
        f"describe and solve, {n_offers} offers x {n_periods} periods",
        "s",
        described + seconds,
        quality={
            "status": solution.status,
            "gap": solution.gap,
            "variables": len(problem.objective),
            "worth on all draws over worth on scenarios": round(
                float(outcome.contribution.mean()) / solution.objective, 4
            ),
        },
    )


def _case(n_offers: int, n_periods: int) -> tuple[np.ndarray, Margins, Plant]:
    random = np.random.default_rng(1)
    total = random.lognormal(0.0, 0.4, N_DRAWS)
    mix = random.dirichlet(np.full(n_offers, 4.0), N_DRAWS)
    ramp = np.linspace(0.6, 1.0, n_periods) * 1000.0 * n_offers
    cost = random.uniform(60_000.0, 90_000.0, n_offers)
    margins = Margins(income=1.3 * cost, unit_cost=cost, salvage=0.75 * cost)
    plant = Plant(
        capacity=np.full(n_periods, 900.0 * n_offers),
        holding_cost_share=0.01,
        lost_share=0.15,
        part_quantity=np.ones((n_offers, 1)),
        parts_committed=np.array([1000.0 * n_offers * n_periods]),
    )
    return total[:, None, None] * mix[:, :, None] * ramp, margins, plant
