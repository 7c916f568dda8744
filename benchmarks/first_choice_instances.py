"""Published first-choice instances with their proven optima, and the replica of a field test."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from benchmarks.case import DATA
from counterflow.kernels.first_choice import (
    FirstChoiceProblem,
    Rules,
    problem_of_orderings,
    problem_of_utilities,
)

N_CUSTOMER_TYPES = 100


class Instance(NamedTuple):
    """One instance of Bertsimas and Misic (2019), with what the best line earns."""

    n_candidates: int
    number: int
    n_offers: int
    optimum: float

    def __str__(self) -> str:
        limit = "no limit" if self.n_offers == self.n_candidates else f"at most {self.n_offers}"
        return f"{self.n_candidates} candidates, instance {self.number}, {limit}"


_OPTIMA = {
    # Candidates: optima of instances 1, 2 and 3 without a limit, then of lines of at most five.
    20: ((69.86050, 80.91302, 74.13713), (69.51109, 80.91302, 74.13713)),
    50: ((77.33331, 87.21396, 71.62436), (74.98379, 87.20481, 69.58221)),
    100: ((92.60935, 90.71827, 86.36168), (91.15741, 87.80279, 84.02736)),
}

PUBLISHED = tuple(
    Instance(n, number, n_offers, optimum)
    for n, optima in _OPTIMA.items()
    for n_offers, row in zip((n, 5), optima, strict=True)
    for number, optimum in enumerate(row, start=1)
)


def folder(n_candidates: int) -> Path:
    """Return where the instances of a size lie."""
    return DATA / "definition" / f"first_choice_neq{n_candidates}_Keq{N_CUSTOMER_TYPES}"


def published_problem(instance: Instance) -> FirstChoiceProblem:
    """Return the problem of an instance: types of customers, each a ranking of all candidates.

    The files number candidates from 1, and no choice as the last.
    """
    at = folder(instance.n_candidates)
    row, block = instance.number - 1, N_CUSTOMER_TYPES
    orderings = np.loadtxt(at / "orderings_mat.csv", delimiter=",", dtype=np.int64)
    return problem_of_orderings(
        orderings[row * block : (row + 1) * block] - 1,
        np.loadtxt(at / "revenues_mat.csv", delimiter=",")[row],
        np.loadtxt(at / "lambda_mat.csv", delimiter=",")[row],
        Rules(n_offers=instance.n_offers),
    )


FEATURE_COSTS = np.array([3.5, 0.0, 2.0, 3.5, 3.0, 3.0, 2.0, 3.5, 4.5])
PRICES = np.array([70.0, 100.0, 95.0, 90.0, 85.0, 80.0, 75.0])
N_PEOPLE = 330
MEAN_LIST = 824


def replica(seed: int, *, n_offers: int, outside: str) -> FirstChoiceProblem:
    """Return a problem shaped as the laptop bags of Toubia, Simester, Hauser and Dahan (2003).

    3,584 candidates: seven prices times nine features that are there or not, at the field test's
    prices and costs; 330 people. The people are simulated, in dollars but for their price
    coefficient: what a feature is worth, normal with means 6, 3, 4, 6, 5, 5, 4, 6, 7 and standard
    deviation 6; the price coefficient, log-normal with median 1 and sigma 0.5. Three rivals have
    features at even odds and one of the seven prices. With `outside` "rivals and none", no choice
    is worth to everybody, above the best rival, what makes lists 824 candidates long on average, as
    in the replica of which bounds were told before; with "rivals", nothing is added.
    """
    random = np.random.default_rng(seed)
    has_feature = (np.arange(512)[:, None] >> np.arange(8, -1, -1)) & 1
    price, features = np.repeat(PRICES, 512), np.tile(has_feature, (7, 1)).astype(float)
    worth = random.normal([6.0, 3.0, 4.0, 6.0, 5.0, 5.0, 4.0, 6.0, 7.0], 6.0, (N_PEOPLE, 9))
    coefficient = np.exp(random.normal(0.0, 0.5, N_PEOPLE))
    utilities = worth @ features.T - np.outer(coefficient, price - 85.0)
    best_rival = np.full(N_PEOPLE, -np.inf)
    for _ in range(3):
        rival, rival_price = random.integers(0, 2, 9), random.choice(PRICES)
        best_rival = np.maximum(best_rival, worth @ rival - coefficient * (rival_price - 85.0))
    if outside == "rivals and none":
        best_rival = best_rival + _exceeded_by(utilities - best_rival[:, None], MEAN_LIST)
    return problem_of_utilities(
        utilities,
        best_rival,
        price - features @ FEATURE_COSTS,
        np.full(N_PEOPLE, 1.0 / N_PEOPLE),
        Rules(n_offers=n_offers),
    )


def _exceeded_by(surplus: Float[np.ndarray, "people C"], n_candidates: int) -> float:
    """Return the surplus that so many candidates exceed, on average over people."""
    return float(np.sort(surplus.ravel())[::-1][n_candidates * len(surplus)])
