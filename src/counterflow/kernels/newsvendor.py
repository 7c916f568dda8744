"""The newsvendor: how much to order before the need is known, from draws of the need."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def critical_ratio(
    underage_cost: Float[np.ndarray, " P"], overage_cost: Float[np.ndarray, " P"]
) -> Float[np.ndarray, " P"]:
    """Return the probability with which an order should cover the need, 0 to 1.

    Both costs are per unit, in one currency, and not negative. Where both are 0 every order costs
    the same, and the ratio is 0: order nothing.

    Notes
    -----
    cu / (cu + co) (Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed. 2019, section
    4.3).

    Examples
    --------
    >>> critical_ratio(np.array([3.0, 0.0]), np.array([1.0, 0.0]))
    array([0.75, 0.  ])
    """
    total = underage_cost + overage_cost
    return np.divide(underage_cost, total, out=np.zeros_like(total), where=total > 0)


def newsvendor_quantity(
    needs: Float[np.ndarray, "S P"], ratio: Float[np.ndarray, " P"]
) -> Float[np.ndarray, " P"]:
    """Return the least order of each item that covers the need in a share `ratio` of the draws.

    It minimises the mean over the draws of cu (need - order)+ + co (order - need)+.

    Notes
    -----
    The generalised inverse of the empirical distribution, inf {q >= 0: F(q) >= ratio} (Snyder and
    Shen 2019, section 4.3). A ratio of 0 orders nothing, a ratio of 1 covers every draw.

    Examples
    --------
    Three of the four draws need 30 or less:

    >>> newsvendor_quantity(np.array([[30.0], [10.0], [40.0], [20.0]]), np.array([0.75]))
    array([30.])
    """
    n_draws = len(needs)
    n_covered = np.ceil(ratio * n_draws).astype(int)
    # Row 0 stands for covering no draw; needs are never negative, so it sorts first.
    ascending = np.vstack([np.zeros_like(needs[:1]), np.sort(needs, axis=0)])
    return np.take_along_axis(ascending, n_covered[None, :], axis=0)[0]


def expected_shortage(
    needs: Float[np.ndarray, "S P"], quantity: Float[np.ndarray, " P"]
) -> Float[np.ndarray, " P"]:
    """Return by how much the order falls short of the need, mean over the draws.

    Examples
    --------
    >>> expected_shortage(np.array([[10.0], [40.0]]), np.array([30.0]))
    array([5.])
    """
    return np.maximum(needs - quantity, 0.0).mean(axis=0)


def expected_excess(
    needs: Float[np.ndarray, "S P"], quantity: Float[np.ndarray, " P"]
) -> Float[np.ndarray, " P"]:
    """Return how much of the order is left over, mean over the draws.

    Examples
    --------
    >>> expected_excess(np.array([[10.0], [40.0]]), np.array([30.0]))
    array([10.])
    """
    return np.maximum(quantity - needs, 0.0).mean(axis=0)
