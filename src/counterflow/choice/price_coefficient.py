"""The coefficient of money, by which utility becomes a sum of money."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import did_you_mean, one_of, quoted


def price_position(labels: Sequence[str], price: str) -> int:
    """Return where the coefficient of money stands; InputError if there is none of that label.

    Examples
    --------
    >>> price_position(("range", "price"), "price")
    1
    """
    if price not in labels:
        advice = did_you_mean(price, labels)
        raise InputError([Problem(one_of(labels), quoted(price), key="price", advice=advice)])
    return labels.index(price)


def price_coefficient(labels: Sequence[str], values: Float[np.ndarray, " P"], price: str) -> float:
    """Return the coefficient of money; InputError if there is none, or it does not deter.

    Examples
    --------
    >>> price_coefficient(("range", "price"), np.array([0.2, -0.5]), "price")
    -0.5
    """
    coefficient = float(values[price_position(labels, price)])
    if not coefficient < 0.0:
        expected = f"a coefficient of {price} below 0, so that utility has a price"
        raise InputError([Problem(expected, f"{coefficient:g}", key="price")])
    return coefficient
