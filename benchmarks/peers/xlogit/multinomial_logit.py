"""Multinomial logit by xlogit."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
from xlogit import MultinomialLogit

from benchmarks.data_sets import load
from benchmarks.fit import fit_and_print, fit_arguments


def main() -> None:
    arguments = fit_arguments().parse_args()
    choices = load(arguments.data, people=arguments.people)
    alternatives = np.tile(np.arange(choices.n_alternatives), choices.n_tasks)

    def fit() -> MultinomialLogit:
        model = MultinomialLogit()
        model.fit(
            X=choices.design,
            y=choices.chosen,
            varnames=choices.labels,
            ids=choices.tasks,
            alts=alternatives,
            verbose=0,
        )
        return model

    fit_and_print(
        f"xlogit {version('xlogit')}",
        fit,
        repetitions=arguments.repetitions,
        quality=lambda model: {
            "own log-likelihood": round(float(model.loglikelihood), 3),
            "status": "converged" if model.convergence else "not converged",
        },
        parameters=lambda model: {"mean": model.coeff_.tolist()},
    )


if __name__ == "__main__":
    main()
