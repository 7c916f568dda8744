"""Multinomial logit of a long table by xlogit: seconds, log-likelihood, peak memory."""

from __future__ import annotations

import argparse
import json
import time
from importlib.metadata import version

import numpy as np
from xlogit import MultinomialLogit

from benchmarks.process import peak_mib


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("table")
    parser.add_argument("--chosen", required=True)
    parser.add_argument("--columns", nargs="+", required=True)
    parser.add_argument("--n-alternatives", type=int, required=True)
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()

    table = np.genfromtxt(arguments.table, delimiter=",", names=True)
    design = np.column_stack([table[name] for name in arguments.columns])
    n_tasks = len(table) // arguments.n_alternatives
    alternatives = np.tile(np.arange(arguments.n_alternatives), n_tasks)
    tasks = np.repeat(np.arange(n_tasks), arguments.n_alternatives)

    times = []
    for _ in range(arguments.repetitions):
        started = time.perf_counter()
        model = MultinomialLogit()
        model.fit(
            X=design,
            y=table[arguments.chosen],
            varnames=arguments.columns,
            ids=tasks,
            alts=alternatives,
            verbose=0,
        )
        times.append(time.perf_counter() - started)
    print(
        json.dumps(
            {
                "peer": f"xlogit {version('xlogit')}",
                "first_s": times[0],
                "best_s": min(times),
                "peak_mib": peak_mib(),
                "quality": {
                    "log-likelihood": round(float(model.loglikelihood), 3),
                    "status": "converged" if model.convergence else "not converged",
                },
            }
        )
    )


if __name__ == "__main__":
    main()
