"""Mixed-logit assortments: 70 by recipe A, 30 by recipe B: the swaps alone, then with proof.

Beside them, on a few instances, choice-learn's optimiser and HiGHS on the plain formulation. Every
line is valued by one formula. The gap is that of the bound to the best line of any method.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks.assortment_milp import solve_milp
from benchmarks.assortments import Assortment, Recipe, assortments, best_of_best_earners, named
from benchmarks.case import Run, best_of
from benchmarks.peer_environment import Failure, run_peer
from benchmarks.record import Record
from counterflow.definition.assortment.best_assortment import N_RANDOM, best_assortment
from counterflow.kernels.line_bound import PROOF_TOLERANCE, LineBound
from counterflow.kernels.line_search import LineProblem
from counterflow.kernels.line_starts import search_from_starts
from counterflow.runners.threads import ThreadRunner
from counterflow.solvers.highs_relaxation import relax_with_highs

GAP = 0.005
SECONDS = 60.0
BESIDE = ("B-50-5-1", "B-50-25-1", "B-100-10-1", "B-200-5-1", "A-50-5-40", "A-200-10-1")
"""Instances that the peers have a minute for each."""


class Solved(NamedTuple):
    """One instance: seconds and values of the swaps alone and of the whole, with its gap."""

    name: str
    search_s: float
    found: float
    proof_s: float
    proved: LineBound


def measure(run: Run) -> Iterator[Record]:
    _solve(named("B-50-5-1"))  # Compiles the loops.
    recipes: tuple[Recipe, ...] = ("A", "B")
    for recipe in recipes:
        instances = list(assortments(recipe))
        solved = [_solve(instance) for instance in (instances[::8] if run.quick else instances)]
        yield from _records(run, recipe, solved)
    for name in BESIDE[:1] if run.quick else BESIDE:
        yield from _beside(run, named(name), seconds=5.0 if run.quick else SECONDS)


def line_problem(instance: Assortment) -> LineProblem:
    n = len(instance.revenue)
    return LineProblem(
        odds=instance.odds.astype(np.float32),
        earnings=(instance.odds * instance.revenue).astype(np.float32),
        weights=instance.weights,
        group=np.arange(n),
        fixed_per_offer=0.0,
        fees=np.zeros(0),
        uses=np.zeros((n, 0), dtype=bool),
        n_offers=n,
    )


def _solve(instance: Assortment, *, gap: float = GAP) -> Solved:
    problem = line_problem(instance)
    search_s, found = best_of(3, lambda: search_from_starts(problem, n_random=N_RANDOM, seed=1))
    started = time.perf_counter()
    proved = best_assortment(
        problem,
        relax=relax_with_highs,
        seed=1,
        gap=gap,
        seconds=SECONDS,
        map_blocks=ThreadRunner().map,
    )
    return Solved(instance.name, search_s, found.profit, time.perf_counter() - started, proved)


def _records(run: Run, recipe: Recipe, solved: list[Solved]) -> Iterator[Record]:
    behind = {
        s.name: s.proved.best.profit / s.found - 1.0
        for s in solved
        if s.proved.best.profit > s.found * (1.0 + 1e-9)
    }
    gaps = {s.name: s.proved.bound / s.proved.best.profit - 1.0 for s in solved}
    earners = [1.0 - best_of_best_earners(named(s.name)) / s.proved.best.profit for s in solved]
    yield run.record(
        f"recipe {recipe}: swaps from {N_RANDOM + 4} starts, slowest of {len(solved)}",
        "s",
        max(s.search_s for s in solved),
        quality={
            "median s": float(np.median([s.search_s for s in solved])),
            "below the best line known": behind,
            "best line of best earners falls short by, on average": float(np.mean(earners)),
        },
    )
    yield run.record(
        f"recipe {recipe}: within {GAP:.1%} of the bound, slowest of {len(solved)}",
        "s",
        max(s.proof_s for s in solved),
        quality={
            "median s": float(np.median([s.proof_s for s in solved])),
            "instances within the gap": sum(gap <= GAP * (1.0 + 1e-9) for gap in gaps.values()),
            "largest gaps": dict(sorted(gaps.items(), key=lambda item: -item[1])[:3]),
            "nodes, median and most": [
                float(np.median([s.proved.n_nodes for s in solved])),
                max(s.proved.n_nodes for s in solved),
            ],
        },
    )


def _beside(run: Run, instance: Assortment, *, seconds: float) -> Iterator[Record]:
    # The others have no gap to stop at but their own, near zero.
    ours = _solve(instance, gap=PROOF_TOLERANCE)
    quality = {
        "value": ours.proved.best.profit,
        "gap": ours.proved.bound / ours.proved.best.profit - 1.0,
    }

    def beside(peer: str, *, seconds_taken: float, theirs: dict[str, Any]) -> Record:
        return run.record(
            f"{instance.name}: line and bound, {seconds:g} s at most",
            "s",
            ours.proof_s,
            peer=peer,
            theirs=seconds_taken,
            quality={**quality, "theirs": theirs},
        )

    started = time.perf_counter()
    line, bound = solve_milp(instance, seconds=seconds)
    taken = time.perf_counter() - started
    yield beside(
        "HiGHS, plain formulation", seconds_taken=taken, theirs=_judged(instance, line, bound)
    )
    peer = run_peer(
        "choice-learn-assortment", "assortment", instance.name, "--seconds", f"{seconds}"
    )
    if isinstance(peer, Failure):
        yield run.skipped(f"{peer.library}: {peer.reason}")
        return
    line = np.zeros(len(instance.revenue), dtype=bool)
    line[peer.parameters["line"]] = True
    bound = peer.parameters["bound"]
    judged = _judged(instance, line, math.inf if bound is None else bound)
    yield beside(peer.library, seconds_taken=peer.best_s, theirs={**judged, "python": peer.python})


def _judged(instance: Assortment, line: np.ndarray, bound: float) -> dict[str, Any]:
    value = instance.value(line)
    gap = bound / value - 1.0 if value > 0.0 and math.isfinite(bound) else None
    return {"value": value, "gap": gap}
