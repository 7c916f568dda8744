"""Mixed logit of a panel by xlogit: every coefficient an independent normal, Halton draws."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
from xlogit import MixedLogit

from benchmarks.data_sets import load
from benchmarks.fit import fit_and_print, fit_arguments


def main() -> None:
    parser = fit_arguments()
    parser.add_argument("--draws", type=int, default=1_000)
    arguments = parser.parse_args()
    choices = load(arguments.data, people=arguments.people)
    alternatives = np.tile(np.arange(choices.n_alternatives), choices.n_tasks)

    def fit() -> MixedLogit:
        model = MixedLogit()
        model.fit(
            X=choices.design,
            y=choices.chosen,
            varnames=choices.labels,
            ids=choices.tasks,
            alts=alternatives,
            panels=choices.people,
            randvars=dict.fromkeys(choices.labels, "n"),
            n_draws=arguments.draws,
            halton=True,
            verbose=0,
        )
        return model

    def parameters(model: MixedLogit) -> dict[str, Any]:
        found = dict(zip(model.coeff_names, map(float, model.coeff_), strict=True))
        sds = [found[f"sd.{label}"] for label in choices.labels]
        return {
            "mean": [found[label] for label in choices.labels],
            "factor": np.diag(sds).tolist(),
        }

    fit_and_print(
        f"xlogit {version('xlogit')}",
        fit,
        repetitions=arguments.repetitions,
        quality=lambda model: {
            "own log-likelihood": round(float(model.loglikelihood), 3),
            "status": "converged" if model.convergence else "not converged",
            "draws": arguments.draws,
        },
        parameters=parameters,
    )


if __name__ == "__main__":
    main()
