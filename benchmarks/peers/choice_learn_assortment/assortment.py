"""The best assortment by choice-learn's latent-class optimiser, with OR-Tools (SCIP) under it."""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from importlib.metadata import version

import numpy as np
from choice_learn.toolbox.or_tools_opt import ORToolsLatentClassAssortmentOptimizer

from benchmarks.assortments import named
from benchmarks.fit import fit_and_print


def main() -> None:
    arguments = _arguments()
    instance = named(arguments.name)
    n = len(instance.revenue)

    def solve() -> tuple[np.ndarray, float]:
        # "Utilities" are their exponentials, here over that of the outside option.
        optimiser = ORToolsLatentClassAssortmentOptimizer(
            class_weights=instance.weights,
            class_utilities=instance.odds,
            itemwise_values=instance.revenue,
            assortment_size=n,
        )
        # It has no limit of time of its own.
        optimiser.solver.SetTimeLimit(round(1000 * arguments.seconds))
        line, _ = optimiser.solve()
        return line > 0.5, float(optimiser.solver.Objective().BestBound())

    fit_and_print(
        f"choice-learn {version('choice-learn')} with OR-Tools {version('ortools')}",
        solve,
        repetitions=1,
        quality=lambda _: {},
        parameters=lambda found: {
            "line": np.flatnonzero(found[0]).tolist(),
            # SCIP calls a bound that it has none of 1e20.
            "bound": found[1] if found[1] < 1e19 else None,
        },
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers.choice_learn_assortment.assortment"
    )
    parser.add_argument("name", help="an instance of benchmarks.assortments")
    parser.add_argument("--seconds", type=float, default=60.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
