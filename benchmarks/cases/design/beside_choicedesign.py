"""The same problem for us and for choicedesign: how soon we are where it is after its time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.beside import fit_ours
from benchmarks.case import Run
from benchmarks.peer_environment import Failure, run_peer
from benchmarks.published_designs import BESIDE_CHOICEDESIGN, PublishedDesign
from benchmarks.record import Record

_ROUNDING = 1.0 + 1e-6


def measure(run: Run) -> Iterator[Record]:
    for published in BESIDE_CHOICEDESIGN:
        yield from _beside(run, published, seconds=5.0 if run.quick else 60.0)


def _beside(run: Run, published: PublishedDesign, *, seconds: float) -> Iterator[Record]:
    theirs = run_peer("choicedesign", "choice_design", published.name, "--seconds", str(seconds))
    if isinstance(theirs, Failure):
        yield run.skipped(f"{theirs.library}: {theirs.reason}")
        return
    reached = published.error(np.array(theirs.parameters["codes"]))
    # choicedesign keeps levels balanced within each alternative's column, our swaps over all of
    # them; exchanges need not keep them balanced.
    for words, method in (("levels balanced", "swap"), ("levels free", "exchange")):
        ours = fit_ours(
            "choice_design",
            published.name,
            *("--until", str(reached * _ROUNDING), "--seconds", str(seconds), "--method", method),
            *("--repetitions", "1" if run.quick else "5"),
        )
        at_leisure = fit_ours(
            "choice_design", published.name, "--seconds", str(seconds / 6), "--method", method
        )
        yield run.record(
            f"{published.name}, {words}: time to the D-error that choicedesign reached",
            "s",
            ours.best_s,
            peer=theirs.library,
            theirs=theirs.best_s,
            quality={
                "D-error": _judged(published, ours.parameters),
                "D-error in a sixth of their seconds": _judged(published, at_leisure.parameters),
                "theirs": {"D-error": round(reached, 6), "python": theirs.python},
            },
        )


def _judged(published: PublishedDesign, parameters: dict) -> float:
    return round(published.error(np.array(parameters["codes"])), 6)
