"""The log-likelihood of anybody's estimates, computed the same way for all and by none of them.

Plain NumPy from the formula: what is judged is not judged by its own code.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from benchmarks.choices import Choices
from benchmarks.fit import Fit

Judge = Callable[[Fit], dict[str, Any]]
"""What of the quality of a fit nobody is to say of himself."""

N_DRAWS = 65_536
_CHUNK = 2_048


def judge_of(choices: Choices, n_draws: int = N_DRAWS) -> Judge:
    """Return who says what log-likelihood the mean and factor of normals reach."""

    def judge(fit: Fit) -> dict[str, float]:
        found = fit.parameters
        at = mixed_log_likelihood(choices, found["mean"], found["factor"], n_draws)
        return {f"log-likelihood at {n_draws:,} draws": round(at, 2)}

    return judge


def multinomial_log_likelihood(choices: Choices, coefficients: np.ndarray) -> float:
    """Return the log-likelihood of the multinomial logit, in sets of any size."""
    starts = np.flatnonzero(np.diff(choices.tasks, prepend=-1))
    utility = choices.design @ np.asarray(coefficients)
    highest = np.maximum.reduceat(utility, starts)
    total = np.add.reduceat(np.exp(utility - highest[choices.tasks]), starts)
    return float((utility[choices.chosen] - highest - np.log(total)).sum())


def mixed_log_likelihood(
    choices: Choices, mean: np.ndarray, factor: np.ndarray, n_draws: int = N_DRAWS
) -> float:
    """Return the simulated log-likelihood of people with coefficients mean + factor z, z normal.

    `n_draws` points of a scrambled Sobol sequence, the same for everybody: simple, and slow. The
    log of the mean over draws of prod_t P_nt, added up over people (Train 2009, section 6.7).
    """
    points = _normal_points(n_draws, np.asarray(factor))
    coefficients = np.asarray(mean)[:, None] + points
    firsts = np.flatnonzero(np.diff(choices.people, prepend=-1)).tolist()
    ends = [*firsts[1:], len(choices.people)]
    with ThreadPoolExecutor() as threads:
        by_person = threads.map(
            lambda first, end: _person(choices, slice(first, end), coefficients), firsts, ends
        )
        return float(sum(by_person))


def _normal_points(n_draws: int, factor: np.ndarray) -> np.ndarray:
    """Return draws of factor z, (K, draws); columns of zeros use up no dimension."""
    used = factor[:, np.abs(factor).max(axis=0) > 0.0]
    uniform = qmc.Sobol(used.shape[1], seed=1).random(n_draws)
    return np.asarray(used @ ndtri(np.clip(uniform, 1e-12, 1.0 - 1e-12)).T)


def _person(choices: Choices, rows: slice, coefficients: np.ndarray) -> float:
    design, tasks, chosen = choices.design[rows], choices.tasks[rows], choices.chosen[rows]
    differences = design - design[chosen][tasks - tasks[0]]
    starts = np.flatnonzero(np.diff(tasks, prepend=-1))
    logs = [
        -np.log(np.add.reduceat(np.exp(differences @ coefficients[:, i : i + _CHUNK]), starts)).sum(
            axis=0
        )
        for i in range(0, coefficients.shape[1], _CHUNK)
    ]
    log_probability = np.concatenate(logs)
    highest = log_probability.max()
    return float(highest + np.log(np.exp(log_probability - highest).mean()))
