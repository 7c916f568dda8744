"""Loops over one vector, compiled once for all who need them.

Numba's own assignments to slices carry checks of shapes, with their messages, into each caller.
"""

import numba as nb

from counterflow.kernels.compiled.options import REDUCE, VECTOR


@nb.njit(**VECTOR)
def fill(value, out):
    """Set every element to a value."""
    for r in range(out.shape[0]):
        out[r] = value


@nb.njit(**VECTOR)
def copy(vector, out):
    """Copy a vector."""
    for r in range(out.shape[0]):
        out[r] = vector[r]


@nb.njit(**VECTOR)
def scale(factor, out):
    """Multiply by a number."""
    for r in range(out.shape[0]):
        out[r] *= factor


@nb.njit(**VECTOR)
def multiply_by(vector, out):
    """Multiply element by element."""
    for r in range(out.shape[0]):
        out[r] *= vector[r]


@nb.njit(**VECTOR)
def subtract_product(a, b, out):
    """Subtract the product of two vectors element by element."""
    for r in range(out.shape[0]):
        out[r] -= a[r] * b[r]


@nb.njit(**REDUCE)
def largest(vector):
    """Return the largest element."""
    top = vector[0]
    for r in range(vector.shape[0]):
        top = max(top, vector[r])
    return top
