"""Compiled loops of `kernels.hierarchical_bayes`: the population drawn given the persons."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import LOOP
from counterflow.kernels.compiled.philox import chi_square, fill_normals, fill_words
from counterflow.kernels.compiled.small_matrices import (
    add_cross_products,
    add_scaled,
    centre,
    cholesky,
    combine,
    dot,
    invert_lower,
    multiply,
    products,
)

ZERO = np.uint64(0)
# Counters of the population's draws lie above those of any person.
NORMALS = np.uint64(1 << 40)
CHI_SQUARES = 1 << 41
PRIOR_SCALES = 1 << 42


@nb.njit(**LOOP)
def sweep_population(prior, state, room, key, chain, sweep):
    """Draw mean and covariance of the population given the persons."""
    n_coefficients = state.latents.shape[1]
    normals = np.empty(n_coefficients + n_coefficients * n_coefficients)
    words = np.empty((normals.shape[0] + 1) // 2, np.uint64)
    fill_words(key, ZERO, NORMALS, sweep, chain, words)
    fill_normals(words, normals)
    draw_mean(prior, state, normals[:n_coefficients])
    draw_factor(prior, state, room, normals[n_coefficients:], key, chain, sweep)


@nb.njit(**LOOP)
def draw_mean(prior, state, normals):
    """Draw the mean given the covariance: normal prior times normal likelihood."""
    n_persons, n_coefficients = state.latents.shape
    inverse = np.empty((n_coefficients, n_coefficients))
    precision, root, root_inverse = inverse.copy(), inverse.copy(), inverse.copy()
    summed, half = np.zeros(n_coefficients), np.empty(n_coefficients)
    invert_lower(state.factor, inverse)
    multiply(inverse.T.copy(), inverse, precision)
    for n in range(n_persons):
        add_scaled(1.0, state.latents[n], summed)
    combine(precision, summed, half)
    for k in range(n_coefficients):
        half[k] += prior.mean_precision[k] * prior.mean[k]
    precision *= n_persons
    for k in range(n_coefficients):
        precision[k, k] += prior.mean_precision[k]
    cholesky(precision, root)
    invert_lower(root, root_inverse)
    products(root_inverse, half, summed)
    for k in range(n_coefficients):
        summed[k] += normals[k]
    combine(root_inverse, summed, state.mean)


@nb.njit(**LOOP)
def draw_factor(prior, state, room, normals, key, chain, sweep):
    """Draw the lower factor of the covariance given the mean: inverse Wishart.

    With S = C C' the prior scale plus the scatter of persons and B upper triangular with
    B B' ~ Wishart(degrees, I), the factor is C B'^-1 (Bartlett 1933): triangular as it comes.
    """
    n_persons, n_coefficients = state.latents.shape
    scatter = np.zeros((n_coefficients, n_coefficients))
    root, inverse, lower = scatter.copy(), scatter.copy(), scatter.copy()
    draw_scales(prior, state, key, chain, sweep, scatter)
    centre(state.latents, state.mean, room.centred)
    add_cross_products(room.centred, room.centred, scatter)
    cholesky(scatter, root)
    degrees = prior.degrees + n_persons
    for k in range(n_coefficients):
        unit = np.uint64(CHI_SQUARES + k)
        freedom = degrees - (n_coefficients - 1 - k)
        lower[k, k] = np.sqrt(chi_square(freedom, key, unit, sweep, chain))
        for j in range(k):
            lower[k, j] = normals[n_coefficients * k + j]
    invert_lower(lower, inverse)
    multiply(root, inverse, state.factor)


@nb.njit(**LOOP)
def draw_scales(prior, state, key, chain, sweep, out):
    """Draw the diagonal prior scale given the covariance: an exponential prior makes it gamma."""
    n_coefficients = state.factor.shape[0]
    inverse = np.empty_like(state.factor)
    invert_lower(state.factor, inverse)
    for k in range(n_coefficients):
        precision = dot(inverse[:, k], inverse[:, k])
        unit = np.uint64(PRIOR_SCALES + k)
        draw = 0.5 * chi_square(2.0 + prior.degrees, key, unit, sweep, chain)
        out[k, k] = draw / (prior.scale_rate[k] + 0.5 * precision)
