"""Mixed-logit assortment instances: n products, m types of buyers, no limit on the line.

Recipe A follows the public set of hard instances of revenue-ordered assortments: two error
components, so that each type likes all products of one half equally. Recipe B has a free preference
weight for every product and type, and no structure to exploit. Only NumPy, so that the peers'
environments can import it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

Recipe = Literal["A", "B"]

# Of the seeds 1 to 100 those on which the best line of best earners is worst, worst first.
_SEEDS_OF_A = {
    (50, 5): (40, 67, 25, 11, 53, 95, 15, 93),
    (50, 10): (53, 48, 72, 43, 10, 14, 71, 33),
    (50, 25): (90, 16, 40, 99, 78, 46, 30, 66),
    (100, 5): (21, 12, 65, 98, 53, 20, 77, 95),
    (100, 10): (23, 81, 48, 43, 8, 100, 82, 69),
    (100, 25): (28, 75, 47, 5, 97, 80, 48, 88),
    (200, 5): (15, 91, 36, 27, 21, 92, 93, 60),
    (200, 10): (34, 60, 32, 81, 98, 82, 43),
    (200, 25): (51, 55, 52, 77, 86, 29, 83),
}

_SEEDS_OF_B = {
    (n, m): (1, 2, 3, 4) if m == 25 else (1, 2, 3) for n in (50, 100, 200) for m in (5, 10, 25)
}


@dataclass(frozen=True, eq=False)
class Assortment:
    """Revenue of n products, odds of m types on each, and how frequent each type is."""

    name: str
    revenue: np.ndarray
    odds: np.ndarray
    weights: np.ndarray

    def value(self, line: np.ndarray) -> float:
        """Return the expected revenue of a line, given as a boolean for each product."""
        odds = self.odds[:, line]
        return float(self.weights @ (odds @ self.revenue[line] / (1.0 + odds.sum(axis=1))))


def assortments(recipe: Recipe) -> Iterator[Assortment]:
    """Yield the instances of a recipe: 70 of A, 30 of B."""
    seeds = _SEEDS_OF_A if recipe == "A" else _SEEDS_OF_B
    for (n, m), those in seeds.items():
        for seed in those:
            yield assortment(recipe, n, m, seed)


def named(name: str) -> Assortment:
    """Return the instance that is called so, e.g. "B-50-5-1"."""
    recipe, n, m, seed = name.split("-")
    return assortment("A" if recipe == "A" else "B", int(n), int(m), int(seed))


def assortment(recipe: Recipe, n: int, m: int, seed: int) -> Assortment:
    """Return one instance."""
    random = np.random.default_rng([ord(recipe), n, m, seed])
    if recipe == "A":
        half = (np.arange(n) >= (n + 1) // 2).astype(int)
        liking = np.exp(3.0 * random.normal(size=(m, 2)))[:, half]
    else:
        liking = np.exp(1.5 * random.normal(size=(m, n)))
    outside = np.clip(random.lognormal(1.0, 0.5, m), 1.0, 5.0)
    weights = random.random(m)
    return Assortment(
        f"{recipe}-{n}-{m}-{seed}", _revenue(n), liking / outside[:, None], weights / weights.sum()
    )


def _revenue(n: int) -> np.ndarray:
    curve = 1.0 - np.log(1.0 + np.arange(1, n + 1)) / np.log(n + 2.0)
    scaled = 0.2 + 0.8 * (curve - curve.min()) / (curve.max() - curve.min())
    return scaled - np.linspace(0.0, 1e-6, n)


def best_of_best_earners(instance: Assortment) -> float:
    """Return the value of the best line that has every product earning more than some revenue."""
    odds = instance.odds.cumsum(axis=1)
    earned = (instance.odds * instance.revenue).cumsum(axis=1)
    return float((instance.weights @ (earned / (1.0 + odds))).max())
