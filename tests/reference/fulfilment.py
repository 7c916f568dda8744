"""Orders served from stock, one offer of one draw at a time."""

import numpy as np


def fulfil(builds, demand, *, lost_share):
    """Return sales, stock, waiting and cancelled orders by draw, offer and period."""
    kept = [np.zeros(demand.shape) for _ in range(4)]
    for s, o in np.ndindex(demand.shape[:2]):
        stock = waiting = 0.0
        for t, (built, wanted) in enumerate(zip(builds[o], demand[s, o], strict=True)):
            cancelled = lost_share * waiting
            stock += built
            waiting += wanted - cancelled
            sold = min(stock, waiting)
            stock -= sold
            waiting -= sold
            for array, value in zip(kept, (sold, stock, waiting, cancelled), strict=True):
                array[s, o, t] = value
    return kept
