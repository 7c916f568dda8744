"""Fit one model to the Chinese car buyers in this process, once or more, and print what it took.

    python -m benchmarks.fit_once mnl --repetitions 5

The first fit loads the compiled loops, or compiles them where NUMBA_CACHE_DIR holds none.
"""

from __future__ import annotations

import argparse
import json
import time

from benchmarks import china_cars
from benchmarks.process import peak_mib
from counterflow.choice.multinomial_logit import MultinomialLogitResult
from counterflow.runners.threads import ThreadRunner


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit_once")
    parser.add_argument("model", choices=("mnl", "hb"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--repetitions", type=int, default=1)
    arguments = parser.parse_args()
    study = china_cars.load()
    model = study.model(arguments.model, quick=arguments.quick)
    before = peak_mib()
    times = []
    for _ in range(arguments.repetitions):
        started = time.perf_counter()
        result = model.fit(study.answers, map_blocks=ThreadRunner().map)
        times.append(time.perf_counter() - started)
    quality = {
        "log-likelihood": round(result.log_likelihood, 3),
        "status": result.status,
        "respondents": study.answers.n_respondents,
        "tasks": study.answers.n_tasks,
        "coefficients": len(result.labels),
    }
    if not isinstance(result, MultinomialLogitResult):
        quality |= {
            "chains": result.settings["n_chains"],
            "sweeps of each": result.settings["n_burn_in"] + result.settings["n_sweeps"],
            **{name: round(value, 4) for name, value in result.convergence.as_dict().items()},
        }
    print(
        json.dumps(
            {
                "first_s": times[0],
                "best_s": min(times),
                "peak_mib": peak_mib(),
                "answers_mib": before,
                "quality": quality,
            }
        )
    )


if __name__ == "__main__":
    main()
