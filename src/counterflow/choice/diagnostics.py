"""How well a choice model fits the choices that it was estimated from."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from counterflow.kernels.logit import ChoiceSets


def null_log_likelihood(sets: ChoiceSets, weights: Float[np.ndarray, " N"]) -> float:
    """Return the log-likelihood of a choice at random: each alternative of a task alike.

    Examples
    --------
    Two tasks of three alternatives, -2 ln 3:

    >>> sets = ChoiceSets(np.zeros((4, 1)), np.array([0, 2, 4]), np.array([0, 2]))
    >>> round(null_log_likelihood(sets, np.ones(1)), 4)
    -2.1972
    """
    by_task = -np.log(np.diff(sets.task_starts) + 1.0)
    by_person = np.add.reduceat(by_task, sets.person_starts[:-1])
    return float(np.sum(weights * by_person))


def rho_squared(log_likelihood: float, null_log_likelihood: float) -> float:
    """Return McFadden's likelihood ratio index 1 - L / L0 (Train 2009, section 3.8.1).

    0 is a choice at random and 1 a perfect prediction; 0.2 to 0.4 is already a good fit.

    Examples
    --------
    >>> rho_squared(-75.0, -100.0)
    0.25
    """
    return 1.0 - log_likelihood / null_log_likelihood


def hit_rate(
    sets: ChoiceSets, coefficients: Float[np.ndarray, ...], weights: Float[np.ndarray, " N"]
) -> float:
    """Return the share of tasks in which the alternative of highest utility was chosen.

    `coefficients` are K for all or N x K, one row a person. Alternatives that tie share the hit;
    tasks count by the weight of their person.

    Examples
    --------
    One person, three tasks: predicted right, predicted wrong, and a tie.

    >>> sets = ChoiceSets(np.array([[-1.0], [2.0], [0.0]]), np.arange(4), np.array([0, 3]))
    >>> hit_rate(sets, np.array([0.5]), np.ones(1))
    0.5
    """
    n_tasks = np.diff(sets.person_starts)
    if coefficients.ndim == 1:
        advantage = np.einsum("rk,k->r", sets.differences, coefficients)
    else:
        each_row = np.repeat(coefficients, np.diff(sets.task_starts[sets.person_starts]), axis=0)
        advantage = np.einsum("rk,rk->r", sets.differences, each_row)
    starts = sets.task_starts[:-1]
    best = np.maximum.reduceat(advantage, starts)
    n_tied = np.add.reduceat((advantage == 0.0).astype(float), starts)
    hits = np.where(best > 0.0, 0.0, 1.0 / (1.0 + n_tied))
    by_task = np.repeat(weights, n_tasks)
    return float(np.sum(hits * by_task) / by_task.sum())
