"""Compiled loops of `kernels.hierarchical_bayes`: populations move with residuals held fixed.

Persons move along with their population, so their choices have a say in where it goes. Both moves
are Hamiltonian: a few leaps along the gradient, then accepted or not (Neal 2011). Components of a
mixture move at once and are accepted one by one: given who is of which, they share nothing.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.langevin_persons import transform
from counterflow.kernels.compiled.options import LOOP
from counterflow.kernels.compiled.panel import WIDTH, evaluate_tile
from counterflow.kernels.compiled.philox import fill_few_normals, fill_words, uniform_of
from counterflow.kernels.compiled.population_sums import (
    add_cross_products,
    shift_by_means,
)
from counterflow.kernels.compiled.small_matrices import (
    add_scaled,
    cholesky,
    combine,
    dot,
    invert_lower,
    multiply,
    products,
)
from counterflow.kernels.compiled.step_size import adapted
from counterflow.kernels.compiled.unowned import unowned

ZERO = np.uint64(0)
# Counters of these moves lie above those of any person.
MOVES = (1 << 43, 1 << 44)
OF_COMPONENT = 1 << 20
SCALES, FACTOR = 0, 1
LEAPS = 3
# The share of proposals accepted at which steps go furthest (Beskos et al., Bernoulli 19, 2013).
BEST_ACCEPTANCE = 0.651


@nb.njit(**LOOP)
def begin_move(kind, state, move, key, chain, sweep):
    """Set out from the present populations with fresh momentum.

    The first rows are means. Below them stand, if `kind` is SCALES, the logarithms of how much the
    spread of each coefficient grows; if it is FACTOR, the columns of a square factor.
    """
    state, move = unowned(state), unowned(move)
    n_components, n_covariates, k = state.means.shape
    n_rows = n_covariates + (1 if kind == SCALES else k)
    n_words = (n_rows * k + 1) // 2
    words = np.empty(n_words + 1, np.uint64)
    for c in range(n_components):
        unit = np.uint64(MOVES[kind] + c * OF_COMPONENT)
        fill_words(key, ZERO, unit, sweep, chain, words)
        fill_few_normals(words[:n_words], move.momentum[c, :n_rows].reshape(n_rows * k))
        move.chances[c] = uniform_of(words[n_words])
        move.rows[c, :n_covariates] = state.means[c]
        if kind == SCALES:
            move.rows[c, n_covariates] = 0.0
        else:
            move.rows[c, n_covariates:] = state.factors[c].T
        invert_lower(state.factors[c], move.inverses[c])


@nb.njit(**LOOP)
def evaluate_moved(panel, state, room, move, proposal, leap, first, last, sums, likelihoods):
    """Move the persons of tiles `first` to `last` along, with their likelihood there.

    Sets `sums` to the products of covariates and residuals with gradients, and the log-likelihood
    of each component; where nothing has moved yet, of the persons as they are. Only where the last
    leap ends is it noted where the persons are: memory, not arithmetic, is what takes long.
    """
    panel, state, room = unowned(panel), unowned(state), unowned(room)
    move, proposal = unowned(move), unowned(proposal)
    residual, turned = room.tiles[0], room.tiles[1]
    latents, gradients, log_likelihoods = room.tiles[2], room.tiles[3], room.vectors[0, :WIDTH]
    sums[:] = 0.0
    likelihoods[:] = 0.0
    for tile in range(first, last):
        covariates, members = panel.covariates[tile], state.members[tile]
        shift_by_means(state.latents[tile], covariates, members, -1.0, state.means, residual)
        if leap == 0:
            gradients, log_likelihoods = state.gradients[tile], state.log_likelihoods[tile]
        else:
            if leap == LEAPS:
                latents, gradients = proposal.latents[tile], proposal.gradients[tile]
                log_likelihoods = proposal.log_likelihoods[tile]
            transform(move.maps, members, residual, room.spare, turned)
            shift_by_means(turned, covariates, members, 1.0, move.means, latents)
            evaluate_tile(panel, room, tile, latents, log_likelihoods, gradients)
        add_cross_products(covariates, residual, gradients, members, room.rows, sums)
        for w in range(WIDTH):
            likelihoods[members[w]] += log_likelihoods[w]


@nb.njit(**LOOP)
def advance_move(kind, leap, prior, state, move, tuning, sums, likelihoods, gain):
    """Take the leap that follows `leap` earlier ones; after the last, accept it or not."""
    prior, state, move, tuning = unowned(prior), unowned(state), unowned(move), unowned(tuning)
    n_components, n_covariates, k = state.means.shape
    n_rows = n_covariates + (1 if kind == SCALES else k)
    for c in range(n_components):
        size, root = tuning.hamiltonian_steps[c, kind], tuning.population_roots[c]
        momentum, slope, rows = move.momentum[c, :n_rows], move.slope[c, :n_rows], move.rows[c]
        density = likelihoods[c] + mean_prior(prior, rows, sums[c], slope)
        if kind == SCALES:
            density += scale_slope(prior, rows, move.inverses[c], sums[c], slope)
            slope[n_covariates] *= tuning.growth_roots[c]
        else:
            density += factor_slope(prior, rows, move.inverses[c], sums[c], slope)
        whiten(root, n_covariates if kind == SCALES else n_rows, slope)
        if leap == 0:
            move.energies[c] = 0.5 * square(momentum) - density
        add_scaled_rows(size if 0 < leap < LEAPS else 0.5 * size, slope, momentum)
        if leap < LEAPS:
            drift(kind, size, root, tuning.growth_roots[c], momentum, rows)
            set_map(kind, rows, move.inverses[c], move.maps[c])
            move.means[c] = rows[:n_covariates]
        else:
            log_ratio = move.energies[c] - 0.5 * square(momentum) + density
            move.is_accepted[c] = np.log(move.chances[c]) < log_ratio
            if move.is_accepted[c]:
                take_population(kind, rows, n_covariates, state.means[c], state.factors[c])
            if gain > 0.0:
                tuning.hamiltonian_steps[c, kind] = adapted(size, log_ratio, gain, BEST_ACCEPTANCE)
            elif move.is_accepted[c]:
                tuning.n_hamiltonian_accepted[c, kind] += 1


@nb.njit(**LOOP)
def take_moved(state, move, proposal, first, last):
    """Let persons of tiles `first` to `last` follow where their component's move was accepted."""
    state, move, proposal = unowned(state), unowned(move), unowned(proposal)
    if not move.is_accepted.any():
        return
    for tile in range(first, last):
        for w in range(WIDTH):
            if move.is_accepted[state.members[tile, w]]:
                state.log_likelihoods[tile, w] = proposal.log_likelihoods[tile, w]
        for i in range(state.latents.shape[1]):
            for w in range(WIDTH):
                if move.is_accepted[state.members[tile, w]]:
                    state.latents[tile, i, w] = proposal.latents[tile, i, w]
                    state.gradients[tile, i, w] = proposal.gradients[tile, i, w]


