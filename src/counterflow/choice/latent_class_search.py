"""The search for the best maximum of a latent class logit: many starts, EM, then Newton."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.choice.constraints import Constraints
from counterflow.choice.latent_class_likelihood import LatentClassLikelihood
from counterflow.choice.maximum_likelihood import Fit, maximise_likelihood
from counterflow.choice.parameter_space import ParameterSpace
from counterflow.domain.progress import Report
from counterflow.domain.random_streams import random_stream
from counterflow.kernels.latent_class import Classes, StartSlopes

SAME = 0.01
"""Maxima whose log-likelihoods differ by less are one and the same."""
_FIRST_ROUNDS = 12
"""Rounds of EM after which the starts are compared."""
_MORE_ROUNDS = 60
_SLOW = 1e-4
"""A gain of log-likelihood in a round of EM, a person, below which Newton's method takes over."""
_FLOOR = 1e-6
"""Least curvature in a Newton step, as a share of the largest over starts."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Search:
    """Which maxima the starts led to."""

    n_starts: int
    maxima: Float[np.ndarray, " finished"]
    """Log-likelihood at the maximum of each start that was followed to the end, best first."""

    @property
    def n_at_best(self) -> int:
        """Return how many starts that were followed reached the best maximum."""
        return int(np.sum(self.maxima > self.maxima[0] - SAME))

    @property
    def spread(self) -> float:
        """Return by how much the worst maximum reached is below the best."""
        return float(self.maxima[0] - self.maxima[-1])

    def __str__(self) -> str:
        """Return the search in a sentence."""
        if self.n_starts == 1:
            return "one start"
        followed = len(self.maxima)
        said = f"{self.n_starts} starts, the best {followed} followed to the end"
        if self.n_at_best == followed:
            return f"{said}: all reached this maximum"
        return f"{said}: {self.n_at_best} reached this maximum, others up to {self.spread:.3f} less"


class Ascent(NamedTuple):
    """Where EM has taken each start."""

    thetas: Float[np.ndarray, "starts P"]
    log_likelihoods: Float[np.ndarray, " starts"]
    gains: Float[np.ndarray, " starts"]
    """What the last round gained."""


def random_starts(
    likelihood: LatentClassLikelihood,
    pooled: Fit,
    *,
    weights: Float[np.ndarray, " N"],
    n_starts: int,
    seed: int,
) -> Float[np.ndarray, "starts P"]:
    """Return classes each of which looks at choices as one person drawn at random does.

    `pooled` is the weighted fit of one class for all. Start s depends on the seed and s alone.

    Notes
    -----
    A class begins at b + (2 I / W)^-1 s_n: one Newton step from the coefficients of all, b,
    towards those of person n, whose score is s_n, as if that person's choices held the average
    information I / W and the population's counted as much again. W is the sum of weights.
    """
    parameters = likelihood.parameters
    scores, k = pooled.slope.scores, len(parameters.coefficients)
    n = len(scores)
    average = pooled.information / weights.sum()
    scale = np.sqrt(np.maximum(np.diag(average), np.finfo(float).tiny))
    steps = np.linalg.pinv(average / np.outer(scale, scale), rcond=1e-8, hermitian=True)
    starts = []
    for s in range(n_starts):
        stream = random_stream(seed, "latent class starts", s)
        persons = stream.choice(n, parameters.n_classes, replace=n < parameters.n_classes)
        moves = (scores[persons] / scale) @ steps / scale / 2.0
        memberships = np.zeros((parameters.n_classes, len(parameters.traits)))
        starts.append(parameters.theta(Classes(pooled.point[:k] + moves, memberships)))
    return np.array(starts)


def expect_and_maximise(
    likelihood: LatentClassLikelihood,
    starts: Float[np.ndarray, "starts P"],
    *,
    weights: Float[np.ndarray, " N"],
    space: ParameterSpace,
    n_rounds: int,
    slow: float = 0.0,
) -> Ascent:
    """Return where rounds of EM take every start; they end early once all gain less than `slow`.

    The log-likelihood of no start ever falls.

    Notes
    -----
    A round takes posterior shares of the classes as weights (E), and makes one Newton step of the
    weighted logits and of the membership logit (M), halved until the likelihood rises (Lange,
    JRSS B 57, 1995). Near a maximum a full M-step gains nothing over one Newton step.
    """
    free = np.array([space.free(start) for start in starts])
    here = _all(likelihood, space, free, weights)
    # Where a class predicts perfectly, or nobody is in it, curvature and gradient vanish together:
    # a floor ends the chase after a maximum at infinity.
    floor = _FLOOR * np.einsum("sff->sf", here.complete).max(axis=0) + np.finfo(float).tiny
    steps = _steps(space, free, here, floor)
    gains = np.full(len(starts), np.inf)
    for _ in range(n_rounds):
        tried = np.clip(free + steps, space.lower, space.upper)
        there = _all(likelihood, space, tried, weights)
        rises = there.log_likelihoods >= here.log_likelihoods
        gains = np.where(rises, there.log_likelihoods - here.log_likelihoods, np.inf)
        free = np.where(rises[:, None], tried, free)
        here = StartSlopes(*(_where(rises, new, old) for new, old in zip(there, here, strict=True)))
        steps = np.where(rises[:, None], _steps(space, free, here, floor), steps / 2.0)
        if (gains < slow).all():
            break
    return Ascent(np.array([space.full(x) for x in free]), here.log_likelihoods, gains)


def best_maximum(
    likelihood: LatentClassLikelihood,
    starts: Float[np.ndarray, "starts P"],
    *,
    weights: Float[np.ndarray, " N"],
    constraints: Constraints,
    n_finished: int,
    max_iterations: int,
    tolerance: float,
    report: Report | None = None,
) -> tuple[Fit, Search]:
    """Return the highest maximum that the starts lead to, and how many led there.

    All starts go through a few rounds of EM together; the `n_finished` best go on until EM is
    slow, and from there to their maximum by Newton's method.
    """
    space = constraints.space(likelihood.labels)
    told = report or _silent
    told(0.0, f"{len(starts)} starts: first {_FIRST_ROUNDS} rounds of EM")
    rounds = expect_and_maximise(
        likelihood, starts, weights=weights, space=space, n_rounds=_FIRST_ROUNDS
    )
    best = np.argsort(-rounds.log_likelihoods, kind="stable")[:n_finished]
    told(0.3, f"the best {len(best)} starts: EM until it is slow")
    rounds = expect_and_maximise(
        likelihood,
        rounds.thetas[best],
        weights=weights,
        space=space,
        n_rounds=_MORE_ROUNDS,
        slow=_SLOW * float(weights.sum()),
    )
    fits = []
    for i, theta in enumerate(rounds.thetas):
        told(0.6 + 0.4 * i / len(best), f"start {i + 1} of {len(best)} to its maximum")
        fits.append(
            maximise_likelihood(
                likelihood,
                theta,
                weights=weights,
                constraints=constraints,
                max_iterations=max_iterations,
                tolerance=tolerance,
            )
        )
    return _best(fits, n_starts=len(starts))


def _best(fits: Sequence[Fit], *, n_starts: int) -> tuple[Fit, Search]:
    order = np.argsort([-fit.log_likelihood for fit in fits], kind="stable")
    maxima = np.array([fits[i].log_likelihood for i in order])
    return fits[order[0]], Search(n_starts=n_starts, maxima=maxima)


def _all(
    likelihood: LatentClassLikelihood,
    space: ParameterSpace,
    free: Float[np.ndarray, "starts F"],
    weights: Float[np.ndarray, " N"],
) -> StartSlopes:
    """Return the slopes by the free parameters."""
    found = likelihood.starts(np.array([space.full(x) for x in free]), weights)
    return StartSlopes(
        found.log_likelihoods,
        found.gradients @ space.spread,
        np.array([space.free_information(complete) for complete in found.complete]),
    )


def _steps(
    space: ParameterSpace,
    free: Float[np.ndarray, "starts F"],
    here: StartSlopes,
    floor: Float[np.ndarray, " F"],
) -> Float[np.ndarray, "starts F"]:
    """Return the Newton step of each start's M-step; none where a bound is in the way."""
    held = ((free <= space.lower) & (here.gradients <= 0.0)) | (
        (free >= space.upper) & (here.gradients >= 0.0)
    )
    pull = np.where(held, 0.0, here.gradients)
    bend = np.where(held[:, :, None] | held[:, None, :], 0.0, here.complete)
    at = np.arange(free.shape[1])
    bend[:, at, at] = np.where(held, 1.0, bend[:, at, at] + floor)
    return np.linalg.solve(bend, pull[:, :, None])[:, :, 0]


def _where(rises: np.ndarray, new: np.ndarray, old: np.ndarray) -> np.ndarray:
    return np.where(rises.reshape(-1, *[1] * (new.ndim - 1)), new, old)


def _silent(share: float, what: str) -> None:
    """Tell nobody."""
