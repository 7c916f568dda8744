"""Compiled loops of `kernels.outside_option`."""

import math

import numba as nb


@nb.njit(cache=True, nogil=True)
def share_and_slope(constant, relative, weights):
    """Return the weighted mean of the logistic function of constant + relative, and its slope."""
    share = 0.0
    slope = 0.0
    for n in range(relative.shape[0]):
        x = constant + relative[n]
        # Each branch takes the exponential of a negative number, which cannot overflow.
        if x >= 0.0:
            p = 1.0 / (1.0 + math.exp(-x))
        else:
            e = math.exp(x)
            p = e / (1.0 + e)
        share += weights[n] * p
        slope += weights[n] * p * (1.0 - p)
    return share, slope


@nb.njit(cache=True, nogil=True)
def calibrated_constant(relative, weights, target, tolerance, max_steps):
    """Return the constant at which the share is `target`; Newton's method inside a bracket."""
    wanted = math.log(target / (1.0 - target))
    low = wanted - relative.max()
    high = wanted - relative.min()
    constant = 0.5 * (low + high)
    for _ in range(max_steps):
        share, slope = share_and_slope(constant, relative, weights)
        if abs(share - target) <= tolerance or low == high:
            break
        if share < target:
            low = constant
        else:
            high = constant
        # Far out the curve is flat and Newton overshoots: then the bracket is halved instead.
        step = constant + (target - share) / slope if slope > 0.0 else low
        constant = step if low < step < high else 0.5 * (low + high)
    return constant
