"""A retailer's survey, simulated: 170,000 people, 8 tasks of 3 products, 15 coefficients.

Three sizes of each model show how time grows; the largest is what limits are stated for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.beside import fit_ours
from benchmarks.case import Run
from benchmarks.fit import Fit
from benchmarks.record import Record
from benchmarks.simulated_choices import MEANS, SDS

PEOPLE = (42_500, 85_000, 170_000)
QUICK_PEOPLE = (250, 500, 1_000)
MOST_MIB = 4_096


class Model(NamedTuple):
    """What is fitted, and in how many seconds at most at the largest size."""

    words: str
    script: str
    arguments: tuple[str, ...]
    quick_arguments: tuple[str, ...]
    most_s: float


MODELS = (
    Model("multinomial logit", "multinomial_logit", (), (), 5.0),
    Model(
        "mixed logit, 15 normals",
        "mixed_logit",
        ("--draws", "64"),
        ("--draws", "32"),
        90.0,
    ),
    Model(
        "hierarchical Bayes, draws to Parquet",
        "hierarchical_bayes",
        ("--chains", "1", "--burn-in", "1000", "--sweeps", "4000", "--draws", "100", "--stream"),
        ("--chains", "1", "--burn-in", "100", "--sweeps", "100", "--draws", "20", "--stream"),
        300.0,
    ),
)


def measure(run: Run) -> Iterator[Record]:
    for model in MODELS:
        yield from _growth(run, model)


def _growth(run: Run, model: Model) -> Iterator[Record]:
    sizes = QUICK_PEOPLE if run.quick else PEOPLE
    arguments = model.quick_arguments if run.quick else model.arguments
    # Once without measuring, so that no size compiles anything.
    fit_ours(model.script, "simulated", "--people", "100", *arguments)
    smallest: Fit | None = None
    for people in sizes:
        fit = fit_ours(model.script, "simulated", "--people", str(people), *arguments)
        smallest = smallest or fit
        growth = fit.best_s / smallest.best_s / (people / sizes[0])
        quality = {**fit.quality, **_errors(fit), "MiB before the fit": round(fit.data_mib)}
        if people > sizes[0]:
            quality["seconds a person, against the smallest size"] = round(growth, 2)
        limits = {} if run.quick or people < PEOPLE[-1] else {"limit": model.most_s}
        yield run.record(
            f"{model.words}: {people:,} people", "s", fit.best_s, quality=quality | limits
        )
        limits = limits and {"limit": MOST_MIB}
        yield run.record(
            f"{model.words}: {people:,} people, peak memory", "MiB", fit.peak_mib, quality=limits
        )


def _errors(fit: Fit) -> dict[str, float]:
    """Return how far the population lies from the one that people were simulated from."""
    if "factor" not in fit.parameters:
        return {}
    sds = np.linalg.norm(fit.parameters["factor"], axis=1)
    return {
        "largest error of a mean": round(float(np.abs(fit.parameters["mean"] - MEANS).max()), 3),
        "largest error of an sd": round(float(np.abs(sds - SDS).max()), 3),
    }
