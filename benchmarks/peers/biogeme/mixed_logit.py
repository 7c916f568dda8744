"""Swissmetro with a normal coefficient of time by biogeme, as its example b05a."""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from os import chdir
from typing import Any

import numpy as np
import pandas as pd
from biogeme.biogeme import BIOGEME
from biogeme.database import Database
from biogeme.expressions import Beta, Draws, Expression, MonteCarlo, Variable, log
from biogeme.models import logit

from benchmarks.choices import Choices
from benchmarks.data_sets import load
from benchmarks.fit import fit_and_print, fit_arguments

LABELS = ("train", "car", "time", "cost")


def main() -> None:
    parser = fit_arguments()
    parser.add_argument("--draws", type=int, default=2_000)
    arguments = parser.parse_args()
    choices = load(arguments.data, people=arguments.people)
    table = _wide(choices)

    def fit() -> Any:
        model = BIOGEME(
            Database("swissmetro", table),
            _log_likelihood(),
            number_of_draws=arguments.draws,
            seed=1,
            generate_html=False,
            generate_yaml=False,
            save_iterations=False,
        )
        return model.estimate()

    # Whatever it may write goes to a folder that is thrown away.
    with tempfile.TemporaryDirectory() as folder:
        chdir(folder)
        fit_and_print(
            f"biogeme {version('biogeme')}",
            fit,
            repetitions=arguments.repetitions,
            quality=lambda found: {
                "own log-likelihood": round(float(found.final_loglikelihood), 3),
                "status": "converged" if found.algorithm_has_converged else "not converged",
                "draws": arguments.draws,
            },
            parameters=_parameters,
        )


def _log_likelihood() -> Expression:
    time = Beta("time", 0, None, None, 0) + Beta("sd", 1, None, None, 0) * Draws("z", "NORMAL")
    cost = Beta("cost", 0, None, None, 0)
    utility = {i: time * Variable(f"time_{i}") + cost * Variable(f"cost_{i}") for i in range(3)}
    utility[0] += Beta("train", 0, None, None, 0)
    utility[2] += Beta("car", 0, None, None, 0)
    available = {i: Variable(f"available_{i}") for i in range(3)}
    return log(MonteCarlo(logit(utility, available, Variable("chosen"))))


def _wide(choices: Choices) -> pd.DataFrame:
    """Return one row a trip, with the places of what was not available filled by zeros."""
    column = {label: choices.design[:, k] for k, label in enumerate(choices.labels)}
    mode = np.where(column["train"] == 1, 0, np.where(column["car"] == 1, 2, 1))
    wide = pd.DataFrame(index=range(choices.n_tasks))
    for i in range(3):
        rows = np.flatnonzero(mode == i)
        for label, values in (("time", column["time"]), ("cost", column["cost"])):
            filled = np.zeros(choices.n_tasks)
            filled[choices.tasks[rows]] = values[rows]
            wide[f"{label}_{i}"] = filled
        wide[f"available_{i}"] = np.isin(np.arange(choices.n_tasks), choices.tasks[rows])
    wide["chosen"] = mode[choices.chosen]
    return wide.astype(float)


def _parameters(found: Any) -> dict[str, Any]:
    values = found.get_beta_values()
    sds = [values["sd"] if label == "time" else 0.0 for label in LABELS]
    return {
        "mean": [float(values[label]) for label in LABELS],
        "factor": np.diag(sds).tolist(),
    }


if __name__ == "__main__":
    main()
