"""Raking: weights that give a sample the margins of its population."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.kernels.compiled import raking as compiled


class Raked(NamedTuple):
    """Weights with mean 1, and how well they meet the margins."""

    weights: Float[np.ndarray, " N"]
    n_iterations: int
    deviation: float
    """Largest difference between a share reached and its target, over all categories."""


def rake(
    categories: Int[np.ndarray, "margins N"],
    targets: Float[np.ndarray, "margins categories"],
    start: Float[np.ndarray, " N"],
    *,
    least: float = 0.0,
    most: float = np.inf,
    tolerance: float = 1e-9,
    max_iterations: int = 1_000,
) -> Raked:
    """Return weights by which each margin has its target shares.

    Parameters
    ----------
    categories
        Category of each respondent in each margin; -1 where it is not known. That margin then
        leaves the respondent's weight alone, and is met among those whose category is known.
    targets
        Share of each category, summing to 1 over a margin; 0 where a margin has fewer categories.
    start
        Weights to start from, above 0.
    least, most
        Bounds on weights, relative to their mean.
    tolerance, max_iterations
        It ends when no share is further from its target, or after so many rounds.

    Notes
    -----
    Iterative proportional fitting (Deming and Stephan, Annals of Mathematical Statistics 11, 1940,
    427-444): the weights of each category are multiplied by target over reached, margin after
    margin, until all hold. Where it converges, no other weights that meet the margins are nearer
    to `start` in the Kullback-Leibler sense (Ireland and Kullback, Biometrika 55, 1968).

    With bounds, weights are cut to them after every round, the others scaled to keep the sum, and
    the next round adapts (DeBell and Krosnick, ANES Technical Report nes012427, 2009); bounds that
    no weights with these margins keep show as a `deviation` that stays.

    Examples
    --------
    Three women and one man, of a population of halves:

    >>> rake(np.array([[0, 0, 0, 1]]), np.array([[0.5, 0.5]]), np.ones(4)).weights.round(4)
    array([0.6667, 0.6667, 0.6667, 2.    ])
    """
    weights = np.array(start, dtype=np.float64)
    n_iterations, deviation = compiled.rake(
        np.ascontiguousarray(categories, dtype=np.int64),
        np.ascontiguousarray(targets, dtype=np.float64),
        float(least),
        float(most),
        float(tolerance),
        int(max_iterations),
        weights,
    )
    return Raked(weights / weights.mean(), int(n_iterations), float(deviation))


def design_effect(weights: Float[np.ndarray, " N"]) -> float:
    """Return by how much unequal weights raise the variance of a mean.

    Notes
    -----
    N sum of w^2 over (sum of w)^2 = 1 + the squared coefficient of variation (Kish, Survey
    Sampling, 1965, section 11.7). N over it is the size of an unweighted sample as precise.

    Examples
    --------
    >>> design_effect(np.array([1.0, 1.0, 1.0, 3.0]))
    1.3333333333333333
    """
    return float(len(weights) * np.square(weights).sum() / np.square(weights.sum()))
