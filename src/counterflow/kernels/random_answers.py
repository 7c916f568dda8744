"""How likely answers are if people come from a population, for answers given or made up."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from counterflow.kernels.compiled import random_answers as compiled

LEAST_SHARE = 1e-10
"""Shares are cut here, so that the product over thirty tasks does not underflow."""


def shares_by_draw(
    utilities: Float[np.ndarray, "rows R"], task_starts: Int[np.ndarray, " tasks_and_one"]
) -> Float[np.ndarray, "rows R"]:
    """Return the choice probability of each alternative within its task, under each draw.

    Examples
    --------
    >>> shares_by_draw(np.log([[3.0], [1.0]]), np.array([0, 2])).round(2)
    array([[0.75],
           [0.25]])
    """
    shares = np.empty(utilities.shape)
    compiled.choice_shares(
        np.ascontiguousarray(utilities, dtype=np.float64),
        np.ascontiguousarray(task_starts, dtype=np.int64),
        LEAST_SHARE,
        shares,
    )
    return shares


def panel_likelihoods(
    shares: Float[np.ndarray, "rows R"],
    chosen_rows: Int[np.ndarray, " choices"],
    starts: Int[np.ndarray, " panels_and_one"],
) -> Float[np.ndarray, " panels"]:
    """Return the likelihood of each panel of choices, the mean over R draws of a population.

    Panel m made the choices `starts[m]` to `starts[m + 1]`; a choice is a row of `shares`.

    Notes
    -----
    L_m = 1/R sum over r of prod over t of P_r(chosen_mt): the simulated likelihood of a panel
    (Train, Discrete Choice Methods with Simulation, 2nd ed. 2009, section 6.7).

    Examples
    --------
    Two tasks, two draws, of which one is sure; two people:

    >>> shares = np.array([[1.0, 0.5], [0.0, 0.5], [1.0, 0.5], [0.0, 0.5]])
    >>> panel_likelihoods(shares, np.array([0, 2, 0, 3]), np.array([0, 2, 4]))
    array([0.625, 0.125])
    """
    likelihoods = np.empty(len(starts) - 1)
    compiled.mean_products(
        np.ascontiguousarray(shares, dtype=np.float64),
        np.ascontiguousarray(chosen_rows, dtype=np.int64),
        np.ascontiguousarray(starts, dtype=np.int64),
        likelihoods,
    )
    return likelihoods
