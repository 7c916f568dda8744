"""Compiled loops of `kernels.shares`."""

import math

import numba as nb
import numpy as np


@nb.njit(cache=True, nogil=True)
def utilities(row_of_person, rows, offsets, out):
    """Set out[a] = rows[a] @ row_of_person + offsets[a] and return the largest."""
    top = -np.inf
    for a in range(rows.shape[0]):
        u = offsets[a]
        for k in range(rows.shape[1]):
            u += rows[a, k] * row_of_person[k]
        out[a] = u
        top = max(top, u)
    return top


@nb.njit(cache=True, nogil=True)
def mean_shares(part_worths, weights, rows, offsets, shares):
    """Add the weighted logit shares of all people to shares[m, a]."""
    exps = np.empty(rows.shape[1])
    for m in range(rows.shape[0]):
        for n in range(part_worths.shape[0]):
            # The largest exponent is 0, so that no exponential overflows.
            top = utilities(part_worths[n], rows[m], offsets[m], exps)
            total = 0.0
            for a in range(exps.shape[0]):
                exps[a] = math.exp(exps[a] - top)
                total += exps[a]
            scale = weights[n] / total
            for a in range(exps.shape[0]):
                shares[m, a] += scale * exps[a]


@nb.njit(cache=True, nogil=True)
def log_sums(part_worths, rows, offsets, sums):
    """Set sums[m, n] to the log of the sum of exp(utility) over the alternatives."""
    exps = np.empty(rows.shape[1])
    for m in range(rows.shape[0]):
        for n in range(part_worths.shape[0]):
            top = utilities(part_worths[n], rows[m], offsets[m], exps)
            if top == -np.inf:
                sums[m, n] = -np.inf
                continue
            total = 0.0
            for a in range(exps.shape[0]):
                total += math.exp(exps[a] - top)
            sums[m, n] = top + math.log(total)


@nb.njit(cache=True, nogil=True)
def candidate_odds(part_worths, columns, starts, margins, log_rest, ceiling, odds, earnings):
    """Set odds[n, c] and earnings[n, c] of each candidate for each person.

    `columns` is the design matrix transposed: the long axis is innermost, and vectorises.
    """
    utility = np.empty(columns.shape[1])
    for n in range(part_worths.shape[0]):
        utility[:] = -log_rest[n]
        for k in range(columns.shape[0]):
            for v in range(utility.shape[0]):
                utility[v] += columns[k, v] * part_worths[n, k]
        for c in range(starts.shape[0] - 1):
            total = 0.0
            earned = 0.0
            for v in range(starts[c], starts[c + 1]):
                e = math.exp(min(utility[v], ceiling))
                total += e
                earned += e * margins[v]
            n_variants = starts[c + 1] - starts[c]
            odds[n, c] = total / n_variants
            earnings[n, c] = earned / n_variants