@nb.njit(**LOOP)
def mean_prior(prior, rows, sums, slope):
    """Return the log prior density of means, and set the posterior's slope by them."""
    log_density = 0.0
    for q in range(prior.mean.shape[0]):
        for k in range(rows.shape[1]):
            off = rows[q, k] - prior.mean[q, k]
            log_density -= 0.5 * prior.mean_precision[q, k] * off * off
            slope[q, k] = sums[q, k] - prior.mean_precision[q, k] * off
    return log_density


@nb.njit(**LOOP)
def scale_slope(prior, rows, inverse, sums, slope):
    """Return the log prior density of the growth of spreads, and set the posterior's slope by it.

    Of the covariance as in `factor_slope`; spreads are measured by their logarithms, and the
    determinant of the correlations does not change.
    """
    q, log_density, shape = prior.mean.shape[0], 0.0, 1.0 + 0.5 * prior.degrees
    for k in range(rows.shape[1]):
        growth, precision = rows[q, k], dot(inverse[:, k], inverse[:, k])
        half_precision = 0.5 * precision * np.exp(-2.0 * growth)
        rate = prior.scale_rate[k] + half_precision
        log_density -= prior.degrees * growth + shape * np.log(rate)
        slope[q, k] = np.exp(growth) * sums[q + k, k]
        slope[q, k] += 2.0 * shape * half_precision / rate - prior.degrees
    return log_density


