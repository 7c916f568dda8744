"""Multinomial logit, standard errors included."""

from __future__ import annotations

from importlib.metadata import version

from benchmarks.choice_data import choice_data
from benchmarks.data_sets import load
from benchmarks.fit import fit_and_print, fit_arguments
from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.runners.threads import ThreadRunner


def main() -> None:
    arguments = fit_arguments().parse_args()
    choices = choice_data(load(arguments.data, people=arguments.people))
    fit_and_print(
        f"counterflow {version('counterflow')}",
        lambda: MultinomialLogit().fit(choices, map_blocks=ThreadRunner().map),
        repetitions=arguments.repetitions,
        quality=lambda fitted: {
            "own log-likelihood": round(fitted.log_likelihood, 3),
            "status": fitted.status,
            "gradient norm": fitted.gradient_norm,
        },
        parameters=lambda fitted: {"mean": fitted.coefficients.tolist()},
    )


if __name__ == "__main__":
    main()
