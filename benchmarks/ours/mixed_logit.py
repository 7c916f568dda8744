"""Mixed logit of a panel, coefficients normal over people, standard errors included."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np

from benchmarks.choice_data import choice_data
from benchmarks.data_sets import load
from benchmarks.fit import fit_and_print, fit_arguments
from counterflow.choice.mixed_logit import MixedLogit
from counterflow.choice.mixed_logit_result import MixedLogitResult
from counterflow.runners.threads import ThreadRunner


def main() -> None:
    parser = fit_arguments()
    parser.add_argument("--random", nargs="*", help="labels that vary; all if absent")
    parser.add_argument("--correlated", action="store_true")
    parser.add_argument("--draws", type=int, help="a respondent; as many as are needed if absent")
    parser.add_argument("--threads", type=int, help="all cores if absent")
    arguments = parser.parse_args()
    choices = load(arguments.data, people=arguments.people)
    data = choice_data(choices)
    labels = choices.labels if arguments.random is None else arguments.random
    model = MixedLogit(
        random=dict.fromkeys(labels, "normal"),
        correlated=arguments.correlated,
        n_draws=arguments.draws or "auto",
        **({"most_draws": arguments.draws} if arguments.draws else {}),
    )
    runner = ThreadRunner(arguments.threads)
    fit_and_print(
        f"counterflow {version('counterflow')}",
        lambda: model.fit(data, map_blocks=runner.map),
        repetitions=arguments.repetitions,
        quality=_quality,
        parameters=lambda fitted: normal_population(fitted, choices.labels),
    )


def normal_population(fitted: MixedLogitResult, labels: tuple[str, ...]) -> dict[str, Any]:
    """Return mean and factor of coefficients that are normal over people, or the same for all."""
    found = dict(zip(fitted.parameters.labels, fitted.parameters.values, strict=True))
    factor = np.zeros((len(labels), len(labels)))
    for i, row in enumerate(labels):
        factor[i, i] = found.get(f"sd({row})", 0.0)
        for j, column in enumerate(labels[: i + 1]):
            factor[i, j] = found.get(f"factor({row}, {column})", factor[i, j])
    mean = [float(found.get(f"mean({label})", found.get(label, 0.0))) for label in labels]
    return {"mean": mean, "factor": factor.tolist()}


def _quality(fitted: MixedLogitResult) -> dict[str, Any]:
    error = fitted.simulation_error
    return {
        "own log-likelihood": round(fitted.log_likelihood, 3),
        "status": fitted.status,
        "parameters": len(fitted.parameters.labels),
        "draws": error.n_draws,
        "simulation shift in standard errors": round(error.shift, 3),
    }


if __name__ == "__main__":
    main()
