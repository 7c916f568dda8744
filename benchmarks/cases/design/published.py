"""Published D-errors: how soon within 0.3 percent of the best known, and how soon met or beaten.

The criterion of each design is computed anew, from the formula. Times are medians over seeds, of
searches that end at the value; the worst is told beside.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import numpy as np

from benchmarks.beside import fit_ours
from benchmarks.case import Run
from benchmarks.published_designs import PUBLISHED, PublishedDesign
from benchmarks.record import Record

WITHIN = 1.003
LAST_DIGIT = 5e-6
"""The best values known are printed with five digits after the point."""


def measure(run: Run) -> Iterator[Record]:
    for published in PUBLISHED:
        for words, until, seconds in (
            ("within 0.3 %", WITHIN * published.best, 20),
            ("met or beaten", published.best + LAST_DIGIT, 180),
        ):
            yield _record(run, published, words, until, seconds)


def _record(
    run: Run, published: PublishedDesign, words: str, until: float, seconds: float
) -> Record:
    fit = fit_ours(
        "choice_design",
        published.name,
        *("--until", str(until), "--seconds", str(seconds)),
        *("--repetitions", "1" if run.quick else "5"),
    )
    error = published.error(np.array(fit.parameters["codes"]))
    return run.record(
        f"{published.name}: {words}",
        "s",
        statistics.median(fit.seconds),
        quality={
            "D-error": round(error, 6),
            "best known": round(published.best, 6),
            "limit reached": bool(error <= until),
            "seconds at worst": round(max(fit.seconds), 3),
            "starts": fit.quality["starts"],
            "source": published.source,
        },
    )
