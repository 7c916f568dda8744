"""Design problems whose best known criterion is published or was measured, and a judge of designs.

NumPy and SciPy alone, so that the peers' environments can import it, and plain: what is judged is
not judged by its own code.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc


@dataclass(frozen=True, eq=False)
class PublishedDesign:
    """Attributes, coded level by level, in tasks; what to minimise, and the best value known.

    The criterion is the mean over draws of det(information)^(-1/K), the information summed over
    tasks. A draw of zeros makes it D_0, one other draw D_p.
    """

    name: str
    coding: tuple[np.ndarray, ...]
    """(levels, columns) of each attribute."""
    n_tasks: int
    n_alternatives: int
    draws: np.ndarray
    """(R, K)"""
    best: float
    source: str
    only_at: tuple[tuple[int, ...] | None, ...] | None = None
    """At which places each attribute is shown; all at all if None."""

    @property
    def n_columns(self) -> int:
        return sum(block.shape[1] for block in self.coding)

    def error(self, codes: np.ndarray) -> float:
        """Return the criterion of a design, (T, J, A): from the formula, task by task."""
        found = []
        for coefficients in self.draws:
            information = np.zeros((self.n_columns, self.n_columns))
            for task in codes:
                x = np.array([self._row(profile) for profile in task])
                odds = np.exp(x @ coefficients)
                p = odds / odds.sum()
                information += x.T @ (np.diag(p) - np.outer(p, p)) @ x
            found.append(np.linalg.det(information) ** (-1.0 / self.n_columns))
        return float(np.mean(found))

    def _row(self, profile: np.ndarray) -> np.ndarray:
        return np.concatenate(
            [
                block[level] if level >= 0 else np.zeros(block.shape[1])
                for block, level in zip(self.coding, profile, strict=True)
            ]
        )


def effects(n_levels: int) -> np.ndarray:
    """Return the columns of levels in effects coding, the last level minus the sum of others."""
    return np.vstack((np.eye(n_levels - 1), -np.ones(n_levels - 1)))


def dummies(n_levels: int) -> np.ndarray:
    """Return the columns of levels in dummy coding, the first level the reference."""
    return np.vstack((np.zeros(n_levels - 1), np.eye(n_levels - 1)))


def sobol_normals(n_columns: int) -> np.ndarray:
    """Return 127 normals of the plain Sobol sequence, its first point, the origin, skipped."""
    return np.asarray(ndtri(qmc.Sobol(n_columns, scramble=False).random_base2(7)[1:]))


_THREE_EFFECTS = (effects(3),) * 3
_IDEFIX = (dummies(3),) * 3
_IDEFIX_PRIOR = np.array([[0.8, 0.2, -0.3, -0.2, 0.7, 0.4]])
_LARGER = tuple(dummies(n) for n in (4, 4, 3, 3, 2))
_LARGER_PRIOR = np.resize([0.3, -0.4, 0.5, -0.2, 0.6, 0.1], (1, 11))
_APPLES = (np.linspace(1.0, 3.0, 5)[:, None], dummies(3), dummies(3))
_APPLES_PRIOR = np.array([[-0.25, 0.5, 1.0, 0.6, 1.2]])
_SMALLEST = (dummies(2),) * 3
_SMALLEST_PRIOR = np.array([[0.5, -0.5, 0.8]])

PUBLISHED = (
    PublishedDesign(
        "3^3, 9 tasks of 3, effects: D_0",
        *(_THREE_EFFECTS, 9, 3, np.zeros((1, 6)), 27.0**-0.5),
        source="an orthogonal array with minimal overlap reaches 27^(-1/2), the least there is",
    ),
    PublishedDesign(
        "3^3, 9 tasks of 3, effects: D_p",
        *(_THREE_EFFECTS, 9, 3, np.tile([[-1.0, 0.0]], 3), 0.27842),
        source="best of 500 starts of modified Fedorov exchange",
    ),
    PublishedDesign(
        "idefix example, 3^3, 8 tasks of 2, dummies: D_p",
        *(_IDEFIX, 8, 2, _IDEFIX_PRIOR, 0.98224),
        source="best of 5,000 starts; idefix's Modfed 0.98837, its CEA 0.99701",
    ),
    PublishedDesign(
        "idefix example: D_0",
        *(_IDEFIX, 8, 2, np.zeros((1, 6)), 0.87287),
        source="best of many starts of modified Fedorov exchange",
    ),
    PublishedDesign(
        "idefix example: D_B, 127 Sobol normals",
        *(_IDEFIX, 8, 2, _IDEFIX_PRIOR + sobol_normals(6), 1.78573),
        source="best of 200 starts of modified Fedorov exchange",
    ),
    PublishedDesign(
        "4^2 3^2 2, 12 tasks of 3, dummies: D_p",
        *(_LARGER, 12, 3, _LARGER_PRIOR, 0.57327),
        source="best of 1,500 starts; idefix's Modfed 0.57534, its CEA 0.58158",
    ),
    PublishedDesign(
        "4^2 3^2 2: D_0",
        *(_LARGER, 12, 3, np.zeros((1, 11)), 0.51117),
        source="best of many starts of modified Fedorov exchange",
    ),
    PublishedDesign(
        "4^2 3^2 2: D_B, 127 Sobol normals of sd 0.5",
        *(_LARGER, 12, 3, _LARGER_PRIOR + 0.5 * sobol_normals(11), 0.73167),
        source="best of many starts of modified Fedorov exchange",
    ),
    PublishedDesign(
        "cbcTools apples, 5 (linear) 3 3, 6 tasks of 2: D_p",
        *(_APPLES, 6, 2, _APPLES_PRIOR, 1.00914),
        source="best of 500 starts; problem from the vignette of cbcTools",
    ),
    PublishedDesign(
        "cbcTools apples: D_0",
        *(_APPLES, 6, 2, np.zeros((1, 5)), 0.78405),
        source="best of 500 starts; problem from the vignette of cbcTools",
    ),
)

NOTEBOOK = PublishedDesign(
    "choicedesign notebook, 3^4 linear, C at the first alone, 16 tasks of 2: D_p",
    (
        np.array([[1.0], [2.0], [3.0]]),
        np.array([[10.0], [15.0], [15.5]]),
        np.array([[0.0], [3.0], [5.0]]),
        np.array([[0.0], [1.0], [2.0]]),
    ),
    *(16, 2, np.array([[-0.1, -0.02, 0.1, 0.15]]), 0.041171),
    source="what the notebook d_efficient_rum_avail says it reached in a minute, so no known best",
    only_at=(None, None, (0,), None),
)

BESIDE_CHOICEDESIGN = (NOTEBOOK, PUBLISHED[2])
"""Problems that choicedesign can be given: linear or dummy columns, an even number of them (it
takes the determinant of the Hessian, whose sign is wrong for an odd number)."""


def named(name: str) -> PublishedDesign:
    """Return the problem of this name."""
    return next(each for each in (*PUBLISHED, NOTEBOOK) if each.name == name)
