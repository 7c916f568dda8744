"""Estimates and intervals of what is computed from parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from counterflow.choice.inference.derivative import derivative
from counterflow.choice.parameter_estimates import CovarianceKind, ParameterEstimates

Computed = Callable[[Mapping[str, float]], float | Float[np.ndarray, " outcomes"]]
"""From parameters by label to one number, or to several."""

_STEP = 0.02
"""Step of differences, in standard errors."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FunctionEstimate:
    """What was computed from the parameters, and how sure it is."""

    values: Float[np.ndarray, " outcomes"]
    standard_errors: Float[np.ndarray, " outcomes"]
    low: Float[np.ndarray, " outcomes"]
    high: Float[np.ndarray, " outcomes"]
    level: float
    covariance: Float[np.ndarray, "outcomes outcomes"]
    method: str
    derivative_error: float = 0.0
    """By how much numeric derivatives may change a standard error, relative to it."""

    @property
    def value(self) -> float:
        """Return the estimate where there is one outcome; ValueError where there are more."""
        return float(self.values.item())

    @property
    def standard_error(self) -> float:
        """Return the standard error where there is one outcome."""
        return float(self.standard_errors.item())

    @property
    def interval(self) -> tuple[float, float]:
        """Return the ends of the interval where there is one outcome."""
        return float(self.low.item()), float(self.high.item())


def delta_method(
    estimates: ParameterEstimates,
    function: Computed,
    *,
    level: float = 0.9,
    kind: CovarianceKind | None = None,
) -> FunctionEstimate:
    """Return a function of the parameters with the standard error of the delta method.

    Parameters
    ----------
    estimates
        The parameters of a fitted model: `fitted.parameters`.
    function
        Takes parameters by label, returns a number or an array of them; smooth near the estimate.
    level
        Probability of the normal interval.
    kind
        Which covariance of the estimator; its default if absent.

    Notes
    -----
    Var f(b) = f'(b) V f'(b)' (Train 2009, section 3.5; Greene, Econometric Analysis, 7th ed. 2012,
    theorem 4.5). Derivatives are taken over a fiftieth of a standard error, by extrapolated
    differences; `derivative_error` says how exact they are.

    Examples
    --------
    >>> estimates = ParameterEstimates(labels=("time", "price"), values=np.array([-2.0, -4.0]),
    ...     covariances={"clustered": np.diag([0.16, 0.04])}, free_labels=("time", "price"))
    >>> worth = delta_method(estimates, lambda b: b["time"] / b["price"])

    Its variance is (0.4 / 4)^2 + (0.2 x 2 / 16)^2 = 0.010625:

    >>> worth.value, round(worth.standard_error**2, 9)
    (0.5, 0.010625)
    """
    by_position = _by_position(function, estimates)
    values = by_position(estimates.values)
    slope = derivative(by_position, estimates.values, _STEP * estimates.standard_errors(kind))
    covariance = slope.values @ estimates.covariance(kind) @ slope.values.T
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    reach = float(ndtri(0.5 + level / 2.0)) * errors
    off = slope.errors @ estimates.standard_errors(kind)
    return FunctionEstimate(
        values=values,
        standard_errors=errors,
        low=values - reach,
        high=values + reach,
        level=level,
        covariance=covariance,
        method="delta",
        derivative_error=float((off / np.where(errors > 0.0, errors, 1.0)).max(initial=0.0)),
    )


def krinsky_robb(
    estimates: ParameterEstimates,
    function: Computed,
    *,
    n_draws: int = 10_000,
    seed: int = 0,
    level: float = 0.9,
    kind: CovarianceKind | None = None,
) -> FunctionEstimate:
    """Return a function of the parameters with the quantiles of its values at draws of them.

    Parameters are as of `delta_method`. The interval need not be symmetric, so it suits ratios.

    Raises
    ------
    ValueError
        If the function is not finite at a draw.

    Notes
    -----
    Krinsky and Robb (Review of Economics and Statistics 68, 1986): draws from the normal
    distribution of the estimator. The standard error is that of the draws; a ratio whose
    denominator may be near zero has none, and then it grows with the number of draws.
    """
    by_position = _by_position(function, estimates)
    draws = np.array([by_position(row) for row in estimates.draws(n_draws, seed, kind)])
    if wrong := int((~np.isfinite(draws)).any(axis=1).sum()):
        raise ValueError(f"expected finite values, found others at {wrong} of {n_draws} draws")
    low, high = np.quantile(draws, [0.5 - level / 2.0, 0.5 + level / 2.0], axis=0)
    covariance = np.atleast_2d(np.cov(draws.T))
    return FunctionEstimate(
        values=by_position(estimates.values),
        standard_errors=np.sqrt(np.diag(covariance)),
        low=low,
        high=high,
        level=level,
        covariance=covariance,
        method="Krinsky-Robb",
    )


def _by_position(
    function: Computed, estimates: ParameterEstimates
) -> Callable[[Float[np.ndarray, " P"]], Float[np.ndarray, " outcomes"]]:
    labels = estimates.labels

    def outcomes(parameters: Float[np.ndarray, " P"]) -> Float[np.ndarray, " outcomes"]:
        by_label = dict(zip(labels, parameters.tolist(), strict=True))
        return np.atleast_1d(np.asarray(function(by_label), dtype=float))

    return outcomes
