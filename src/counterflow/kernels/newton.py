"""Newton's method for a concave function, with steps halved until they rise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import LinAlgError, cho_factor, cho_solve


class Slope(NamedTuple):
    """A function at a point: its value, its gradient and minus its Hessian."""

    value: float
    gradient: Float[np.ndarray, " K"]
    information: Float[np.ndarray, "K K"]


class Maximum(NamedTuple):
    """Where Newton's method ended."""

    point: Float[np.ndarray, " K"]
    slope: Slope
    distance: float
    """The Newton decrement: how far away the maximum is, in standard errors."""
    n_iterations: int
    status: Literal["converged", "iteration_limit", "singular"]


def maximise_concave(
    slope_at: Callable[[Float[np.ndarray, " K"]], Slope],
    start: Float[np.ndarray, " K"],
    *,
    max_iterations: int,
    tolerance: float,
    after: Callable[[int, float], None] | None = None,
) -> Maximum:
    """Return the maximum of a concave function, or the point reached, with its status.

    `after` is told the iteration and the distance that is left.

    Notes
    -----
    A step solves information step = gradient, and is halved until the function rises. It ends
    where the decrement sqrt(gradient' information^-1 gradient) is at most `tolerance` (Boyd and
    Vandenberghe, Convex Optimization, 2004, sections 9.5.1 and 9.5.2). For a log-likelihood the
    decrement is the distance to the maximum in standard errors, whatever the units.

    Examples
    --------
    >>> def parabola(x):
    ...     return Slope(float(-((x - 3.0) ** 2).sum()), -2.0 * (x - 3.0), 2.0 * np.eye(1))
    >>> found = maximise_concave(parabola, np.zeros(1), max_iterations=9, tolerance=1e-9)
    >>> found.point, found.status, found.n_iterations
    (array([3.]), 'converged', 1)
    """
    point, slope, distance = start, slope_at(start), np.inf
    for iteration in range(max_iterations + 1):
        try:
            step = cho_solve(cho_factor(slope.information), slope.gradient)
        except LinAlgError:
            return Maximum(point, slope, distance, iteration, "singular")
        distance = float(np.sqrt(max(slope.gradient @ step, 0.0)))
        if after is not None:
            after(iteration, distance)
        if distance <= tolerance:
            return Maximum(point, slope, distance, iteration, "converged")
        if iteration < max_iterations:
            point, slope = _halved_until_it_rises(slope_at, point, slope, step)
    return Maximum(point, slope, distance, max_iterations, "iteration_limit")


def _halved_until_it_rises(
    slope_at: Callable[[Float[np.ndarray, " K"]], Slope],
    point: Float[np.ndarray, " K"],
    slope: Slope,
    step: Float[np.ndarray, " K"],
) -> tuple[Float[np.ndarray, " K"], Slope]:
    # Near the maximum the rise drowns in rounding; a fall of that size is none.
    floor = slope.value - 1e-12 * abs(slope.value)
    for _ in range(50):
        tried = slope_at(point + step)
        if tried.value >= floor:
            return point + step, tried
        step = step / 2.0
    return point, slope
