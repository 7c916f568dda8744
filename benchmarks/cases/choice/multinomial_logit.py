"""Multinomial logit beside xlogit and choice-learn: Chinese car buyers, and simulated surveys."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.beside import beside, fit_ours_twice
from benchmarks.case import Run
from benchmarks.data_sets import is_present, load, path_of
from benchmarks.fit import Fit
from benchmarks.judge import multinomial_log_likelihood
from benchmarks.peer_environment import run_peer
from benchmarks.record import Record

SIZES = (1_000, 10_000)


def measure(run: Run) -> Iterator[Record]:
    if is_present("cars_china"):
        yield from _beside_peers(run, "cars_china", "448 Chinese car buyers")
    else:
        yield run.skipped(f"{path_of('cars_china').name} is not beside the project")
    for people in () if run.quick else SIZES:
        yield from _beside_peers(run, "simulated", f"{people:,} simulated people", people=people)


def _beside_peers(run: Run, data: str, words: str, people: int | None = None) -> Iterator[Record]:
    what = (data, *(() if people is None else ("--people", str(people))))
    choices = load(data, people=people)
    repetitions = 2 if run.quick else 5

    def judge(fit: Fit) -> dict[str, float]:
        at = multinomial_log_likelihood(choices, fit.parameters["mean"])
        return {"log-likelihood": round(at, 3)}

    peers = [
        run_peer(library, "multinomial_logit", *what, "--repetitions", str(n))
        for library, n in (("xlogit", repetitions), ("choice-learn", 2))
    ]
    ours = fit_ours_twice(run, "multinomial_logit", *what, repetitions=repetitions)
    yield from beside(
        run,
        words,
        ours,
        peers,
        judge,
        people=choices.n_people,
        tasks=choices.n_tasks,
        coefficients=len(choices.labels),
    )
