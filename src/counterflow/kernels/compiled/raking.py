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
def cut_total(weights, factor, floor, ceiling):
    """Return the sum of the weights times a factor, cut to bounds."""
    total = 0.0
    for n in range(weights.shape[0]):
        total += min(max(factor * weights[n], floor), ceiling)
    return total


@nb.njit(cache=True, nogil=True)
def cut(weights, least, most):
    """Cut the weights to bounds relative to their mean; the others make up for what is cut."""
    total = weights.sum()
    floor, ceiling = least * total / weights.shape[0], most * total / weights.shape[0]
    if weights.min() >= floor and weights.max() <= ceiling:
        return
    # The cut sum rises with the factor: bisect for the one that keeps the sum.
    low, high = 0.0, 1.0
    while cut_total(weights, high, floor, ceiling) < total * (1.0 - 1e-12) and high < 1e300:
        high *= 2.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if cut_total(weights, middle, floor, ceiling) < total:
            low = middle
        else:
            high = middle
    for n in range(weights.shape[0]):
        weights[n] = min(max(high * weights[n], floor), ceiling)


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
