"""A bootstrap of people of a mixed logit, beside its standard errors."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
from scipy.special import ndtri
from scipy.stats import skew

from benchmarks.choice_data import choice_data
from benchmarks.data_sets import load
from benchmarks.fit import fit_and_print, fit_arguments
from counterflow.choice.inference.bootstrap import Bootstrap, bootstrap
from counterflow.choice.mixed_logit import MixedLogit
from counterflow.runners.threads import ThreadRunner


def main() -> None:
    parser = fit_arguments()
    parser.add_argument("--random", nargs="*", help="labels that vary; all if absent")
    parser.add_argument("--replications", type=int, default=400)
    arguments = parser.parse_args()
    choices = load(arguments.data, people=arguments.people)
    data = choice_data(choices)
    labels = choices.labels if arguments.random is None else arguments.random
    model = MixedLogit(random=dict.fromkeys(labels, "normal"))
    fit_and_print(
        f"counterflow {version('counterflow')}",
        lambda: bootstrap(
            model,
            data,
            n_replications=arguments.replications,
            seed=1,
            map_blocks=ThreadRunner().map,
        ),
        repetitions=arguments.repetitions,
        quality=_quality,
    )


def _quality(found: Bootstrap) -> dict[str, Any]:
    refits = found.standard_errors()
    clustered = found.fitted.parameters.standard_errors("clustered")
    classical = found.fitted.parameters.standard_errors("classical")
    ratios = clustered / refits
    # A spread next to nothing is no normal estimate: refits reach zero and turn back.
    is_clear = np.abs(found.fitted.parameters.values) > 2.0 * clustered
    return {
        "log-likelihood": round(found.fitted.log_likelihood, 2),
        "refits": len(found.replications),
        "failed": len(found.failures),
        "clustered over bootstrap": _by_label(found, ratios),
        "classical over bootstrap": _by_label(found, classical / refits),
        # Why the two may differ: refits that pile up on one side have a long tail on the other.
        "clustered over quartile spread of refits": _by_label(
            found, clustered / quartile_spread(found.replications)
        ),
        "skewness of refits": _by_label(found, skew(found.replications)),
        "clustered differ at most": _largest(ratios),
        "clustered differ at most where two s.e. from 0": _largest(ratios[is_clear]),
        "less than two s.e. from 0": [
            label for label, is_far in zip(found.labels, is_clear, strict=True) if not is_far
        ],
    }


def quartile_spread(refits: np.ndarray) -> np.ndarray:
    """Return the distance of the quartiles of each column, in that of a normal with spread 1.

    Of normal refits it is their standard deviation; a few far away hardly move it.
    """
    low, high = np.quantile(refits, [0.25, 0.75], axis=0)
    return (high - low) / (2.0 * ndtri(0.75))


def _largest(ratios: np.ndarray) -> float:
    return round(float(np.abs(ratios - 1.0).max()), 3)


def _by_label(found: Bootstrap, ratios: np.ndarray) -> dict[str, float]:
    return {label: round(float(x), 3) for label, x in zip(found.labels, ratios, strict=True)}


if __name__ == "__main__":
    main()
