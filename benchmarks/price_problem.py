"""Two firms that set the prices of five products each: the same problem for us and for peers.

Numbers by formula, not drawn, so that they are the same with any version of any library. Only the
standard library and NumPy, so that the peers' environments can import it.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

N_PRODUCTS = 10
PRICE, PRICE_SD = -1.2, 0.2
QUALITY, QUALITY_SD = 1.5, 0.8
"""Mean and standard deviation over buyers of each coefficient, normal and independent."""

FIRMS = np.arange(N_PRODUCTS) // 5
QUALITIES = 1.0 + 0.15 * (7 * np.arange(N_PRODUCTS) % 10)
COSTS = 1.0 + 0.12 * (3 * np.arange(N_PRODUCTS) % 10)


def tastes(n_buyers: int) -> np.ndarray:
    """Return two standard normals of each buyer, an evenly spread set of points (buyers, 2)."""
    first = (np.arange(n_buyers) + 0.5) / n_buyers
    # Multiples of the golden ratio, less whole numbers, lie as evenly as one sequence can.
    second = (first * n_buyers * (5**0.5 - 1.0) / 2.0) % 1.0
    quantile = NormalDist().inv_cdf
    return np.array([[quantile(u), quantile(v)] for u, v in zip(first, second, strict=True)])


def coefficients(n_buyers: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each buyer's coefficients of price and of quality."""
    z = tastes(n_buyers)
    return PRICE + PRICE_SD * z[:, 0], QUALITY + QUALITY_SD * z[:, 1]
