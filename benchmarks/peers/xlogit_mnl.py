"""Multinomial logit of a long table by xlogit: seconds, log-likelihood, peak memory."""

from __future__ import annotations

import argparse
import csv
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

    with open(arguments.table, encoding="utf-8", newline="") as file:  # noqa: PTH123
        rows = list(csv.DictReader(file))
    design = np.array([[float(row[name]) for name in arguments.columns] for row in rows])
    chosen = np.array([float(row[arguments.chosen]) for row in rows])
    n = arguments.n_alternatives
    alternatives = np.tile(np.arange(n), len(rows) // n)
    tasks = np.repeat(np.arange(len(rows) // n), n)

    times = []
    for _ in range(arguments.repetitions):
        started = time.perf_counter()
        model = MultinomialLogit()
        model.fit(
            X=design,
            y=chosen,
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
                "seconds": min(times),
                "log_likelihood": float(model.loglikelihood),
                "converged": bool(model.convergence),
                "peak_mib": peak_mib(),
            }
        )
    )


if __name__ == "__main__":
    main()
