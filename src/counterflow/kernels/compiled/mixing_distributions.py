"""Distributions over people that are no function of a normal latent value alone.

Each is a quantile transform of the person's standard normal z, given a mean and a spread.
"""

import math

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import LOOP

NORMAL = 0
LOGNORMAL = 1
NEGATIVE_LOGNORMAL = 2
UNIFORM = 3
TRIANGULAR = 4
TRUNCATED = 5
NEGATIVE_TRUNCATED = 6

LEAST_SPREAD = 1e-9
LEAST_SLOPE = 1e-12
LEAST_TAIL = 1e-300


@nb.njit(**LOOP)
def own_transform(kind, mean, spread, z):
    """Return a coefficient x at z, and how it changes.

    That is (x, dx/dmean, (dx/dspread) / (dx/dmean), (d2x/dmean2) / (dx/dmean), dx/dz).

    Uniform on mean +- spread: x = mean + spread (2 Phi(z) - 1). Triangular on mean +- spread with
    its peak at the mean: the quantile at Phi(z). Truncated: below.
    """
    if kind == TRUNCATED:
        return truncated(mean, spread, z)
    if kind == NEGATIVE_TRUNCATED:
        x, by_mean, ratio, bend, by_z = truncated(-mean, spread, -z)
        return -x, by_mean, -ratio, -bend, by_z
    if kind == UNIFORM:
        shape, slope = 2.0 * lower_tail(z) - 1.0, 2.0 * density(z)
    else:
        root = np.sqrt(2.0 * max(lower_tail(-abs(z)), LEAST_TAIL))
        shape, slope = (root - 1.0 if z < 0.0 else 1.0 - root), density(z) / root
    return mean + spread * shape, 1.0, shape, 0.0, spread * slope


@nb.njit(**LOOP)
def truncated(mean, spread, z):
    """Return `own_transform` of a normal with mean and |spread|, cut off below zero.

    With s = |spread|, a = -mean / s and v the normal deviate behind x, x = mean + s v, the tails
    above agree: Phi(-v) = Phi(-z) Phi(-a). So with h = dv/da = Phi(-z) phi(a) / phi(v)

        dx/dmean = 1 - h,  dx/ds = v - h a,  d2x/dmean2 = h (v h - a) / s,

    and, because x is homogeneous of degree 1 in (mean, s), d2x/dmean ds = a d2x/dmean2 and
    d2x/ds2 = a^2 d2x/dmean2.
    """
    s = max(abs(spread), LEAST_SPREAD)
    a = -mean / s
    tail = lower_tail(-z)
    v = max(-quantile(max(tail * lower_tail(-a), LEAST_TAIL)), a)
    h = min(tail * np.exp(0.5 * (v - a) * (v + a)), 1.0)
    by_mean = max(1.0 - h, LEAST_SLOPE)
    by_spread = v - h * a
    if spread < 0.0:
        by_spread = -by_spread
    by_z = s * np.exp(0.5 * (v - z) * (v + z)) * lower_tail(-a)
    return mean + s * v, by_mean, by_spread / by_mean, h * (v * h - a) / (s * by_mean), by_z


@nb.njit(**LOOP)
def bend_direction(mean, spread):
    """Return (d2x/dmean dspread) / (d2x/dmean2) of a truncated normal."""
    a = -mean / max(abs(spread), LEAST_SPREAD)
    return a if spread >= 0.0 else -a


@nb.njit(**LOOP)
def lower_tail(z):
    """Return Phi(z), to full relative precision."""
    return 0.5 * math.erfc(-z * np.sqrt(0.5))


@nb.njit(**LOOP)
def density(z):
    """Return phi(z)."""
    return np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)


@nb.njit(**LOOP)
def quantile(p):
    """Return the standard normal quantile; relative error 1e-16 (Wichura 1988, AS 241, PPND16)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        above = 2.5090809287301226727e3
        above = above * r + 3.3430575583588128105e4
        above = above * r + 6.7265770927008700853e4
        above = above * r + 4.5921953931549871457e4
        above = above * r + 1.3731693765509461125e4
        above = above * r + 1.9715909503065514427e3
        above = above * r + 1.3314166789178437745e2
        above = above * r + 3.3871328727963666080e0
        below = 5.2264952788528545610e3
        below = below * r + 2.8729085735721942674e4
        below = below * r + 3.9307895800092710610e4
        below = below * r + 2.1213794301586595867e4
        below = below * r + 5.3941960214247511077e3
        below = below * r + 6.8718700749205790830e2
        below = below * r + 4.2313330701600911252e1
        return q * above / (below * r + 1.0)
    r = np.sqrt(-np.log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        above = 7.74545014278341407640e-4
        above = above * r + 2.27238449892691845833e-2
        above = above * r + 2.41780725177450611770e-1
        above = above * r + 1.27045825245236838258e0
        above = above * r + 3.64784832476320460504e0
        above = above * r + 5.76949722146069140550e0
        above = above * r + 4.63033784615654529590e0
        above = above * r + 1.42343711074968357734e0
        below = 1.05075007164441684324e-9
        below = below * r + 5.47593808499534494600e-4
        below = below * r + 1.51986665636164571966e-2
        below = below * r + 1.48103976427480074590e-1
        below = below * r + 6.89767334985100004550e-1
        below = below * r + 1.67638483018380384940e0
        below = below * r + 2.05319162663775882187e0
    else:
        r -= 5.0
        above = 2.01033439929228813265e-7
        above = above * r + 2.71155556874348757815e-5
        above = above * r + 1.24266094738807843860e-3
        above = above * r + 2.65321895265761230930e-2
        above = above * r + 2.96560571828504891230e-1
        above = above * r + 1.78482653991729133580e0
        above = above * r + 5.46378491116411436990e0
        above = above * r + 6.65790464350110377720e0
        below = 2.04426310338993978564e-15
        below = below * r + 1.42151175831644588870e-7
        below = below * r + 1.84631831751005468180e-5
        below = below * r + 7.86869131145613259100e-4
        below = below * r + 1.48753612908506148525e-2
        below = below * r + 1.36929880922735805310e-1
        below = below * r + 5.99832206555887937690e-1
    x = above / (below * r + 1.0)
    return -x if q < 0.0 else x
