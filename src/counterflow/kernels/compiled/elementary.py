"""Exponential, logarithm and sine without branches, so that loops over them vectorise.

Calls into the C library are scalar: in a loop over thirty utilities they cost more than all else.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.bits import bits_of, double_of
from counterflow.kernels.compiled.options import ELEMENT

# Adding 1.5 * 2**52 leaves the nearest integer in the lowest bits of the mantissa.
ROUNDER = 6755399441055744.0
ROUNDER_BITS = 0x4338000000000000
LOG2_E = 1.4426950408889634
# ln 2 in two parts: the first has so few bits that its product with an exponent is exact.
LN2_HIGH = 0.6931471803691238
LN2_LOW = 1.9082149292705877e-10
LN2 = 0.6931471805599453
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD

EXP_LIMIT = 300.0
"""Exponents are cut here: e**300 = 2e130, so that an exponential, a sum of many and the product of
two of them are all finite. As odds against a choice it stands for a probability of 5e-131."""


@nb.njit(**ELEMENT)
def exp(x):
    """Return e**x for x cut to [-300, 300]; relative error below 1e-13.

    Cody and Waite (Software Manual for the Elementary Functions, 1980, chapter 6): x = n ln 2 + r
    with |r| <= ln 2 / 2, then a Taylor polynomial of degree 11 in r and the exponent n by its bits.
    """
    x = min(max(x, -EXP_LIMIT), EXP_LIMIT)
    shifted = x * LOG2_E + ROUNDER
    n = shifted - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    p = 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return p * double_of((bits_of(shifted) + 1023) << 52)


@nb.njit(**ELEMENT)
def log(x):
    """Return ln x for a positive, normal x; error below 1e-13.

    x = 2**n m with m between sqrt(1/2) and sqrt(2), and ln m = 2 artanh((m - 1) / (m + 1)).
    """
    bits = bits_of(x)
    n = (bits - SQRT_HALF_BITS) >> 52
    m = double_of(bits - (n << 52))
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = 1.0 / 17.0
    p = p * z + 1.0 / 15.0
    p = p * z + 1.0 / 13.0
    p = p * z + 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z + 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z + 1.0 / 3.0
    p = p * z + 1.0
    return 2.0 * s * p + (double_of(n + ROUNDER_BITS) - ROUNDER) * LN2


@nb.njit(**ELEMENT)
def sine_and_cosine_of_turn(turn):
    """Return sine and cosine of 2 pi turn for |turn| <= 1/2; error below 1e-12.

    Taylor polynomials at a quarter of the angle, then twice the formulas of the double angle.
    """
    t = turn * (np.pi / 2.0)
    q = t * t
    s = 1.0 / 6227020800.0
    s = s * q - 1.0 / 39916800.0
    s = s * q + 1.0 / 362880.0
    s = s * q - 1.0 / 5040.0
    s = s * q + 1.0 / 120.0
    s = s * q - 1.0 / 6.0
    s = (s * q + 1.0) * t
    c = -1.0 / 87178291200.0
    c = c * q + 1.0 / 479001600.0
    c = c * q - 1.0 / 3628800.0
    c = c * q + 1.0 / 40320.0
    c = c * q - 1.0 / 720.0
    c = c * q + 1.0 / 24.0
    c = c * q - 0.5
    c = c * q + 1.0
    s, c = 2.0 * s * c, 1.0 - 2.0 * s * s
    return 2.0 * s * c, 1.0 - 2.0 * s * s
