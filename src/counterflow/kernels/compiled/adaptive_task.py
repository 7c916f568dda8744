"""Compiled loops of `kernels.adaptive_task`."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled import elementary
from counterflow.kernels.compiled.options import REDUCE, VECTOR
from counterflow.kernels.compiled.small_matrices import cholesky


@nb.njit(cache=True, nogil=True)
def shares_of(utilities, shares):
    """Set shares to the choice probabilities of one task."""
    top = utilities.max()
    total = 0.0
    for j in range(utilities.shape[0]):
        shares[j] = np.exp(utilities[j] - top)
        total += shares[j]
    for j in range(utilities.shape[0]):
        shares[j] /= total


@nb.njit(cache=True, nogil=True)
def add_information(rows, shares, centred, information):
    """Add the information of one task: the covariance of its rows under the shares."""
    n_alternatives, k = rows.shape
    for a in range(k):
        mean = 0.0
        for j in range(n_alternatives):
            mean += shares[j] * rows[j, a]
        for j in range(n_alternatives):
            centred[j, a] = rows[j, a] - mean
    for j in range(n_alternatives):
        for a in range(k):
            weighted = shares[j] * centred[j, a]
            for b in range(a + 1):
                information[a, b] += weighted * centred[j, b]


@nb.njit(cache=True, nogil=True)
def prepare(draws, past_rows, past_offsets, rows, offsets, precision, grams, exps, log_dets):
    """Set for each draw what candidate rows are worth, and how they lie in its information."""
    # Draws come last in `grams` and `exps`: tasks are judged for all draws at once.
    n_draws, k = draws.shape
    n_tasks, n_alternatives = past_offsets.shape
    n_rows = rows.shape[0]
    information, lower = np.empty((k, k)), np.empty((k, k))
    centred, shares = np.empty((n_alternatives, k)), np.empty(n_alternatives)
    utilities, solved = np.empty(n_alternatives), np.empty((n_rows, k))
    for r in range(n_draws):
        information[:] = precision
        for t in range(n_tasks):
            for j in range(n_alternatives):
                utilities[j] = past_offsets[t, j]
                for a in range(k):
                    utilities[j] += past_rows[t, j, a] * draws[r, a]
            shares_of(utilities, shares)
            add_information(past_rows[t], shares, centred, information)
        cholesky(information, lower)
        log_dets[r] = 0.0
        for a in range(k):
            log_dets[r] += 2.0 * np.log(lower[a, a])
        top = -np.inf
        for c in range(n_rows):
            u = offsets[c]
            for a in range(k):
                u += rows[c, a] * draws[r, a]
                summed = rows[c, a]
                for b in range(a):
                    summed -= lower[a, b] * solved[c, b]
                solved[c, a] = summed / lower[a, a]
            exps[c, r] = u
            top = max(top, u)
        for c in range(n_rows):
            # Shares of a task are ratios of these: far below the best product they are nothing.
            exps[c, r] = elementary.exp(exps[c, r] - top)
            for d in range(c + 1):
                summed = 0.0
                for a in range(k):
                    summed += solved[c, a] * solved[d, a]
                grams[c, d, r] = summed
                grams[d, c, r] = summed


@nb.njit(**VECTOR)
def add(values, out):
    """Add the values."""
    for r in range(out.shape[0]):
        out[r] += values[r]


@nb.njit(**VECTOR)
def divide(values, by, out):
    """Set `out` to values over `by`."""
    for r in range(out.shape[0]):
        out[r] = values[r] / by[r]


@nb.njit(**VECTOR)
def add_product(a, b, out):
    """Add a times b."""
    for r in range(out.shape[0]):
        out[r] += a[r] * b[r]


@nb.njit(**VECTOR)
def centre(gram, mean, other_mean, overall, out):
    """Set `out` to inner products of rows less their mean."""
    for r in range(out.shape[0]):
        out[r] = gram[r] - mean[r] - other_mean[r] + overall[r]


@nb.njit(**VECTOR)
def add_inverse(values, out):
    """Add one over the values."""
    for r in range(out.shape[0]):
        out[r] += 1.0 / values[r]


@nb.njit(**VECTOR)
def eliminate(a, b, pivot, out):
    """Subtract a b over the pivot."""
    for r in range(out.shape[0]):
        out[r] -= a[r] * b[r] / pivot[r]


@nb.njit(**REDUCE)
def sum_errors(before, gains, power):
    """Return the sum of errors before the task, each less by its gain."""
    summed = 0.0
    for r in range(before.shape[0]):
        summed += before[r] * elementary.exp(-elementary.log(max(gains[r], 1e-280)) * power)
    return summed


@nb.njit(cache=True, nogil=True)
def mean_error(task, grams, exps, before, power, shares, means, sums, matrix):
    """Return the posterior mean of the D-error after a task; `before` holds weighted errors."""
    n = task.shape[0]
    total, overall, gains = sums[0], sums[1], sums[2]
    total[:] = 0.0
    for i in range(n):
        add(exps[task[i]], total)
    for i in range(n):
        divide(exps[task[i]], total, shares[i])
    overall[:] = 0.0
    for i in range(n):
        means[i, :] = 0.0
        for j in range(n):
            add_product(shares[j], grams[task[i], task[j]], means[i])
        add_product(shares[i], means[i], overall)
    # With S the shares and G the centred inner products, det(I + S G) = det(S) det(S^-1 + G).
    gains[:] = 1.0
    for i in range(n):
        for j in range(i + 1):
            centre(grams[task[i], task[j]], means[i], means[j], overall, matrix[i, j])
        add_inverse(shares[i], matrix[i, i])
    for m in range(n):
        for r in range(gains.shape[0]):
            gains[r] *= shares[m, r] * matrix[m, m, r]
        for i in range(m + 1, n):
            for j in range(m + 1, i + 1):
                eliminate(matrix[i, m], matrix[j, m], matrix[m, m], matrix[i, j])
    return sum_errors(before, gains, power)


@nb.njit(cache=True, nogil=True)
def may_replace(task, place, c, n_places, may_stand, may_meet):
    """Return whether candidate c may stand at a place beside the task's other products."""
    is_allowed = may_stand[place, c]
    for other in range(n_places):
        is_allowed &= other == place or may_meet[task[other], c]
    return is_allowed


@nb.njit(cache=True, nogil=True)
def exchange(
    task, n_places, n_candidates, grams, exps, log_dets, weights, k, may_stand, may_meet, max_passes
):
    """Exchange products of a task in place until none lowers the error; return the error."""
    n, n_draws = task.shape[0], weights.shape[0]
    shares, means = np.empty((n, n_draws)), np.empty((n, n_draws))
    sums, matrix = np.empty((3, n_draws)), np.empty((n, n, n_draws))
    before = weights * np.exp(-log_dets / k)
    best = mean_error(task, grams, exps, before, 1.0 / k, shares, means, sums, matrix)
    for _ in range(max_passes):
        is_better = False
        for place in range(n_places):
            kept = task[place]
            for c in range(n_candidates):
                if c == kept or not may_replace(task, place, c, n_places, may_stand, may_meet):
                    continue
                task[place] = c
                error = mean_error(task, grams, exps, before, 1.0 / k, shares, means, sums, matrix)
                if error < best * (1.0 - 1e-9):
                    best, kept, is_better = error, c, True
            task[place] = kept
        if not is_better:
            break
    return best
