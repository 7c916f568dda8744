"""The transformation of Box and Cox, which lets the data say how utility bends."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

_SMALL = 1e-3


def box_cox(x: Float[np.ndarray, "*rows"], exponent: float) -> Float[np.ndarray, "*rows"]:
    """Return (x^lambda - 1) / lambda of numbers above 0; log(x) at lambda = 0.

    Notes
    -----
    Box and Cox, Journal of the Royal Statistical Society B 26, 1964, equation 1. Written as
    log(x) (e^u - 1) / u with u = lambda log(x), which has no gap at 0.

    Examples
    --------
    >>> box_cox(np.array([4.0]), 0.5), box_cox(np.array([4.0]), 1.0)
    (array([2.]), array([3.]))
    """
    logarithm = np.log(x)
    return logarithm * _growth(exponent * logarithm)


def box_cox_slopes(x: Float[np.ndarray, "*rows"], exponent: float) -> Float[np.ndarray, "*rows"]:
    """Return the derivative of `box_cox` in the exponent.

    Notes
    -----
    log(x)^2 (u e^u - e^u + 1) / u^2 with u = lambda log(x).

    Examples
    --------
    At lambda = 1 and x = e it is 1 x e - (e - 1) = 1:

    >>> box_cox_slopes(np.array([np.e]), 1.0)
    array([1.])
    """
    logarithm = np.log(x)
    u = exponent * logarithm
    near = np.abs(u) < _SMALL
    safe = np.where(near, 1.0, u)
    far = (safe * np.exp(safe) - np.expm1(safe)) / safe**2
    series = 0.5 + u * (1.0 / 3.0 + u * (0.125 + u / 30.0))
    return logarithm**2 * np.where(near, series, far)


def _growth(u: Float[np.ndarray, "*rows"]) -> Float[np.ndarray, "*rows"]:
    """Return (e^u - 1) / u, which is 1 at 0."""
    safe = np.where(u == 0.0, 1.0, u)
    return np.where(u == 0.0, 1.0, np.expm1(safe) / safe)
