"""Compiled loops of `kernels.first_choices`."""

import numba as nb
import numpy as np


@nb.njit(cache=True, nogil=True)
def first_choices(part_worths, columns, starts, values, rest, advantage, earned, variant):
    """Set what each person thinks of each candidate, and which of its variants they would take.

    `columns` is the design matrix transposed: the long axis is innermost, and vectorises.
    """
    utility = np.empty(columns.shape[1])
    for n in range(part_worths.shape[0]):
        utility[:] = -rest[n]
        for k in range(columns.shape[0]):
            for v in range(utility.shape[0]):
                utility[v] += columns[k, v] * part_worths[n, k]
        for c in range(starts.shape[0] - 1):
            best = starts[c]
            for v in range(starts[c] + 1, starts[c + 1]):
                if utility[v] > utility[best]:
                    best = v
            advantage[n, c] = utility[best]
            earned[n, c] = values[best]
            variant[n, c] = best


@nb.njit(cache=True, nogil=True)
def taken(advantage, line, place):
    """Set the place in the line of what each person takes; -1 for nothing of it."""
    for n in range(advantage.shape[0]):
        best = np.float32(0.0)
        place[n] = -1
        for s in range(line.shape[0]):
            if advantage[n, line[s]] > best:
                best = advantage[n, line[s]]
                place[n] = s
