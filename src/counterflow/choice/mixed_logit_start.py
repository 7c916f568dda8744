"""Where the search for a mixed logit starts: from the multinomial logit, by a Laplace EM."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from counterflow.choice.mixed_likelihood import MixedLikelihood, inflation_for
from counterflow.choice.mixed_logit_parameters import MixedParameters
from counterflow.kernels.person_modes import normal_moments
from counterflow.kernels.trust_region import positive

MOST_ROUNDS = 40
CLOSE_ENOUGH = 1e-2
FIRST_SPREAD = 0.5
_LEAST_VARIANCE = 1e-4
_SIGNS = {
    "lognormal": 1.0,
    "negative lognormal": -1.0,
    "truncated normal": 1.0,
    "negative truncated normal": -1.0,
}


def first_guess(
    layout: MixedParameters, coefficients: Float[np.ndarray, " K"]
) -> Float[np.ndarray, " P"]:
    """Return parameters around the coefficients of a multinomial logit (of the scaled design)."""
    # Separated coefficients are endless: a start need not be.
    values = np.clip(coefficients, -4.0, 4.0)
    if layout.money >= 0:
        money = min(values[layout.money], -0.1)
        values = np.where(np.arange(len(values)) == layout.money, money, values / -money)
    mean = values.copy()
    factor = np.zeros((layout.n_means, len(layout.varying)))
    for d, k in enumerate(layout.varying):
        kind = layout.distributions[k]
        if kind in _SIGNS:
            size = max(_SIGNS[kind] * values[k], 0.1)
            is_logarithm = "log" in kind
            mean[k] = np.log(size) if is_logarithm else _SIGNS[kind] * size
            factor[k, d] = FIRST_SPREAD if is_logarithm else size
        else:
            factor[k, d] = 0.1 + FIRST_SPREAD * abs(values[k])
    return layout.theta_of(mean, np.zeros((layout.n_means, len(layout.covariates))), factor)


def spread_start(
    likelihood: MixedLikelihood, theta: Float[np.ndarray, " P"]
) -> Float[np.ndarray, " P"]:
    """Return means and covariance of normals after a few rounds of EM with Laplace posteriors.

    Notes
    -----
    The posterior of each unit is taken as normal, with the mode as its mean and the inverse of
    minus the Hessian as its covariance; means and covariance of the population follow as in any
    EM (Train 2009, section 14.3.2). It is biased where people answer little, and near enough to
    start from. Coefficients that are not normal, or lognormal, keep their first guess.
    """
    layout = likelihood.layout
    for _ in range(MOST_ROUNDS):
        likelihood.centre(theta)
        population = layout.population(theta)
        mean, factor = _updated(likelihood, population.mean, population.mixing.factor)
        new = layout.theta_of(mean, population.shifts, factor)
        change = np.abs((new - theta) * layout.slopes).max()
        theta = new
        if change < CLOSE_ENOUGH * np.abs(theta * layout.slopes).max():
            break
    return theta


def _updated(
    likelihood: MixedLikelihood,
    mean: Float[np.ndarray, " K"],
    factor: Float[np.ndarray, "K D"],
) -> tuple[Float[np.ndarray, " K"], Float[np.ndarray, "K D"]]:
    layout, varying = likelihood.layout, likelihood.layout.varying
    units = np.ones(likelihood.choices.sets.n_persons)
    first, second = normal_moments(likelihood.proposals, units, inflation_for(len(varying)))
    own = factor[varying]
    centre = own @ first
    covariance = own @ (second - np.outer(first, first)) @ own.T
    normal = np.array(
        [layout.distributions[k] in ("normal", "lognormal", "negative lognormal") for k in varying]
    )
    allowed = np.zeros((len(varying), len(varying)), dtype=bool)
    allowed[np.searchsorted(varying, layout.rows), layout.columns] = True
    allowed = (allowed | allowed.T) & np.outer(normal, normal)
    covariance = np.where(allowed, covariance, 0.0)
    diagonal = np.where(normal, np.maximum(np.diag(covariance), _LEAST_VARIANCE), 1.0)
    covariance[np.diag_indices(len(varying))] = diagonal
    root = np.linalg.cholesky(positive(covariance))
    new_mean, new_factor = mean.copy(), factor.copy()
    new_mean[varying[normal]] += centre[normal]
    for row, d in zip(layout.rows, layout.columns, strict=True):
        place = int(np.searchsorted(varying, row))
        if normal[place] and normal[d]:
            new_factor[row, d] = root[place, d]
    return new_mean, new_factor
