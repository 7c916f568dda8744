"""Fulfilment: orders served from stock, waiting orders that are cancelled, stock that waits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Fulfilment(NamedTuple):
    """What happened in each draw, to each offer, in each period (vehicles).

    `stock` and `waiting` are counted at the end of the period, before any waiting order is
    cancelled; `cancelled` are the orders that waited through the period before and gave up.
    """

    sales: Float[np.ndarray, "S O Q"]
    stock: Float[np.ndarray, "S O Q"]
    waiting: Float[np.ndarray, "S O Q"]
    cancelled: Float[np.ndarray, "S O Q"]


def fulfil(
    builds: Float[np.ndarray, "O Q"],
    demand: Float[np.ndarray, "S O Q"],
    *,
    lost_share: float,
) -> Fulfilment:
    """Return sales, stock and waiting orders when every vehicle goes to an order at once.

    A share `lost_share` of the orders that waited through a period is cancelled at its end; the
    rest wait with the new orders for the stock and the builds of the next.

    Notes
    -----
    With builds b, demand d, sales x, stock y, waiting orders w and lost share l:

        x[q] = min(b[q] + y[q-1], d[q] + (1 - l) w[q-1])
        y[q] = b[q] + y[q-1] - x[q]
        w[q] = d[q] + (1 - l) w[q-1] - x[q]

    Serving at once is the best that can be done for one offer: a sale earns the same whenever it
    is made, and waiting only adds cost and cancellations.

    Examples
    --------
    Ten wanted at once, six built in each of two periods, half of those who wait give up: six are
    served, two of four give up, the other two are served, four vehicles are left.

    >>> done = fulfil(np.array([[6.0, 6.0]]), np.array([[[10.0, 0.0]]]), lost_share=0.5)
    >>> done.sales, done.stock, done.cancelled
    (array([[[6., 2.]]]), array([[[0., 4.]]]), array([[[0., 2.]]]))
    """
    sales, stock, waiting, cancelled = (np.zeros_like(demand) for _ in range(4))
    held = np.zeros(demand.shape[:2])
    queue = np.zeros(demand.shape[:2])
    for q in range(demand.shape[2]):
        cancelled[:, :, q] = lost_share * queue
        ready = held + builds[:, q]
        wanted = queue - cancelled[:, :, q] + demand[:, :, q]
        sales[:, :, q] = np.minimum(ready, wanted)
        held, queue = ready - sales[:, :, q], wanted - sales[:, :, q]
        stock[:, :, q], waiting[:, :, q] = held, queue
    return Fulfilment(sales, stock, waiting, cancelled)
