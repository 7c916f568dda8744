"""Sums of rows, each times its weight, for many sums at once: where a mixed logit spends its time.

Weights that are zero are left out beforehand: most attributes are 0 or 1, and most of those 0.
"""

import numba as nb

from counterflow.kernels.compiled.options import LOOP, VECTOR


@nb.njit(**LOOP)
def compress_rows(matrix, places, values, ends):
    """List the non-zero entries of each row: where they are, what they are, where a row ends."""
    m = 0
    for i in range(matrix.shape[0]):
        for k in range(matrix.shape[1]):
            value = matrix[i, k]
            places[m] = k
            values[m] = value
            # No branch to mispredict: a zero is overwritten by what follows.
            m += value != 0.0
        ends[i] = m


@nb.njit(**LOOP)
def compress_columns(matrix, places, values, ends):
    """List the non-zero entries of each column, with the sign changed."""
    m = 0
    for k in range(matrix.shape[1]):
        for i in range(matrix.shape[0]):
            value = matrix[i, k]
            places[m] = i
            values[m] = -value
            m += value != 0.0
        ends[k] = m


@nb.njit(**VECTOR)
def weighted_sums(initial, rows, places, values, ends, out):
    """Set each row of `out` to its initial value plus the listed rows, each times its weight."""
    n = out.shape[1]
    m = 0
    for i in range(out.shape[0]):
        count = ends[i] - m
        start = initial[i]
        # Four rows at a time: `out` is read and written once instead of four times.
        if count % 4 == 0:
            for r in range(n):
                out[i, r] = start
        elif count % 4 == 1:
            p, a = places[m], values[m]
            for r in range(n):
                out[i, r] = start + a * rows[p, r]
        elif count % 4 == 2:
            p, a, q, b = places[m], values[m], places[m + 1], values[m + 1]
            for r in range(n):
                out[i, r] = start + a * rows[p, r] + b * rows[q, r]
        else:
            p, a, q, b = places[m], values[m], places[m + 1], values[m + 1]
            s, c = places[m + 2], values[m + 2]
            for r in range(n):
                out[i, r] = start + a * rows[p, r] + b * rows[q, r] + c * rows[s, r]
        m += count % 4
        for _ in range(count // 4):
            p, a, q, b = places[m], values[m], places[m + 1], values[m + 1]
            s, c, t, d = places[m + 2], values[m + 2], places[m + 3], values[m + 3]
            for r in range(n):
                out[i, r] += (a * rows[p, r] + b * rows[q, r]) + (c * rows[s, r] + d * rows[t, r])
            m += 4
