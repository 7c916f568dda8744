"""Compiled loops of `kernels.line_search`.

Small functions on one row, never inlined and without checks for division by zero, vectorise; the
same arithmetic written as one loop over two dimensions took eight times as long.
"""

import numba as nb
import numpy as np


@nb.njit(cache=True, nogil=True)
def add_to_line(odds, earnings, line, line_odds, line_earnings):
    """Add the odds and earnings of each candidate of the line to those of each person."""
    for n in range(odds.shape[0]):
        for i in range(line.shape[0]):
            line_odds[n] += odds[n, line[i]]
            line_earnings[n] += earnings[n, line[i]]


@nb.njit(cache=True, nogil=True)
def contribution(weights, line_odds, line_earnings):
    """Return what a line earns from all people."""
    total = 0.0
    for n in range(weights.shape[0]):
        total += weights[n] * line_earnings[n] / (1.0 + line_odds[n])
    return total


@nb.njit(cache=True, nogil=True, error_model="numpy")
def contributions_with(odds, earnings, weights, line_odds, line_earnings, first, out):
    """Set out[c] to what the line earns with candidate c as well, from candidate `first` on."""
    # People are outermost: each candidate is a sum of its own, so the inner loop vectorises
    # without reordering a sum, and gives the same digits on any width of machine.
    out[:] = 0.0
    for n in range(odds.shape[0]):
        _add_person(
            odds[n, first:],
            earnings[n, first:],
            weights[n],
            1.0 + line_odds[n],
            line_earnings[n],
            out[first:],
        )


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="never")
def _add_person(odds, earnings, weight, line_odds, line_earnings, out):
    for c in range(odds.shape[0]):
        # Kept in single precision, computed in double: half the memory, all of the accuracy.
        earned = line_earnings + np.float64(earnings[c])
        out[c] += weight * earned / (line_odds + np.float64(odds[c]))
