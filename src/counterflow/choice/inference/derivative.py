"""Derivatives by differences, with what they are worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Derivative(NamedTuple):
    """First derivatives of some outcomes, and how far they may be off."""

    values: Float[np.ndarray, "outcomes P"]
    errors: Float[np.ndarray, "outcomes P"]


def derivative(
    function: Callable[[Float[np.ndarray, " P"]], Float[np.ndarray, " outcomes"]],
    point: Float[np.ndarray, " P"],
    steps: Float[np.ndarray, " P"],
) -> Derivative:
    """Return the derivative of a smooth function; zero along steps of zero.

    Notes
    -----
    Richardson extrapolation of central differences D(h): (4 D(h/2) - D(h)) / 3 is off by a term of
    order h^4 (Press et al., Numerical Recipes, 3rd ed. 2007, section 5.7). What it changes in
    D(h/2) bounds the error.

    Examples
    --------
    >>> found = derivative(lambda x: x**3, np.array([2.0]), np.array([0.01]))
    >>> round(float(found.values[0, 0]), 10)
    12.0
    """
    columns, errors = [], []
    for p, step in enumerate(steps):
        if step == 0.0:
            columns.append(np.zeros_like(function(point)))
            errors.append(columns[-1])
            continue
        wide, narrow = (_central(function, point, p, h) for h in (step, 0.5 * step))
        columns.append((4.0 * narrow - wide) / 3.0)
        errors.append(np.abs(columns[-1] - narrow))
    return Derivative(np.stack(columns, axis=1), np.stack(errors, axis=1))


def _central(
    function: Callable[[Float[np.ndarray, " P"]], Float[np.ndarray, " outcomes"]],
    point: Float[np.ndarray, " P"],
    p: int,
    h: float,
) -> Float[np.ndarray, " outcomes"]:
    ahead, behind = point.copy(), point.copy()
    ahead[p] += h
    behind[p] -= h
    # What the two points really lie apart: h is not a multiple of what floats can hold.
    return (function(ahead) - function(behind)) / (ahead[p] - behind[p])
