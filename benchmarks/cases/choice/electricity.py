"""Mixed logit of electricity contracts (361 people), beside xlogit with 1,000 Halton draws.

The limit of the log-likelihood with six independent normals is -3878.8, with a full covariance
-3668.0; no peer here fits the latter.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.beside import beside, fit_ours_twice
from benchmarks.case import Run
from benchmarks.data_sets import is_present, load, path_of
from benchmarks.judge import N_DRAWS, judge_of
from benchmarks.peer_environment import run_peer
from benchmarks.record import Record

DATA = "electricity"
QUICK_PEOPLE = 100


def measure(run: Run) -> Iterator[Record]:
    if not is_present(DATA):
        yield run.skipped(f"{path_of(DATA).name} is not beside the project")
        return
    choices = load(DATA, people=QUICK_PEOPLE if run.quick else None)
    what = (DATA, "--people", str(choices.n_people))
    judge, task = judge_of(choices, 4_096 if run.quick else N_DRAWS), {"people": choices.n_people}
    draws = "100" if run.quick else "1000"
    theirs = run_peer("xlogit", "mixed_logit", *what, "--draws", draws)
    repetitions = 2 if run.quick else 3
    ours = fit_ours_twice(run, "mixed_logit", *what, repetitions=repetitions)
    limit = {} if run.quick else {"limit of the log-likelihood": -3878.8}
    yield from beside(run, "six independent normals", ours, [theirs], judge, **task, **limit)
    repetitions = 1 if run.quick else 3
    ours = fit_ours_twice(run, "mixed_logit", *what, "--correlated", repetitions=repetitions)
    limit = {} if run.quick else {"limit of the log-likelihood": -3668.0}
    yield from beside(run, "six normals with full covariance", ours, (), judge, **task, **limit)
