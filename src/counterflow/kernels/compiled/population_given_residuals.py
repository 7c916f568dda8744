"""Compiled loops of `kernels.hierarchical_bayes`: the population moved with residuals held fixed.

Persons move along with their population, so their choices have a say in where it goes. Both moves
are Hamiltonian: a few leaps along the gradient, then accepted or not (Neal 2011).
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.elementary import exp
from counterflow.kernels.compiled.options import LOOP, VECTOR
from counterflow.kernels.compiled.panel import evaluate
from counterflow.kernels.compiled.philox import fill_normals, fill_words, uniform_of
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
    total,
)
from counterflow.kernels.compiled.step_size import adapted

ZERO = np.uint64(0)
# Counters of these moves lie above those of any person.
SCALE_MOVE = np.uint64(1 << 43)
FACTOR_MOVE = np.uint64(1 << 44)
LEAPS = 3
# The share of proposals accepted at which steps go furthest (Beskos et al., Bernoulli 19, 2013).
BEST_ACCEPTANCE = 0.651


@nb.njit(**LOOP)
def sweep_scales(panel, prior, state, room, tuning, key, chain, sweep, gain):
    """Move the mean, and each coefficient's spread by a factor, with correlations held fixed.

    latent[n, k] = mean[k] + exp(growth[k]) centred[n, k].
    """
    n_coefficients = state.mean.shape[0]
    momentum, chance = momentum_and_chance(2 * n_coefficients, key, SCALE_MOVE, sweep, chain, room)
    momentum = momentum.reshape(2, n_coefficients)
    mean, growth = state.mean.copy(), np.zeros(n_coefficients)
    slope, step = np.empty((2, n_coefficients)), np.empty(n_coefficients)
    precisions = diagonal_of_precision(state.factor)
    centre(state.latents, state.mean, room.centred)

    log_density = total(state.log_likelihoods) + scale_slope(
        prior, mean, growth, precisions, room.centred, state.gradients, tuning, slope
    )
    energy = 0.5 * dot(momentum.ravel(), momentum.ravel()) - log_density
    size = tuning.hamiltonian_steps[0]
    add_scaled_rows(0.5 * size, slope, momentum)
    for leap in range(LEAPS):
        products(tuning.population_root, momentum[0], step)
        add_scaled(size, step, mean)
        for k in range(n_coefficients):
            growth[k] += size * tuning.growth_root[k] * momentum[1, k]
        spread(mean, growth, room.centred, room.latents)
        evaluate(panel, room, room.latents, room.log_likelihoods, room.gradients)
        log_density = total(room.log_likelihoods) + scale_slope(
            prior, mean, growth, precisions, room.centred, room.gradients, tuning, slope
        )
        add_scaled_rows(size if leap + 1 < LEAPS else 0.5 * size, slope, momentum)
    log_ratio = energy - 0.5 * dot(momentum.ravel(), momentum.ravel()) + log_density

    if np.log(chance) < log_ratio:
        for k in range(n_coefficients):
            for j in range(k + 1):
                state.factor[k, j] *= exp(growth[k])
        accept(state, room, mean, tuning.n_hamiltonian_accepted, 0, gain)
    if gain > 0.0:
        tuning.hamiltonian_steps[0] = adapted(size, log_ratio, gain, BEST_ACCEPTANCE)


@nb.njit(**LOOP)
def scale_slope(prior, mean, growth, precisions, centred, gradients, tuning, slope):
    """Return the log prior density of mean and growth, and set the posterior's whitened slope.

    Of the covariance as in `factor_prior`; spreads are measured by their logarithms, and the
    determinant of the correlations does not change.
    """
    n_coefficients = mean.shape[0]
    raw = np.zeros((2, n_coefficients))
    add_sums(gradients, centred, raw[0], raw[1])
    log_density = mean_prior(prior, mean, raw[0])
    shape = 1.0 + 0.5 * prior.degrees
    for k in range(n_coefficients):
        half_precision = 0.5 * precisions[k] * np.exp(-2.0 * growth[k])
        rate = prior.scale_rate[k] + half_precision
        log_density -= prior.degrees * growth[k] + shape * np.log(rate)
        raw[1, k] = np.exp(growth[k]) * raw[1, k]
        raw[1, k] += 2.0 * shape * half_precision / rate - prior.degrees
        slope[1, k] = tuning.growth_root[k] * raw[1, k]
    combine(tuning.population_root, raw[0], slope[0])
    return log_density


@nb.njit(**LOOP)
def sweep_factor(panel, prior, state, room, tuning, key, chain, sweep, gain):
    """Move mean and factor, with the standardised persons held fixed.

    Row 0 of `rows` is the mean, row 1 + k column k of the factor: latent = (1, z')' rows.
    """
    n_coefficients = state.mean.shape[0]
    shape = (n_coefficients + 1, n_coefficients)
    momentum, chance = momentum_and_chance(
        shape[0] * shape[1], key, FACTOR_MOVE, sweep, chain, room
    )
    momentum = momentum.reshape(shape)
    rows, slope = np.empty(shape), np.empty(shape)
    rows[0] = state.mean
    rows[1:] = state.factor.T
    lower, inverse = state.factor.copy(), np.empty_like(state.factor)
    invert_lower(lower, inverse)
    centre(state.latents, state.mean, room.centred)
    multiply(room.centred, inverse.T.copy(), room.standardised[:, 1:])

    log_density = total(state.log_likelihoods) + factor_slope(
        prior, rows, lower, inverse, room.standardised, state.gradients, tuning, slope
    )
    energy = 0.5 * dot(momentum.ravel(), momentum.ravel()) - log_density
    size = tuning.hamiltonian_steps[1]
    add_scaled_rows(0.5 * size, slope, momentum)
    for leap in range(LEAPS):
        drift(size, tuning.population_root, momentum, rows)
        factor_of(rows[1:], lower)
        invert_lower(lower, inverse)
        multiply(room.standardised, rows, room.latents)
        evaluate(panel, room, room.latents, room.log_likelihoods, room.gradients)
        log_density = total(room.log_likelihoods) + factor_slope(
            prior, rows, lower, inverse, room.standardised, room.gradients, tuning, slope
        )
        add_scaled_rows(size if leap + 1 < LEAPS else 0.5 * size, slope, momentum)
    log_ratio = energy - 0.5 * dot(momentum.ravel(), momentum.ravel()) + log_density

    if np.log(chance) < log_ratio:
        state.factor[:] = lower
        accept(state, room, rows[0], tuning.n_hamiltonian_accepted, 1, gain)
    if gain > 0.0:
        tuning.hamiltonian_steps[1] = adapted(size, log_ratio, gain, BEST_ACCEPTANCE)


@nb.njit(**LOOP)
def factor_slope(prior, rows, lower, inverse, standardised, gradients, tuning, slope):
    """Return the log prior density of mean and factor, and set the posterior's whitened slope."""
    slope[0] = 0.0
    log_density = mean_prior(prior, rows[0], slope[0])
    log_density += factor_prior(prior, rows[1:], lower, inverse, slope[1:])
    add_cross_products(standardised, gradients, slope)
    row = np.empty(slope.shape[1])
    for k in range(slope.shape[0]):
        row[:] = slope[k]
        combine(tuning.population_root, row, slope[k])
    return log_density


@nb.njit(**LOOP)
def mean_prior(prior, mean, slope):
    """Return the log prior density of the mean, and add its gradient to the slope."""
    log_density = 0.0
    for k in range(mean.shape[0]):
        off = mean[k] - prior.mean[k]
        log_density -= 0.5 * prior.mean_precision[k] * off * off
        slope[k] -= prior.mean_precision[k] * off
    return log_density


@nb.njit(**LOOP)
def factor_prior(prior, columns, lower, inverse, slope):
    """Return the log prior density of a square factor, and set its gradient, both by columns.

    `lower` is the triangular factor of the same covariance and `inverse` its inverse.
    """
    n_coefficients = lower.shape[0]
    precision, scale = np.empty_like(lower), np.empty(n_coefficients)
    multiply(inverse.T.copy(), inverse, precision)
    # The covariance is inverse Wishart given its scale, which is exponential and is integrated
    # out: -(degrees + K + 1) / 2 log det, less (1 + degrees / 2) log(rate + precision / 2) for each
    # coefficient. A square factor with free rotation adds log det / 2, the volume of factors by
    # covariance.
    power, shape = prior.degrees + n_coefficients, 1.0 + 0.5 * prior.degrees
    log_density = 0.0
    for k in range(n_coefficients):
        rate = prior.scale_rate[k] + 0.5 * precision[k, k]
        log_density -= power * np.log(lower[k, k]) + shape * np.log(rate)
        scale[k] = shape / rate
    transposed_inverse, weighted = np.empty(n_coefficients), np.empty(n_coefficients)
    for j in range(n_coefficients):
        combine(precision, columns[j], transposed_inverse)
        for k in range(n_coefficients):
            weighted[k] = scale[k] * transposed_inverse[k]
        combine(precision, weighted, slope[j])
        add_scaled(-power, transposed_inverse, slope[j])
    return log_density


@nb.njit(**LOOP)
def momentum_and_chance(n, key, move, sweep, chain, room):
    """Return standard normals, and a uniform number to accept by."""
    momentum = np.empty(n)
    n_words = (n + 1) // 2
    fill_words(key, ZERO, move, sweep, chain, room.words[: n_words + 1])
    fill_normals(room.words[:n_words], momentum)
    return momentum, uniform_of(room.words[n_words])


@nb.njit(**LOOP)
def accept(state, room, mean, n_accepted, move, gain):
    """Take the persons of the proposal."""
    state.mean[:] = mean
    state.latents[:] = room.latents
    state.gradients[:] = room.gradients
    state.log_likelihoods[:] = room.log_likelihoods
    if gain == 0.0:
        n_accepted[move] += 1


@nb.njit(**LOOP)
def diagonal_of_precision(factor):
    """Return the diagonal of the inverse of the covariance."""
    inverse, diagonal = np.empty_like(factor), np.zeros(factor.shape[0])
    invert_lower(factor, inverse)
    for i in range(factor.shape[0]):
        for k in range(i + 1):
            diagonal[k] += inverse[i, k] * inverse[i, k]
    return diagonal


@nb.njit(**VECTOR)
def add_sums(gradients, centred, sums, moments):
    """Add up gradients, and gradients times centred values, over persons."""
    for n in range(gradients.shape[0]):
        for k in range(sums.shape[0]):
            sums[k] += gradients[n, k]
            moments[k] += gradients[n, k] * centred[n, k]


@nb.njit(**LOOP)
def spread(mean, growth, centred, latents):
    """Set latent values: the mean plus the centred values, grown."""
    factors = np.exp(growth)
    for n in range(latents.shape[0]):
        for k in range(mean.shape[0]):
            latents[n, k] = mean[k] + factors[k] * centred[n, k]


@nb.njit(**LOOP)
def drift(size, root, momentum, rows):
    """Move each row along its momentum."""
    step = np.empty(rows.shape[1])
    for k in range(rows.shape[0]):
        products(root, momentum[k], step)
        add_scaled(size, step, rows[k])


@nb.njit(**LOOP)
def factor_of(columns, lower):
    """Set the lower factor of the covariance that a square factor, given by columns, makes."""
    covariance = np.empty_like(lower)
    multiply(columns.T.copy(), columns, covariance)
    cholesky(covariance, lower)


@nb.njit(**LOOP)
def add_scaled_rows(weight, rows, out):
    """Add weight times each row to `out`."""
    for k in range(rows.shape[0]):
        add_scaled(weight, rows[k], out[k])
