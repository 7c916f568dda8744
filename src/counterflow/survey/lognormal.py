"""Lognormal draws of a stated mean and standard deviation."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from counterflow.domain.survey import Spread


def lognormal(spread: Spread, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Return lognormal draws with the mean and standard deviation of `spread`, of its sign.

    Notes
    -----
    m = exp(mu + s^2/2) and sd^2 = (exp(s^2) - 1) m^2 give s^2 = ln(1 + sd^2/m^2) and
    mu = ln m - s^2/2 (Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 1,
    2nd ed., 1994, chapter 14).

    Examples
    --------
    >>> lognormal(Spread(mean=-2.0, sd=0.0), np.array([1.3]))
    array([-2.])
    """
    m = abs(spread.mean)
    variance = np.log1p((spread.sd / m) ** 2)
    size = np.exp(np.log(m) - variance / 2.0 + np.sqrt(variance) * z)
    return np.copysign(size, spread.mean)
