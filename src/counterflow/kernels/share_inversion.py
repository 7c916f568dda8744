"""Share inversion: the offsets of utility at which a market has the shares that it is known to."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

TOLERANCE = 1e-12
"""Largest distance of a share to its target."""

_LEAST_SHARE = 1e-300
_LONGEST_STEP = 1e4
_MOST_MOVE = 10.0

Offsets = Float[np.ndarray, "S M free"]


class Inversion(NamedTuple):
    """Offsets by draw, region and alternative, and how well they do."""

    offsets: Float[np.ndarray, "S M free"]
    is_converged: bool
    worst_error: float
    """Largest distance of a share to its target."""
    n_evaluations: int


def share_offsets(
    shares: Callable[[Offsets], Offsets],
    targets: Float[np.ndarray, "S M free"],
    *,
    most_evaluations: int = 1_000,
) -> Inversion:
    """Return the offsets at which `shares` are `targets`, in each draw and region by itself.

    A target of 0 is of what is not sold there, and stays without an offset. Alternatives that are
    not free are what the free ones are measured against; the targets of a draw and region sum to
    less than 1. That it did not converge, for there are targets that nothing reaches, is part of
    the result.

    Notes
    -----
    The contraction F(delta) = delta + log target - log share (Berry, RAND Journal of Economics
    25(2), 1994; Berry, Levinsohn and Pakes, Econometrica 63(4), 1995, appendix I), which has one
    fixed point, reached from anywhere, but slowly where the free alternatives hold most of the
    market. So it is extrapolated, each draw and region by itself: after two steps r and then r + v
    from delta, to delta + 2 a r + a^2 v with a = |r| / |v| (SQUAREM, scheme S3: Varadhan and
    Roland, Scandinavian Journal of Statistics 35(2), 2008), with a between 1, two plain steps, and
    10,000. Where that takes shares farther from their targets, the next begins at the plain steps.

    Examples
    --------
    One free alternative beside one of utility 0, for a share of 0.8: an offset of log 4.

    >>> logit = lambda offsets: 1.0 / (1.0 + np.exp(-offsets))
    >>> found = share_offsets(logit, np.array([[[0.8]]]))
    >>> found.offsets.round(9), found.is_converged
    (array([[[1.38629436]]]), True)
    """
    wanted = np.log(np.where(targets > 0.0, targets, 1.0))
    offsets = plain = np.zeros(targets.shape)
    before = np.full(targets.shape[:2], np.inf)
    found = shares(offsets)
    n_evaluations = 1
    while (error := _errors(found, targets)).max() > TOLERANCE:
        if n_evaluations >= most_evaluations:
            return Inversion(offsets, False, float(error.max()), n_evaluations)
        if (is_worse := error > before).any():
            # The extrapolation did harm there: begin again where the plain steps ended.
            offsets = np.where(is_worse[:, :, None], plain, offsets)
            found, before = shares(offsets), np.where(is_worse, np.inf, before)
            n_evaluations += 1
            continue
        first = _step(found, targets, wanted)
        second = _step(shares(offsets + first), targets, wanted)
        plain, before = offsets + first + second, error
        offsets = _extrapolated(offsets, first, second, error <= TOLERANCE)
        found = shares(offsets)
        n_evaluations += 2
    return Inversion(offsets, True, float(error.max()), n_evaluations)


def _errors(
    found: Float[np.ndarray, "S M free"], targets: Float[np.ndarray, "S M free"]
) -> Float[np.ndarray, "S M"]:
    return np.abs(np.where(targets > 0.0, found - targets, 0.0)).max(axis=2)


def _step(
    found: Float[np.ndarray, "S M free"],
    targets: Float[np.ndarray, "S M free"],
    wanted: Float[np.ndarray, "S M free"],
) -> Float[np.ndarray, "S M free"]:
    step = wanted - np.log(np.maximum(found, _LEAST_SHARE))
    return np.where(targets > 0.0, np.clip(step, -_MOST_MOVE, _MOST_MOVE), 0.0)


def _extrapolated(
    offsets: Float[np.ndarray, "S M free"],
    first: Float[np.ndarray, "S M free"],
    second: Float[np.ndarray, "S M free"],
    is_done: Bool[np.ndarray, "S M"],
) -> Float[np.ndarray, "S M free"]:
    bend = second - first
    length = np.sqrt((first**2).sum(axis=2) / np.maximum((bend**2).sum(axis=2), 1e-300))
    a = np.clip(length, 1.0, _LONGEST_STEP)[:, :, None]
    moved = offsets + 2.0 * a * first + a**2 * bend
    return np.where(is_done[:, :, None], offsets, moved)
