"""Compiled loops of `kernels.raking`."""

import numba as nb
import numpy as np


@nb.njit(cache=True, nogil=True)
def category_totals(categories, weights, totals):
    """Set totals[l] to the weight of those in category l."""
    totals[:] = 0.0
    for n in range(categories.shape[0]):
        if categories[n] >= 0:
            totals[categories[n]] += weights[n]


@nb.njit(cache=True, nogil=True)
def cut(weights, least, most):
    """Cut the weights to bounds relative to their mean, which moves as they are cut."""
    for _ in range(100):
        mean = weights.mean()
        is_cut = False
        for n in range(weights.shape[0]):
            # A hair of slack, or rounding would cut the same weight for ever.
            if weights[n] > most * mean * (1.0 + 1e-12):
                weights[n] = most * mean
                is_cut = True
            elif weights[n] < least * mean * (1.0 - 1e-12):
                weights[n] = least * mean
                is_cut = True
        if not is_cut:
            break


@nb.njit(cache=True, nogil=True)
def rake(categories, targets, least, most, tolerance, max_iterations, weights):
    """Fit the weights in place; return iterations and the largest deviation of a share."""
    n_margins, n_people = categories.shape
    totals = np.empty(targets.shape[1])
    deviation = np.inf
    for iteration in range(max_iterations + 1):
        deviation = 0.0
        for q in range(n_margins):
            category_totals(categories[q], weights, totals)
            answered = totals.sum()
            for c in range(totals.shape[0]):
                deviation = max(deviation, abs(totals[c] / answered - targets[q, c]))
        if deviation <= tolerance or iteration == max_iterations:
            return iteration, deviation
        for q in range(n_margins):
            category_totals(categories[q], weights, totals)
            answered = totals.sum()
            for c in range(totals.shape[0]):
                totals[c] = targets[q, c] * answered / totals[c] if totals[c] > 0.0 else 1.0
            for n in range(n_people):
                if categories[q, n] >= 0:
                    weights[n] *= totals[categories[q, n]]
        cut(weights, least, most)
    return max_iterations, deviation
