"""Solve for the equilibrium prices of `benchmarks.price_problem` by pyblp's fixed point."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pyblp

from benchmarks import price_problem as problem
from benchmarks.fit import fit_and_print


def main() -> None:
    arguments = _arguments()
    pyblp.options.verbose = False
    simulation = _simulation(arguments.buyers)
    costs = problem.COSTS[:, None]
    iteration = pyblp.Iteration("simple", {"atol": 1e-14, "max_evaluations": 5000})

    def solve() -> Any:
        return simulation.replace_endogenous(costs, prices=costs, iteration=iteration)

    fit_and_print(
        f"pyblp {pyblp.__version__}",
        solve,
        repetitions=arguments.repetitions,
        quality=lambda solved: {
            "converged": bool(np.all(solved.fp_converged)),
            "steps": int(np.sum(solved.fp_iterations)),
        },
        parameters=lambda solved: {"prices": solved.product_data.prices.ravel().tolist()},
    )


def _simulation(n_buyers: int) -> pyblp.Simulation:
    n = problem.N_PRODUCTS
    return pyblp.Simulation(
        product_formulations=(
            pyblp.Formulation("0 + prices + quality"),
            pyblp.Formulation("0 + prices + quality"),
        ),
        beta=[problem.PRICE, problem.QUALITY],
        sigma=np.diag([problem.PRICE_SD, problem.QUALITY_SD]),
        xi=np.zeros(n),
        product_data={
            "market_ids": np.zeros(n, dtype=int),
            "firm_ids": problem.FIRMS,
            "quality": problem.QUALITIES,
        },
        agent_data={
            "market_ids": np.zeros(n_buyers, dtype=int),
            "weights": np.full(n_buyers, 1.0 / n_buyers),
            "nodes": problem.tastes(n_buyers),
        },
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.pyblp.equilibrium_prices")
    parser.add_argument("--buyers", type=int, default=2000)
    parser.add_argument("--repetitions", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
