"""Equilibrium prices of two firms with five products each: time, and how far from pyblp's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.beside import fit_ours
from benchmarks.case import Run
from benchmarks.fit import Fit
from benchmarks.peer_environment import Failure, run_peer
from benchmarks.record import Record


def measure(run: Run) -> Iterator[Record]:
    for n_buyers in (2_000,) if run.quick else (2_000, 100_000):
        yield from _beside(run, n_buyers, repetitions="3" if run.quick else "20")


def _beside(run: Run, n_buyers: int, *, repetitions: str) -> Iterator[Record]:
    size = ("--buyers", str(n_buyers), "--repetitions", repetitions)
    theirs = run_peer("pyblp", "equilibrium_prices", *size)
    for starts in (1, 5):
        ours = fit_ours("equilibrium_prices", *size, "--starts", str(starts))
        yield run.record(
            f"{n_buyers:,} buyers, {_counted(starts)}",
            "s",
            ours.best_s,
            # pyblp solves from the prices that it is given: one start.
            **(_peer(theirs) if starts == 1 else {}),
            quality={**ours.quality, **_apart(ours, theirs)},
        )


def _counted(starts: int) -> str:
    return "one start, by homotopy" if starts == 1 else f"{starts} starts"


def _peer(theirs: Fit | Failure) -> dict[str, object]:
    return {"peer": theirs.library, "theirs": getattr(theirs, "best_s", None)}


def _apart(ours: Fit, theirs: Fit | Failure) -> dict[str, object]:
    if isinstance(theirs, Failure):
        return {"theirs": {"failed": theirs.reason}}
    difference = np.subtract(ours.parameters["prices"], theirs.parameters["prices"])
    return {
        "largest difference of prices": float(np.abs(difference).max()),
        "theirs": {**theirs.quality, "python": theirs.python},
    }