@nb.njit(**LOOP)
def factor_slope(prior, rows, inverse, sums, slope):
    """Return the log prior density of a square factor, and set the posterior's slope by columns."""
    q, k = prior.mean.shape[0], rows.shape[1]
    columns, lower, lower_inverse = rows[q:], np.empty((k, k)), np.empty((k, k))
    precision, scale = np.empty((k, k)), np.empty(k)
    factor_of(columns, lower)
    invert_lower(lower, lower_inverse)
    multiply(lower_inverse.T.copy(), lower_inverse, precision)
    # The covariance is inverse Wishart given its scale, which is exponential and is integrated
    # out: -(degrees + K + 1) / 2 log det, less (1 + degrees / 2) log(rate + precision / 2) for each
    # coefficient. A square factor with free rotation adds log det / 2, the volume of factors by
    # covariance.
    power, shape, log_density = prior.degrees + k, 1.0 + 0.5 * prior.degrees, 0.0
    for i in range(k):
        rate = prior.scale_rate[i] + 0.5 * precision[i, i]
        log_density -= power * np.log(lower[i, i]) + shape * np.log(rate)
        scale[i] = shape / rate
    transposed_inverse, weighted = np.empty(k), np.empty(k)
    # Standardised persons are the inverse of the factor they came with times their residuals.
    multiply(inverse, sums[q:, :k].copy(), slope[q:])
    for j in range(k):
        combine(precision, columns[j], transposed_inverse)
        for i in range(k):
            weighted[i] = scale[i] * transposed_inverse[i]
        add_scaled(-power, transposed_inverse, slope[q + j])
        combine(precision, weighted, transposed_inverse)
        add_scaled(1.0, transposed_inverse, slope[q + j])
    return log_density


@nb.njit(**LOOP)
def whiten(root, n, slope):
    """Turn the first n rows of a slope into units of the posterior's spread."""
    row = np.empty(slope.shape[1])
    for i in range(n):
        row[:] = slope[i]
        combine(root, row, slope[i])


@nb.njit(**LOOP)
def drift(kind, size, root, growth_root, momentum, rows):
    """Move each row along its momentum."""
    n_rows, k = momentum.shape
    n_whole = n_rows - 1 if kind == SCALES else n_rows
    step = np.empty(k)
    for i in range(n_whole):
        products(root, momentum[i], step)
        add_scaled(size, step, rows[i])
    if kind == SCALES:
        for i in range(k):
            rows[n_whole, i] += size * growth_root[i] * momentum[n_whole, i]


@nb.njit(**LOOP)
def set_map(kind, rows, inverse, out):
    """Set the matrix that takes residuals where the population takes them."""
    k = rows.shape[1]
    if kind == FACTOR:
        columns = rows[rows.shape[0] - k :]
        multiply(columns.T.copy(), inverse, out)
        return
    out[:] = 0.0
    for i in range(k):
        out[i, i] = np.exp(rows[rows.shape[0] - k, i])


@nb.njit(**LOOP)
def take_population(kind, rows, n_covariates, means, factor):
    """Set means and factor to where the move ended."""
    means[:] = rows[:n_covariates]
    if kind == FACTOR:
        factor_of(rows[n_covariates:], factor)
        return
    for i in range(factor.shape[0]):
        for j in range(i + 1):
            factor[i, j] *= np.exp(rows[n_covariates, i])


@nb.njit(**LOOP)
def factor_of(columns, lower):
    """Set the lower factor of the covariance that a square factor, given by columns, makes."""
    covariance = np.empty_like(lower)
    multiply(columns.T.copy(), columns, covariance)
    cholesky(covariance, lower)


@nb.njit(**LOOP)
def square(rows):
    """Return the sum of squares."""
    summed = 0.0
    for i in range(rows.shape[0]):
        summed += dot(rows[i], rows[i])
    return summed


@nb.njit(**LOOP)
def add_scaled_rows(weight, rows, out):
    """Add weight times each row to `out`."""
    for k in range(rows.shape[0]):
        add_scaled(weight, rows[k], out[k])
