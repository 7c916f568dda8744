"""First-choice lines: published instances beside plain HiGHS, and the replica of a field test.

CPU time stands beside wall time, as other work may share the cores.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from benchmarks.case import Run
from benchmarks.first_choice_by_highs import solve_by_highs
from benchmarks.first_choice_instances import (
    PUBLISHED,
    Instance,
    folder,
    published_problem,
    replica,
)
from benchmarks.record import Record
from counterflow.definition.first_choice.best_line import LineSearch, best_first_choice_line
from counterflow.kernels.first_choice import search_lines
from counterflow.runners.threads import ThreadRunner
from counterflow.solvers.growing_highs import GrowingHighs

LINES = ((3, 32, 2), (5, 32, 2), (10, 24, 12), (20, 16, 12))
"""Offers, starts and kicks of the search alone."""

PROOFS = ((3, 0.0, 120.0), (5, 0.015, 300.0))
"""Offers, the gap that is asked for, and the seconds allowed."""

OUTSIDE = ("rivals and none", "rivals")
HIGHS_SECONDS = 60.0
MORE_WORK = 4

Made = TypeVar("Made")


def measure(run: Run) -> Iterator[Record]:
    warm = replica(9, n_offers=2, outside="rivals")
    best_first_choice_line(warm, GrowingHighs, LineSearch(time_limit_s=3.0, n_starts=1))
    if folder(20).is_dir():
        for instance in PUBLISHED:
            if not run.quick or instance.n_candidates == 20:
                yield _published(run, instance)
    else:
        yield run.skipped("shared/data/definition is not beside the project")
    for outside in OUTSIDE:
        for seed in (0,) if run.quick else (0, 1):
            yield from _searched(run, outside, seed)
    if not run.quick:
        for outside in OUTSIDE:
            for n_offers, gap, seconds in PROOFS:
                yield _proved(run, outside, n_offers, gap, seconds)


def _published(run: Run, instance: Instance) -> Record:
    problem = published_problem(instance)
    runner = ThreadRunner()
    found, seconds, cpu = _timed(
        lambda: best_first_choice_line(problem, GrowingHighs, map_blocks=runner.map)
    )
    theirs = solve_by_highs(problem, time_limit_s=HIGHS_SECONDS)
    return run.record(
        f"{instance}: best line with proof",
        "s",
        seconds,
        peer="HiGHS, whole model",
        theirs=theirs.seconds,
        quality={
            "CPU seconds": round(cpu, 2),
            "status": found.status,
            "profit": round(found.profit, 5),
            "published": instance.optimum,
            "parts": found.n_parts,
            "their profit": round(theirs.profit, 5),
            "their gap": round(theirs.bound / theirs.profit - 1.0, 6),
        },
    )


def _searched(run: Run, outside: str, seed: int) -> Iterator[Record]:
    runner = ThreadRunner()
    for n_offers, n_starts, n_kicks in LINES:
        problem = replica(seed, n_offers=n_offers, outside=outside)
        found, seconds, cpu = _timed(
            lambda problem=problem, n_starts=n_starts, n_kicks=n_kicks: search_lines(
                problem, n_starts=n_starts, n_kicks=n_kicks, map_blocks=runner.map
            )
        )
        more = search_lines(
            problem,
            n_starts=MORE_WORK * n_starts,
            n_kicks=n_kicks,
            seed=1,
            map_blocks=runner.map,
        )
        yield run.record(
            f"replica ({outside}, seed {seed}): search for a line of {n_offers}",
            "s",
            seconds,
            quality={
                "CPU seconds": round(cpu, 2),
                "profit": round(found[0].profit, 4),
                f"profit of {MORE_WORK} times the starts": round(more[0].profit, 4),
                "entries a list": round(len(problem.listed) / problem.n_people),
            },
        )


def _proved(run: Run, outside: str, n_offers: int, gap: float, seconds: float) -> Record:
    problem = replica(0, n_offers=n_offers, outside=outside)
    runner = ThreadRunner()
    search = LineSearch(gap=gap, time_limit_s=seconds)
    found, taken, cpu = _timed(
        lambda: best_first_choice_line(problem, GrowingHighs, search, map_blocks=runner.map)
    )
    return run.record(
        f"replica ({outside}): line of {n_offers}, "
        + (f"gap of {gap:.1%}" if gap else "proved best"),
        "s",
        taken,
        quality={
            "CPU seconds": round(cpu, 1),
            "status": found.status,
            "profit": round(found.profit, 4),
            "gap": round(found.gap, 5),
            "parts": found.n_parts,
        },
    )


def _timed(work: Callable[[], Made]) -> tuple[Made, float, float]:
    """Return what was made, and the seconds of wall and of CPU time."""
    started, cpu = time.perf_counter(), time.process_time()
    made = work()
    return made, time.perf_counter() - started, time.process_time() - cpu
