"""Swissmetro, 6,768 trips with a normal coefficient of time, beside biogeme's example b05a.

biogeme reports -5214.785 with 2,000 draws of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.beside import beside, fit_ours_twice
from benchmarks.case import Run
from benchmarks.data_sets import is_present, load, path_of
from benchmarks.judge import N_DRAWS, judge_of
from benchmarks.peer_environment import run_peer
from benchmarks.record import Record

DATA = "swissmetro"
QUICK_TRIPS = 1_500


def measure(run: Run) -> Iterator[Record]:
    if not is_present(DATA):
        yield run.skipped(f"{path_of(DATA).name} is not beside the project")
        return
    choices = load(DATA, people=QUICK_TRIPS if run.quick else None)
    what = (DATA, "--people", str(choices.n_people))
    draws = "200" if run.quick else "2000"
    theirs = run_peer("biogeme", "mixed_logit", *what, "--draws", draws)
    ours = fit_ours_twice(
        run, "mixed_logit", *what, "--random", "time", repetitions=2 if run.quick else 3
    )
    yield from beside(
        run,
        "normal mixture",
        ours,
        [theirs],
        judge_of(choices, 4_096 if run.quick else N_DRAWS),
        trips=choices.n_people,
        **({} if run.quick else {"limit of the log-likelihood": -5214.9}),
    )
