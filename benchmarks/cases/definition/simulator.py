"""The market simulator: shares of 20 offers and the outside option among a million people.

Timed is one call of `market_shares` on two threads, best of several: from coefficients of 15
columns (or from ready utilities) in memory to the shares of every draw. 1,000 respondents in 1,000
draws each, simulated; CPU time is that of all threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.case import Run
from benchmarks.process import peak_mib
from benchmarks.record import Record
from counterflow.kernels.market_shares import (
    Alternatives,
    ChoiceSets,
    LevelErrors,
    market_shares,
)
from counterflow.kernels.share_inversion import share_offsets
from counterflow.runners.threads import ThreadRunner

N_OFFERS, K = 20, 15
REPETITIONS = 7


def measure(run: Run) -> Iterator[Record]:
    n = 100 if run.quick else 1_000
    random = np.random.default_rng(1)
    draws = random.normal(size=(n, n, K))
    weights = random.standard_exponential((n, n))
    weights /= weights.sum(axis=1, keepdims=True)
    market = _market(random)
    logit = market_shares(draws, weights, market)
    plain = _numpy_shares(draws, weights, market)
    error = float(np.abs(logit - plain).max())
    people = f"{n * n:,} respondent-draws x {N_OFFERS} offers"
    theirs = _best(3, lambda: _numpy_shares(draws, weights, market))["wall"]
    yield _timed(
        run,
        f"logit, {people}, from part-worths",
        lambda: _shares(draws, weights, market),
        peer="NumPy, a draw at a time",
        theirs=theirs,
        quality={"largest difference to NumPy": error},
    )
    single = draws.astype(np.float32)
    yield _timed(
        run,
        f"logit, {people}, from part-worths in single precision",
        lambda: _shares(single, weights, market),
    )
    yield _from_utilities(run, people, draws, weights, market)
    yield _timed(
        run,
        f"first choice, {people}, from part-worths",
        lambda: _shares(draws, weights, market, is_first_choice=True),
    )
    errors = LevelErrors(random.normal(size=(1, N_OFFERS + 1, 24)), 10, np.zeros(2, np.uint64))
    yield _timed(
        run,
        f"randomised first choice, 10 errors of 24 levels each, {people}",
        lambda: _shares(draws, weights, market, errors=errors),
    )
    yield _timed(
        run,
        f"logit, 16 consideration sets, {people}",
        lambda: _shares(draws, weights, market, sets=_sets(random)),
    )
    yield _calibration(run, draws[: n // 5], weights[: n // 5], market)
    yield run.record("peak memory", "MiB", peak_mib())


def _from_utilities(
    run: Run, people: str, draws: np.ndarray, weights: np.ndarray, market: Alternatives
) -> Record:
    """Time what is left to do where utilities are ready: as coefficients of one offer each."""
    utilities = np.einsum("snk,ak->sna", draws, market.rows[0])
    ready = Alternatives(np.eye(N_OFFERS + 1)[None], market.offsets, market.tie_weights)
    figure = f"logit, {people}, from utilities"
    return _timed(run, figure, lambda: _shares(utilities, weights, ready))


def _market(random: np.random.Generator) -> Alternatives:
    """Return products of two in five levels at a price; the outside option has none of these."""
    rows = (random.random((1, N_OFFERS + 1, K)) < 0.4).astype(float)
    rows[:, :, -1] = random.normal(size=(1, N_OFFERS + 1))
    rows[:, -1] = 0.0
    shape = (1, N_OFFERS + 1)
    return Alternatives(rows, np.zeros((1, *shape)), np.ones(shape))


def _sets(random: np.random.Generator) -> ChoiceSets:
    members = random.random((1, 16, N_OFFERS + 1)) < 0.7
    members[:, :, -1] = True
    return ChoiceSets(members, np.full(16, 1.0 / 16))


def _shares(draws: np.ndarray, weights: np.ndarray, market: Alternatives, **how: Any) -> np.ndarray:
    return market_shares(draws, weights, market, map_blocks=ThreadRunner(2).map, **how)


def _numpy_shares(draws: np.ndarray, weights: np.ndarray, market: Alternatives) -> np.ndarray:
    """Return the same by BLAS and NumPy, a draw at a time."""
    shares = np.empty((len(draws), 1, N_OFFERS + 1))
    for s, people in enumerate(draws):
        utility = people @ market.rows[0].T
        odds = np.exp(utility - utility.max(axis=1, keepdims=True))
        shares[s, 0] = (weights[s] / odds.sum(axis=1)) @ odds
    return shares


def _calibration(run: Run, draws: np.ndarray, weights: np.ndarray, market: Alternatives) -> Record:
    """Time the offsets that give 20 offers known shares in each draw."""
    targets = np.broadcast_to(np.linspace(0.01, 0.07, N_OFFERS), (len(draws), 1, N_OFFERS)).copy()

    def shares(offsets: np.ndarray) -> np.ndarray:
        moved = np.concatenate([offsets, np.zeros((len(draws), 1, 1))], axis=2)
        return _shares(draws, weights, market._replace(offsets=moved))[:, :, :-1]

    best = _best(3, lambda: share_offsets(shares, targets))
    found = best["made"]
    return run.record(
        f"calibrate 20 shares in each of {len(draws)} draws",
        "s",
        best["wall"],
        quality={
            "converged": found.is_converged,
            "worst error": found.worst_error,
            "evaluations": found.n_evaluations,
            "CPU s": round(best["cpu"], 3),
        },
    )


def _timed(
    run: Run,
    figure: str,
    work: Callable[[], np.ndarray],
    *,
    quality: dict[str, Any] | None = None,
    **beside: Any,
) -> Record:
    best = _best(REPETITIONS, work)
    kept = {"CPU s": round(best["cpu"], 3), **(quality or {})}
    return run.record(figure, "s", best["wall"], quality=kept, **beside)


def _best(n: int, work: Callable[[], Any]) -> dict[str, Any]:
    """Return the least wall and CPU time of n calls, and what the last one made."""
    wall, cpu, made = [], [], None
    work()
    for _ in range(n):
        began, busy = time.perf_counter(), time.process_time()
        made = work()
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - busy)
    return {"wall": min(wall), "cpu": min(cpu), "made": made}
