"""How coefficients of a mixed logit spread over people: moments, and coefficients of people."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from scipy.special import ndtr

from counterflow.choice.mixed_logit_parameters import MixedParameters
from counterflow.kernels.mixing import with_entries


class Moments(NamedTuple):
    """What a coefficient is over people, one entry a coefficient."""

    mean: Float[np.ndarray, " K"]
    sd: Float[np.ndarray, " K"]
    median: Float[np.ndarray, " K"]
    share_positive: Float[np.ndarray, " K"]


def moments(layout: MixedParameters, theta: Float[np.ndarray, " P"]) -> Moments:
    """Return the moments of the K coefficients where covariates are zero, in the data's units.

    In willingness-to-pay space they are of the willingness to pay, and of the price coefficient.

    Notes
    -----
    Lognormal: mean exp(m + v / 2), sd mean sqrt(exp(v) - 1). Uniform and triangular with span a:
    sd a / sqrt(3) and a / sqrt(6). Normal cut off at zero: Johnson, Kotz and Balakrishnan,
    Continuous Univariate Distributions 1, 1994, section 13.10.1.
    """
    spreads = [float(np.linalg.norm(row)) for row in _factor(layout, theta)]
    means = theta[: layout.n_means].tolist()
    found = map(_of_one, layout.distributions, means, spreads)
    return Moments(*(np.array(values, dtype=float) for values in zip(*found, strict=True)))


def covariance(layout: MixedParameters, theta: Float[np.ndarray, " P"]) -> Float[np.ndarray, "K K"]:
    """Return the covariance over people of the normals behind the coefficients: factor factor'."""
    factor = _factor(layout, theta)
    return factor @ factor.T


def _factor(layout: MixedParameters, theta: Float[np.ndarray, " P"]) -> Float[np.ndarray, "K D"]:
    """Return the factor in the units of the data."""
    return with_entries(layout.mixing, theta[layout.n_means + layout.n_shifts :]).factor


def _of_one(kind: str | None, m: float, spread: float) -> tuple[float, float, float, float]:
    """Return mean, sd, median and share above zero of one coefficient."""
    if kind is None or spread == 0.0:
        value = _at_once(kind, m)
        return value, 0.0, value, float(value > 0.0)
    if kind in ("lognormal", "negative lognormal"):
        sign = 1.0 if kind == "lognormal" else -1.0
        mean = float(np.exp(m + 0.5 * spread**2))
        sd = mean * float(np.sqrt(np.expm1(spread**2)))
        return sign * mean, sd, sign * float(np.exp(m)), float(sign > 0.0)
    if kind in ("truncated normal", "negative truncated normal"):
        ends = (-m / spread, np.inf) if kind == "truncated normal" else (-np.inf, -m / spread)
        cut = scipy.stats.truncnorm(*ends, loc=m, scale=spread)
        above = float(kind == "truncated normal")
        return float(cut.mean()), float(cut.std()), float(cut.median()), above
    if kind == "uniform":
        return m, spread / np.sqrt(3.0), m, float(np.clip(0.5 + 0.5 * m / spread, 0.0, 1.0))
    if kind == "triangular":
        return m, spread / np.sqrt(6.0), m, _triangular_above_zero(m / spread)
    return m, spread, m, float(ndtr(m / spread))


def _at_once(kind: str | None, m: float) -> float:
    if kind in ("lognormal", "negative lognormal"):
        return float(np.exp(m)) if kind == "lognormal" else -float(np.exp(m))
    return m


def _triangular_above_zero(m: float) -> float:
    """Return P(m + t > 0) for t triangular on [-1, 1] with its peak at 0."""
    below = 0.5 * np.square(np.clip(1.0 - abs(m), 0.0, 1.0))
    return float(1.0 - below if m > 0.0 else below)
