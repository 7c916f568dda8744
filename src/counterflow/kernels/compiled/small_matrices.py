"""Products and factors of matrices with a few dozen rows, where a call into LAPACK costs more."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import LOOP, REDUCE, VECTOR


@nb.njit(**VECTOR)
def combine(rows, weights, out):
    """Set `out` to the sum of the rows, each times its weight."""
    for i in range(out.shape[0]):
        out[i] = 0.0
    add_combination(rows, weights, out)


@nb.njit(**VECTOR)
def add_combination(rows, weights, out):
    """Add to `out` each row times its weight."""
    n_rows = weights.shape[0]
    # Four rows at a time: `out` is read and written once instead of four times. Rows are not
    # sliced out: that takes longer than adding them up.
    for quarter in range(n_rows // 4):
        k = 4 * quarter
        a, b, c, d = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
        for i in range(out.shape[0]):
            out[i] += a * rows[k, i] + b * rows[k + 1, i] + c * rows[k + 2, i] + d * rows[k + 3, i]
    for k in range(n_rows - n_rows % 4, n_rows):
        a = weights[k]
        for i in range(out.shape[0]):
            out[i] += a * rows[k, i]


@nb.njit(**VECTOR)
def add_scaled(weight, vector, out):
    """Add weight times a vector to `out`."""
    for i in range(out.shape[0]):
        out[i] += weight * vector[i]


@nb.njit(**REDUCE)
def products(rows, vector, out):
    """Set `out` to the product of each row with the vector."""
    for k in range(rows.shape[0]):
        summed = 0.0
        for i in range(vector.shape[0]):
            summed += rows[k, i] * vector[i]
        out[k] = summed


@nb.njit(**LOOP)
def add_cross_products(a, b, out):
    """Add a' b to `out`: the sum over rows of outer products."""
    # By blocks of rows that stay in the first cache while the columns of a go over them.
    weights = np.empty(64)
    for begin in range(0, a.shape[0], 64):
        rows = b[begin : begin + 64]
        column = weights[: rows.shape[0]]
        for i in range(a.shape[1]):
            for n in range(rows.shape[0]):
                column[n] = a[begin + n, i]
            add_combination(rows, column, out[i])


@nb.njit(**REDUCE)
def dot(a, b):
    """Return the product of two vectors."""
    summed = 0.0
    for i in range(a.shape[0]):
        summed += a[i] * b[i]
    return summed


@nb.njit(**REDUCE)
def total(values):
    """Return the sum."""
    summed = 0.0
    for i in range(values.shape[0]):
        summed += values[i]
    return summed


@nb.njit(**VECTOR)
def centre(rows, mean, out):
    """Set each row of `out` to the row less the mean."""
    for n in range(rows.shape[0]):
        for k in range(mean.shape[0]):
            out[n, k] = rows[n, k] - mean[k]


@nb.njit(**LOOP)
def multiply(a, b, out):
    """Set `out` to the matrix product a b."""
    # b's rows weighted by a's: rows of `out` are contiguous sums of rows.
    for i in range(a.shape[0]):
        combine(b, a[i], out[i])


@nb.njit(**LOOP)
def cholesky(a, lower):
    """Set `lower` to the lower factor of a, or to NaN where a is not positive definite."""
    for i in range(a.shape[0]):
        for j in range(i + 1):
            total = a[i, j]
            for m in range(j):
                total -= lower[i, m] * lower[j, m]
            if i == j:
                lower[i, i] = np.sqrt(total)
            else:
                lower[i, j] = total / lower[j, j]
        lower[i, i + 1 :] = 0.0


@nb.njit(**LOOP)
def invert_lower(lower, inverse):
    """Set `inverse` to the inverse of a lower triangular matrix."""
    n = lower.shape[0]
    for i in range(n):
        inverse[i] = 0.0
        for j in range(i):
            # Rows of the inverse by forward substitution, again as sums of rows.
            for m in range(j + 1):
                inverse[i, m] -= lower[i, j] * inverse[j, m]
        for m in range(i):
            inverse[i, m] /= lower[i, i]
        inverse[i, i] = 1.0 / lower[i, i]
