"""What is believed about part-worths before anybody is asked: numbers, normals, earlier answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log2
from typing import Any

import numpy as np
import scipy
from jaxtyping import Float
from scipy.special import ndtri

from counterflow.domain.coding import OUTSIDE
from counterflow.domain.design_settings import PriorBelief
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.random_streams import random_stream
from counterflow.domain.survey import Spread
from counterflow.survey.lognormal import lognormal

N_DRAWS = 127
"""Draws of a prior unless somebody asks for others: a whole Sobol net of 128 less its first."""

Belief = int | float | PriorBelief | Spread
"""A coefficient as a number, or as mean and standard deviation."""


@dataclass(frozen=True, eq=False)
class Prior:
    """R draws of the K coefficients, and their mean.

    A coefficient of which nothing is said is zero for sure: a D-error at a wrong guess may mislead
    the search more than one at no guess.

    Examples
    --------
    >>> prior = Prior.of(("trim[plus]", "price"), {"price": PriorBelief(mean=-2.0, sd=0.5)})
    >>> prior.mean, prior.draws.shape, prior.is_certain
    (array([ 0., -2.]), (127, 2), False)
    """

    labels: tuple[str, ...]
    mean: Float[np.ndarray, " K"]
    draws: Float[np.ndarray, "R K"]
    source: str = "stated"
    """Where it comes from, for the design's provenance."""

    @classmethod
    def zero(cls, labels: Sequence[str]) -> Prior:
        """Return the prior that knows nothing: one draw of zeros."""
        k = len(labels)
        return cls(tuple(labels), np.zeros(k), np.zeros((1, k)), "none: zero coefficients")

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        beliefs: Mapping[str, Belief],
        *,
        signs: Iterable[str] = (),
        n_draws: int = N_DRAWS,
        source: str = "stated",
        where: str = "priors",
    ) -> Prior:
        """Return independent normals, or lognormals of the mean's sign where `signs` names one.

        Raises
        ------
        InputError
            If a label belongs to no coefficient.
        """
        _check_known(beliefs, labels, where)
        spreads = [_spread(beliefs.get(label, 0.0)) for label in labels]
        mean = np.array([spread.mean for spread in spreads])
        if all(spread.sd == 0 for spread in spreads):
            return cls(tuple(labels), mean, mean[None, :].copy(), source)
        z = sobol_normals(n_draws, len(labels))
        draws = np.empty_like(z)
        signed = set(signs)
        for k, (label, spread) in enumerate(zip(labels, spreads, strict=True)):
            is_lognormal = label in signed and spread.mean != 0
            draws[:, k] = (
                lognormal(spread, z[:, k]) if is_lognormal else spread.mean + spread.sd * z[:, k]
            )
        return cls(tuple(labels), mean, draws, source)

    @classmethod
    def normal(
        cls,
        labels: Sequence[str],
        mean: Mapping[str, int | float],
        covariance: Float[np.ndarray, "k k"],
        *,
        n_draws: int = N_DRAWS,
    ) -> Prior:
        """Return a joint normal of the coefficients that `mean` names, in its order.

        Raises
        ------
        InputError
            If a label belongs to no coefficient, or the covariance is none of so many.

        Examples
        --------
        >>> cov = np.array([[0.04, 0.01], [0.01, 0.09]])
        >>> prior = Prior.normal(("a", "b", "c"), {"c": 1.0, "a": -1.0}, cov)
        >>> prior.mean
        array([-1.,  0.,  1.])
        """
        _check_known(mean, labels, "mean")
        _check_covariance(covariance, len(mean))
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        named = [list(labels).index(label) for label in mean]
        all_means = np.zeros(len(labels))
        all_means[named] = list(mean.values())
        draws = np.tile(all_means, (n_draws, 1))
        draws[:, named] += sobol_normals(n_draws, len(mean)) @ root.T
        return cls(tuple(labels), all_means, draws, "a joint normal")

    @classmethod
    def of_part_worths(
        cls, labels: Sequence[str], part_worths: PartWorths, *, n_draws: int = N_DRAWS, seed: int
    ) -> Prior:
        """Return draws of people from earlier answers, each drawn by weight in one of its draws.

        Raises
        ------
        InputError
            If the part-worths lack a main effect, or know one that the design lacks.
        """
        main = [label for label in labels if ":" not in label]
        _check_same(part_worths.labels, main)
        stream = random_stream(seed, "design: prior")
        share = part_worths.weights / part_worths.weights.sum()
        people = stream.choice(part_worths.n_respondents, size=n_draws, p=share)
        states = stream.integers(part_worths.n_draws, size=n_draws)
        by_label = dict(zip(part_worths.labels, part_worths.draws[states, people].T, strict=True))
        overall = dict(zip(part_worths.labels, part_worths.mean_draws().mean(axis=0), strict=True))
        nothing = np.zeros(n_draws)
        return cls(
            tuple(labels),
            np.array([float(overall.get(label, 0.0)) for label in labels]),
            np.stack([by_label.get(label, nothing) for label in labels], axis=1).astype(float),
            "earlier part-worths",
        )

    @property
    def is_certain(self) -> bool:
        """Return whether all draws are the same."""
        return bool((self.draws == self.draws[0]).all())

    @property
    def is_zero(self) -> bool:
        """Return whether nothing is known of any coefficient."""
        return not self.draws.any()


