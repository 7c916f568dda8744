"""Symmetric matrices, of which loops add up the lower half alone."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def from_lower_half(lower: Float[np.ndarray, "K K"]) -> Float[np.ndarray, "K K"]:
    """Return the symmetric matrix of which this is the lower half; the upper is not looked at.

    Examples
    --------
    >>> from_lower_half(np.array([[1.0, 9.0], [2.0, 3.0]]))
    array([[1., 2.],
           [2., 3.]])
    """
    return np.tril(lower) + np.tril(lower, -1).T
