"""Hierarchical Bayes: people normal with a full covariance; draws of people may go to a file."""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.chains import Chains
from benchmarks.choice_data import choice_data
from benchmarks.choices import without_last_tasks
from benchmarks.data_sets import load
from benchmarks.fit import fit_and_print, fit_arguments
from counterflow.choice.hierarchical_bayes import HierarchicalBayes, Prior
from counterflow.choice.hierarchical_bayes_result import HierarchicalBayesResult
from counterflow.choice.scaled_design import ScaledDesign
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.utility import as_utility
from counterflow.formats.part_worth_stream import PartWorthStream
from counterflow.runners.threads import ThreadRunner


def main() -> None:
    parser = fit_arguments()
    parser.add_argument("--hold-out", type=int, default=0, help="last tasks of a person left out")
    parser.add_argument("--chains", type=int, default=2)
    parser.add_argument("--burn-in", type=int, default=2_000)
    parser.add_argument("--sweeps", type=int, default=4_000)
    parser.add_argument("--draws", type=int, default=200, help="of people, kept")
    parser.add_argument("--stream", action="store_true", help="draws of people to Parquet")
    parser.add_argument("--keep", help="where chains go that somebody else is to judge")
    arguments = parser.parse_args()
    shown = without_last_tasks(load(arguments.data, people=arguments.people), arguments.hold_out)
    choices = choice_data(shown)
    model = HierarchicalBayes(
        n_chains=arguments.chains,
        n_burn_in=arguments.burn_in,
        n_sweeps=arguments.sweeps,
        n_draws=arguments.draws,
        seed=1,
    )
    fitted = fit_and_print(
        f"counterflow {version('counterflow')}",
        lambda: (_streamed if arguments.stream else _kept)(model, choices),
        repetitions=arguments.repetitions,
        quality=lambda fitted: _quality(fitted, arguments.burn_in + arguments.sweeps),
        parameters=lambda _: {
            "scales": ScaledDesign.of(choices, as_utility(None, choices)).scales.tolist(),
            "mean_sd": Prior().mean_sd,
            "median_sd": Prior().median_sd,
            "chains": arguments.keep,
        },
    )
    if arguments.keep:
        Chains(
            means=fitted.population.means[None],
            sds=fitted.population.sds[None],
            people=fitted.draws,
        ).save(arguments.keep)


def _kept(model: HierarchicalBayes, choices: ChoiceData) -> HierarchicalBayesResult:
    return model.fit(choices, map_blocks=ThreadRunner().map)


def _streamed(model: HierarchicalBayes, choices: ChoiceData) -> HierarchicalBayesResult:
    with (
        tempfile.TemporaryDirectory() as folder,
        PartWorthStream(Path(folder) / "draws.parquet") as stream,
    ):
        return model.fit(choices, map_blocks=ThreadRunner().map, draw_sink=stream)


def _quality(fitted: HierarchicalBayesResult, sweeps: int) -> dict[str, float | int | str]:
    samples = fitted.convergence.effective_sample
    return {
        "chains": fitted.settings["n_chains"],
        "sweeps of each": sweeps,
        "least effective sample": round(float(samples.min())),
        "median effective sample": round(float(np.median(samples))),
        "worst R-hat": round(float(fitted.convergence.r_hat.max()), 4),
        "status": fitted.status,
    }


if __name__ == "__main__":
    main()