def sobol_normals(n: int, k: int) -> Float[np.ndarray, "n k"]:
    """Return standard normals from an unscrambled Sobol sequence, without its first point.

    Notes
    -----
    Joe and Kuo, SIAM Journal on Scientific Computing 30(5), 2008. The first point is zero, which
    the inverse of the normal distribution takes to minus infinity.

    Examples
    --------
    >>> sobol_normals(3, 1).ravel().round(4)
    array([ 0.    ,  0.6745, -0.6745])
    """
    points = scipy.stats.qmc.Sobol(d=k, scramble=False).random_base2(ceil(log2(n + 1)))
    return np.asarray(ndtri(points[1 : n + 1]))


def _spread(belief: Belief) -> Spread:
    if isinstance(belief, Spread):
        return belief
    if isinstance(belief, PriorBelief):
        return Spread(mean=belief.mean, sd=belief.sd)
    return Spread(mean=float(belief), sd=0.0)


def _check_known(given: Mapping[str, Any], labels: Sequence[str], where: str) -> None:
    problems = [
        Problem(
            expected=f"a coefficient of the design, one of {', '.join(labels)}",
            found=f'"{label}"',
            key=where,
        )
        for label in given
        if label not in labels
    ]
    if problems:
        raise InputError(problems)


def _check_same(found: Sequence[str], expected: Sequence[str]) -> None:
    missing = [label for label in expected if label not in found]
    # Whoever was not offered "none" tells nothing of it; whoever was told something not asked now.
    missing = [label for label in missing if label != OUTSIDE]
    unknown = [label for label in found if label not in expected and label != OUTSIDE]
    if missing or unknown:
        problem = Problem(
            expected=f"part-worths of {', '.join(expected)}",
            found=f"missing {missing}, unknown {unknown}",
            key="prior",
            advice="Take part-worths of the same attributes and levels, or state priors.",
        )
        raise InputError([problem])


def _check_covariance(covariance: Float[np.ndarray, "a b"], k: int) -> None:
    if covariance.shape != (k, k):
        found = " x ".join(map(str, covariance.shape))
        raise InputError([Problem(f"a covariance of {k} x {k}", found, key="covariance")])
    least = float(np.linalg.eigvalsh(covariance).min()) if k else 0.0
    if not np.allclose(covariance, covariance.T) or least < -1e-9 * np.abs(covariance).max():
        expected = "a symmetric covariance without negative eigenvalues"
        raise InputError([Problem(expected, f"smallest {least:g}", key="covariance")])
