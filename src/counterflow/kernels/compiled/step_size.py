"""How step sizes learn from the proposals that were accepted."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import LOOP


@nb.njit(**LOOP)
def adapted(size, log_ratio, gain, best):
    """Return the step size after one more trial (Robbins and Monro 1951).

    It grows where the proposal would be accepted with more than probability `best`.
    """
    # A ratio that is not a number is a step into nowhere: as bad as one that is never taken.
    accepted = np.exp(min(log_ratio, 0.0)) if log_ratio > -700.0 else 0.0
    return min(max(size * np.exp(gain * (accepted - best)), 1e-4), 2.0)
