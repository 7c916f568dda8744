"""The outside option's constant by a root finder of SciPy."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit


def calibrated_constants(relative, weights, *, share):
    def excess(constant, people):
        return weights @ expit(constant + people) - share

    return np.array([brentq(excess, -1e3, 1e3, args=(people,), xtol=1e-14) for people in relative])
