"""Solve for the equilibrium prices of `benchmarks.price_problem` from one start or more."""

from __future__ import annotations

import argparse
from importlib.metadata import version
from typing import Any

from benchmarks import price_problem as problem
from benchmarks.fit import fit_and_print
from counterflow.definition.prices.equilibrium import PriceEquilibrium, equilibrium_prices
from counterflow.definition.prices.market import priced_market


def main() -> None:
    arguments = _arguments()
    price, quality = problem.coefficients(arguments.buyers)
    market = priced_market(
        quality[:, None] * problem.QUALITIES,
        price[:, None],
        problem.COSTS,
        firms=[f"firm_{f}" for f in problem.FIRMS],
    )
    fit_and_print(
        f"counterflow {version('counterflow')}",
        lambda: equilibrium_prices(market, n_starts=arguments.starts),
        repetitions=arguments.repetitions,
        quality=_quality,
        parameters=lambda found: {"prices": list(found.prices.values())},
    )


def _quality(found: PriceEquilibrium) -> dict[str, Any]:
    return {
        "status": found.status,
        "profit gradient a vehicle": found.gradient_norm,
        "starts that agree": found.n_starts_at_it,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ours.equilibrium_prices")
    parser.add_argument("--buyers", type=int, default=2000)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--repetitions", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
