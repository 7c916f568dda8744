"""Hierarchical Bayes beside numpyro's NUTS: one model, one prior, one posterior, two samplers.

The last two tasks of everybody are held out. What counts is the time for a thousand effective
samples of the mean or standard deviation over people that mixes worst.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.beside import OurFits, beside, fit_ours_twice
from benchmarks.case import Run
from benchmarks.chains import Chains, hold_out_log_likelihood
from benchmarks.choices import Choices, last_tasks
from benchmarks.data_sets import is_present, load, path_of
from benchmarks.fit import Fit
from benchmarks.judge import Judge
from benchmarks.peer_environment import Failure, run_peer
from benchmarks.record import Record
from counterflow.kernels.chain_diagnostics import chain_diagnostics

HELD_OUT = 2
STUDIES = {"cars_china": "448 Chinese car buyers", "electricity": "361 buyers of electricity"}


def measure(run: Run) -> Iterator[Record]:
    for data, words in STUDIES.items():
        if is_present(data):
            yield from _beside_numpyro(run, data, words)
        else:
            yield run.skipped(f"{path_of(data).name} is not beside the project")


def _beside_numpyro(run: Run, data: str, words: str) -> Iterator[Record]:
    choices = load(data, people=40 if run.quick else None)
    what = (data, "--people", str(choices.n_people), "--hold-out", str(HELD_OUT))
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = _fits(run, what, Path(folder))
        judge = _judge_of(last_tasks(choices, HELD_OUT))
        task = {"people": choices.n_people, "coefficients": len(choices.labels)}
        if isinstance(theirs, Fit):
            task["means and sds differ at most, posterior sds"] = round(
                _distance(_chains(ours.compiled), _chains(theirs)), 2
            )
        yield from beside(run, words, ours, [theirs], judge, **task)
        yield _speed(run, words, ours.compiled, theirs, judge)


def _fits(run: Run, what: tuple[str, ...], folder: Path) -> tuple[OurFits, Fit | Failure]:
    sweeps = ("200", "400") if run.quick else ("2000", "4000")
    ours = fit_ours_twice(
        run,
        "hierarchical_bayes",
        *what,
        *("--burn-in", sweeps[0], "--sweeps", sweeps[1], "--draws", "400"),
        *("--keep", str(folder / "ours.npz")),
        repetitions=2,
    )
    ours_at = ours.compiled.parameters
    theirs = run_peer(
        "numpyro",
        "hierarchical_bayes",
        *what,
        *("--burn-in", "50" if run.quick else "500", "--sweeps", "50" if run.quick else "1000"),
        *("--scales", *map(str, ours_at["scales"])),
        *("--mean-sd", str(ours_at["mean_sd"]), "--median-sd", str(ours_at["median_sd"])),
        *("--keep", str(folder / "theirs.npz")),
    )
    return ours, theirs


def _judge_of(held_out: Choices) -> Judge:
    def judge(fit: Fit) -> dict[str, Any]:
        at = hold_out_log_likelihood(_chains(fit).people, held_out)
        return {**_samples(fit), "hold-out log-likelihood": round(at, 2)}

    return judge


def _samples(fit: Fit) -> dict[str, float]:
    """Return effective samples of means and sds over people, over all sweeps after burn-in.

    We keep the population of few sweeps and know this from all of them, by the same function.
    """
    names = ("least effective sample", "median effective sample", "worst R-hat")
    if names[0] in fit.quality:
        return {name: fit.quality[name] for name in names}
    chains = _chains(fit)
    found = chain_diagnostics(np.concatenate([chains.means, chains.sds], axis=2))
    samples = np.minimum(found.bulk_effective_sample, found.tail_effective_sample)
    figures = (float(samples.min()), float(np.median(samples)), float(found.r_hat.max()))
    return {name: round(figure, 3) for name, figure in zip(names, figures, strict=True)}


def _speed(run: Run, words: str, ours: Fit, theirs: Fit | Failure, judge: Judge) -> Record:
    def seconds(fit: Fit) -> float:
        return fit.best_s / _samples(fit)["least effective sample"] * 1_000.0

    has_theirs = isinstance(theirs, Fit)
    return run.record(
        f"{words}: a thousand effective samples",
        "s",
        seconds(ours),
        peer=theirs.library,
        theirs=seconds(theirs) if has_theirs else None,
        quality={
            **judge(ours),
            "theirs": judge(theirs) if has_theirs else {"failed": theirs.reason},
        },
    )


def _distance(ours: Chains, theirs: Chains) -> float:
    """Return the largest difference of posterior means of means and sds over people."""
    return max(
        float((np.abs(a.mean((0, 1)) - b.mean((0, 1))) / b.std((0, 1))).max())
        for a, b in ((ours.means, theirs.means), (ours.sds, theirs.sds))
    )


def _chains(fit: Fit) -> Chains:
    return Chains.read(fit.parameters["chains"])
