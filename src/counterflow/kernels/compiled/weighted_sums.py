"""Sums of rows, each times its weight, for many sums at once: where a mixed logit spends its time.

Weights that are zero are left out beforehand: most attributes are 0 or 1, and most of those 0.
"""

import numba as nb

from counterflow.kernels.compiled.lanes import NARROW, WIDE, narrow_sum, wide_sum
from counterflow.kernels.compiled.options import LOOP


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


@nb.njit(**LOOP)
def weighted_sums(initial, rows, places, values, ends, out):
    """Set each row of `out` to its initial value plus the listed rows, each times its weight.

    Rows are a multiple of `NARROW` long.
    """
    n = out.shape[1]
    begin = 0
    for i in range(out.shape[0]):
        start, end, r = initial[i], ends[i], 0
        while r + WIDE <= n:
            wide_sum(start, rows, places, values, begin, end, out, i, r)
            r += WIDE
        while r < n:
            narrow_sum(start, rows, places, values, begin, end, out, i, r)
            r += NARROW
        begin = end
