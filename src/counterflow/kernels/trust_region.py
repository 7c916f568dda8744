"""Maximise a smooth function within bounds: a trust-region method that learns the curvature.

The model of the curvature starts as what the caller knows. For a log-likelihood that is the outer
product of the persons' scores (Berndt, Hall, Hall and Hausman, Annals of Economic and Social
Measurement 3, 1974), near minus the Hessian at the maximum. It is then corrected by what the
gradient is seen to do (BFGS with Powell's damping), and near the end replaced by the exact one.
Nocedal and Wright, Numerical Optimization, 2nd ed. 2006, sections 4.3, 6.1, 16.7 and 18.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

LEAST_RATIO = 1e-4
"""A step is taken where the function rises by more than this share of what the model promised."""
NEAR = 0.1
"""Distance in standard errors below which the exact curvature replaces the one that was learnt."""
LEAST_RADIUS = 1e-11
_LEAST_CURVATURE = 1e-290
"""Below it numbers lose digits, and their inverses are none."""


class Value(NamedTuple):
    """A function at a point."""

    value: float
    gradient: Float[np.ndarray, " P"]
    guess_curvature: Callable[[], Float[np.ndarray, "P P"]]
    """Returns a guess at minus its Hessian; asked only at the start."""


class Bounds(NamedTuple):
    """Between which values each argument may lie; infinite where it is free."""

    lower: Float[np.ndarray, " P"]
    upper: Float[np.ndarray, " P"]

    @classmethod
    def none(cls, n: int) -> Bounds:
        """Return the bounds of `n` free arguments."""
        return cls(np.full(n, -np.inf), np.full(n, np.inf))


@dataclass(frozen=True, kw_only=True, eq=False)
class Maximum:
    """Where the search ended, and how."""

    x: Float[np.ndarray, " P"]
    value: float
    gradient: Float[np.ndarray, " P"]
    curvature: Float[np.ndarray, "P P"]
    """Minus the Hessian as far as it is known: exact if the caller could say it, else learnt."""
    held: Bool[np.ndarray, " P"]
    """Which arguments a bound holds back from rising further."""
    distance: float
    """sqrt(g' B^-1 g) over the arguments that are free to move: to the maximum, in units of
    1 / sqrt(curvature), which are standard errors where the function is a log-likelihood."""
    status: Literal["converged", "iteration_limit", "stalled", "stopped"]
    n_iterations: int
    n_evaluations: int


@dataclass(frozen=True, kw_only=True, eq=False)
class _State:
    x: Float[np.ndarray, " P"]
    here: Value
    model: Float[np.ndarray, "P P"]
    radius: float
    n_evaluations: int
    is_exact: bool = False


def maximise(
    function: Callable[[Float[np.ndarray, " P"]], Value],
    start: Float[np.ndarray, " P"],
    *,
    tolerance: float,
    max_iterations: int,
    bounds: Bounds | None = None,
    curvature: Float[np.ndarray, "P P"] | None = None,
    exact: Callable[[Float[np.ndarray, " P"]], Float[np.ndarray, "P P"]] | None = None,
    radius: float = 3.0,
    after: Callable[[int, float, float], bool | None] | None = None,
) -> Maximum:
    """Return a local maximum of `function`, or the point reached, with its status.

    Parameters
    ----------
    function
        Returns value, gradient and a guess at the curvature.
    start
        Where to begin; moved to within the bounds.
    tolerance
        The search ends at this `Maximum.distance`.
    max_iterations
        Steps, taken or refused, after which the search gives up.
    bounds
        Where the arguments may lie; anywhere if absent.
    curvature
        What is known of minus the Hessian at the start; `function`'s own guess if absent.
    exact
        Returns minus the Hessian; asked only near the maximum.
    radius
        Longest first step, in units of 1 / sqrt(curvature) of each argument.
    after
        Told the iteration, the value and the distance left; the search stops where it returns True.

    Examples
    --------
    A parabola with its top at 3, seen through a bound at 2:

    >>> def parabola(x):
    ...     return Value(-float((x[0] - 3.0) ** 2), -2.0 * (x - 3.0), lambda: np.eye(1))
    >>> found = maximise(parabola, np.zeros(1), tolerance=1e-9, max_iterations=20)
    >>> found.x.round(6), found.status
    (array([3.]), 'converged')
    >>> found = maximise(parabola, np.zeros(1), tolerance=1e-9, max_iterations=20,
    ...                  bounds=Bounds(np.array([-1.0]), np.array([2.0])))
    >>> found.x, found.held
    (array([2.]), array([ True]))
    """
    within = bounds or Bounds.none(len(start))
    x = np.clip(start, within.lower, within.upper)
    here = function(x)
    known = here.guess_curvature() if curvature is None else curvature
    state = _State(x=x, here=here, model=known, radius=radius, n_evaluations=1)
    status: Literal["converged", "iteration_limit", "stalled", "stopped"] = "iteration_limit"
    iteration, distance = 0, np.inf
    for iteration in range(max_iterations + 1):
        state, distance = _measured(state, within, exact, tolerance)
        if distance <= tolerance:
            status = "converged"
            break
        if state.radius < LEAST_RADIUS:
            status = "stalled"
            break
        if after is not None and after(iteration, state.here.value, distance):
            status = "stopped"
            break
        if iteration < max_iterations:
            learns_start = curvature is None and iteration < 2
            state = _moved(function, state, within, learns_start=learns_start)
    return Maximum(
        x=state.x,
        value=state.here.value,
        gradient=state.here.gradient,
        curvature=state.model,
        held=_held(state, within),
        distance=distance,
        status=status,
        n_iterations=iteration,
        n_evaluations=state.n_evaluations,
    )


def _measured(
    state: _State,
    bounds: Bounds,
    exact: Callable[[Float[np.ndarray, " P"]], Float[np.ndarray, "P P"]] | None,
    tolerance: float,
) -> tuple[_State, float]:
    """Return the state with its distance to the maximum; near it, with the exact curvature."""
    distance = _distance(state, bounds)
    if exact is not None and not state.is_exact and distance < max(NEAR, tolerance):
        state = replace(state, model=exact(state.x), is_exact=True)
        distance = _distance(state, bounds)
    return state, distance


def _distance(state: _State, bounds: Bounds) -> float:
    free = ~_held(state, bounds)
    gradient = state.here.gradient[free]
    if not gradient.size:
        return 0.0
    step = np.linalg.solve(positive(state.model[np.ix_(free, free)]), gradient)
    return float(np.sqrt(max(gradient @ step, 0.0)))


def _held(state: _State, bounds: Bounds) -> Bool[np.ndarray, " P"]:
    gradient = state.here.gradient
    at_lower = (state.x <= bounds.lower) & (gradient <= 0.0)
    at_upper = (state.x >= bounds.upper) & (gradient >= 0.0)
    return at_lower | at_upper


def _moved(
    function: Callable[[Float[np.ndarray, " P"]], Value],
    state: _State,
    bounds: Bounds,
    *,
    learns_start: bool,
) -> _State:
    """Return the state after one step was tried."""
    free = ~_held(state, bounds)
    model = positive(state.model[np.ix_(free, free)])
    scale = np.sqrt(np.diag(model))
    step = np.zeros(len(state.x))
    step[free] = longest_step(model, state.here.gradient[free], scale, state.radius)
    target = np.clip(state.x + step, bounds.lower, bounds.upper)
    step = target - state.x
    promise = state.here.gradient @ step - 0.5 * step[free] @ model @ step[free]
    there = function(target)
    rise = there.value - state.here.value
    # Near the maximum the rise drowns in rounding: there, a fall of that size is none.
    rounding = 1e-13 * abs(state.here.value)
    ratio = rise / promise if promise > rounding else float(rise >= -4.0 * rounding)
    is_finite = bool(np.isfinite(rise) and np.isfinite(there.gradient).all())
    length = float(np.linalg.norm(scale * step[free]))
    radius = state.radius
    if not is_finite or ratio < 0.25:
        radius = 0.25 * length
    elif ratio > 0.75 and length > 0.8 * radius:
        radius *= 2.0
    learnt, is_exact = state.model, state.is_exact
    if is_finite and not is_exact:
        learnt = corrected(learnt, step, state.here.gradient - there.gradient)
    n = state.n_evaluations + 1
    if not is_finite or ratio <= LEAST_RATIO:
        return replace(state, model=learnt, radius=radius, n_evaluations=n)
    if learns_start and not is_exact:
        learnt = there.guess_curvature()
    # An exact curvature belongs to its point; `_measured` asks for the next one.
    return _State(x=target, here=there, model=learnt, radius=radius, n_evaluations=n)


def longest_step(
    model: Float[np.ndarray, "F F"],
    gradient: Float[np.ndarray, " F"],
    scale: Float[np.ndarray, " F"],
    radius: float,
) -> Float[np.ndarray, " F"]:
    """Return the step that raises a concave quadratic most, of scaled length at most `radius`.

    Notes
    -----
    (B + shift D^2) step = g with the least shift >= 0 that makes |D step| <= radius, found by
    Newton's method on 1 / |D step|, which is nearly linear in the shift (Moré and Sorensen 1983;
    Nocedal and Wright 2006, algorithm 4.3).

    Examples
    --------
    >>> longest_step(np.eye(2), np.array([3.0, 4.0]), np.ones(2), 1.0).round(3)
    array([0.6, 0.8])
    """
    values, vectors = np.linalg.eigh(model / np.outer(scale, scale))
    values = np.maximum(values, 1e-12 * values[-1])
    pull = vectors.T @ (gradient / scale)
    shift = 0.0
    move = pull / values
    for _ in range(60):
        length = float(np.linalg.norm(move))
        if length <= radius * 1.001:
            break
        slope = -np.sum(move**2 / (values + shift)) / length
        shift -= (length - radius) / slope * (length / radius)
        move = pull / (values + shift)
    return (vectors @ move) / scale


def corrected(
    model: Float[np.ndarray, "P P"],
    step: Float[np.ndarray, " P"],
    bend: Float[np.ndarray, " P"],
) -> Float[np.ndarray, "P P"]:
    """Return the model that agrees with the fall of the gradient by `bend` along `step`.

    BFGS with Powell's damping, which keeps it positive definite (Nocedal and Wright 2006, 18.15).

    Examples
    --------
    >>> corrected(np.eye(2), np.array([1.0, 0.0]), np.array([4.0, 0.0]))
    array([[4., 0.],
           [0., 1.]])
    """
    ahead = model @ step
    size = step @ ahead
    if not size > 0.0:
        return model
    if step @ bend < 0.2 * size:
        share = 0.8 * size / (size - step @ bend)
        bend = share * bend + (1.0 - share) * ahead
    return model + np.outer(bend, bend) / (step @ bend) - np.outer(ahead, ahead) / size


def positive(model: Float[np.ndarray, "P P"]) -> Float[np.ndarray, "P P"]:
    """Return the model with a floor under its eigenvalues, so that every direction has an end.

    Directions that bend the wrong way bend the right way as much instead.

    Examples
    --------
    >>> positive(np.diag([4.0, -1.0])).round(3)
    array([[4., 0.],
           [0., 1.]])
    """
    if not model.size:
        return model
    sizes = np.abs(np.diag(model))
    # A direction that does not bend has no scale of its own; a tiny one would underflow.
    scale = np.sqrt(np.where(sizes > np.finfo(float).tiny, sizes, 1.0))
    values, vectors = np.linalg.eigh(model / np.outer(scale, scale))
    floor = 1e-10 * max(float(np.abs(values).max()), _LEAST_CURVATURE)
    if values[0] >= floor:
        return model
    mended = (vectors * np.maximum(np.abs(values), floor)) @ vectors.T
    return mended * np.outer(scale, scale)
