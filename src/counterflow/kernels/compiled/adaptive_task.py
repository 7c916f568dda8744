"""Compiled loops of `kernels.adaptive_task`."""

import numba as nb
import numpy as np

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
            exps[r, c] = u
            top = max(top, u)
        for c in range(n_rows):
            # Shares of a task are ratios of these: far below the best product they are nothing.
            exps[r, c] = np.exp(max(exps[r, c] - top, -300.0))
            for d in range(c + 1):
                summed = 0.0
                for a in range(k):
                    summed += solved[c, a] * solved[d, a]
                grams[r, c, d] = summed
                grams[r, d, c] = summed


@nb.njit(cache=True, nogil=True)
def log_gain(task, gram, exps, shares, means, matrix):
    """Return by how much a task raises the log determinant of a draw's information."""
    n = task.shape[0]
    total = 0.0
    for i in range(n):
        shares[i] = exps[task[i]]
        total += shares[i]
    overall = 0.0
    for i in range(n):
        shares[i] /= total
    for i in range(n):
        means[i] = 0.0
        for j in range(n):
            means[i] += shares[j] * gram[task[i], task[j]]
    for i in range(n):
        overall += shares[i] * means[i]
    # Cholesky of I + Z M^-1 Z' in place.
    gain = 0.0
    for i in range(n):
        for j in range(i + 1):
            x = gram[task[i], task[j]] - means[i] - means[j] + overall
            x *= np.sqrt(shares[i] * shares[j])
            if i == j:
                x += 1.0
            for m in range(j):
                x -= matrix[i, m] * matrix[j, m]
            if i == j:
                x = max(x, 1e-300)
                matrix[i, i] = np.sqrt(x)
                gain += np.log(x)
            else:
                matrix[i, j] = x / matrix[j, j]
    return gain


@nb.njit(cache=True, nogil=True)
def mean_error(task, grams, exps, log_dets, weights, k, shares, means, matrix):
    """Return the posterior mean of the D-error after a task."""
    summed = 0.0
    for r in range(weights.shape[0]):
        gain = log_gain(task, grams[r], exps[r], shares, means, matrix)
        summed += weights[r] * np.exp(-(log_dets[r] + gain) / k)
    return summed


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
    n = task.shape[0]
    shares, means, matrix = np.empty(n), np.empty(n), np.empty((n, n))
    best = mean_error(task, grams, exps, log_dets, weights, k, shares, means, matrix)
    for _ in range(max_passes):
        is_better = False
        for place in range(n_places):
            kept = task[place]
            for c in range(n_candidates):
                if c == kept or not may_replace(task, place, c, n_places, may_stand, may_meet):
                    continue
                task[place] = c
                error = mean_error(task, grams, exps, log_dets, weights, k, shares, means, matrix)
                if error < best * (1.0 - 1e-9):
                    best, kept, is_better = error, c, True
            task[place] = kept
        if not is_better:
            break
    return best
