"""A version for each of 1,000 respondents, optimised together, with prohibitions.

Twelve tasks of three cars and none; a brand and a powertrain with prohibited combinations, each
brand once a task, no car that is at least as good as another in price, range and warranty.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from benchmarks.case import Run
from benchmarks.published_designs import dummies, sobol_normals
from benchmarks.record import Record
from counterflow.kernels.choice_design import DesignProblem, TaskRules, Term, criterion_of
from counterflow.kernels.choice_design_search import search_design
from counterflow.kernels.task_rules import n_broken, random_design
from counterflow.runners.threads import ThreadRunner

LEVELS = {"brand": 5, "powertrain": 3, "price": 5, "range": 4, "warranty": 3}
KNOWN = ("price", "range", "warranty")
"""Of these everybody prefers the later level."""
_LIMIT_S = 28.0


def measure(run: Run) -> Iterator[Record]:
    size = {"n_tasks": 12, "n_alternatives": 3, "n_versions": 20 if run.quick else 1_000}
    for words, n_draws in (("D_p", 1), ("D_B, 127 draws", 127)):
        problem = _problem(n_draws)
        search_design(problem, n_tasks=12, n_alternatives=3, n_starts=1, seconds=600.0)
        started = time.perf_counter()
        found = search_design(problem, **size, seconds=_LIMIT_S, map_blocks=ThreadRunner().map)
        seconds = time.perf_counter() - started
        random = criterion_of(problem, random_design(problem, **size))
        one = search_design(problem, n_tasks=12, n_alternatives=3, n_starts=8, seconds=60.0)
        yield run.record(
            f"12 tasks of 3, {size['n_versions']:,} versions, prohibitions: {words}",
            "s",
            seconds,
            quality={
                "D-error": found.error,
                "D-error of a random design": random,
                "D-error of the best single version": one.error,
                "rules broken": n_broken(problem, found.codes),
                f"limit of {_LIMIT_S:g} s reached": found.was_stopped,
                "coefficients": problem.n_columns,
            },
        )


def _problem(n_draws: int) -> DesignProblem:
    terms = tuple(Term(dummies(n), (a,)) for a, n in enumerate(LEVELS.values()))
    mean = np.concatenate([np.linspace(0.2, 0.8, n - 1) for n in LEVELS.values()])
    draws = mean + (0.5 * sobol_normals(len(mean)) if n_draws > 1 else np.zeros((1, len(mean))))
    most = max(LEVELS.values())
    at_least = np.array(
        [np.tri(most, dtype=bool) if name in KNOWN else np.eye(most, dtype=bool) for name in LEVELS]
    )
    prohibited = np.array([[0, 2, -1, -1, -1], [1, 0, -1, -1, -1], [-1, 2, 4, -1, -1]], np.int16)
    rules = TaskRules(
        forbidden=prohibited,
        once_a_task=np.array([name == "brand" for name in LEVELS]),
        at_least=at_least,
        distinct_tasks=True,
    )
    return DesignProblem(
        tuple(LEVELS.values()), terms, draws, outside=np.zeros(len(mean)), rules=rules
    )
