"""Compiled loops of `kernels.hierarchical_bayes`: a Langevin step of every person."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import LOOP, REDUCE, VECTOR
from counterflow.kernels.compiled.panel import person_log_likelihood
from counterflow.kernels.compiled.philox import fill_normals, fill_words, uniform_of
from counterflow.kernels.compiled.small_matrices import (
    add_scaled,
    combine,
    dot,
    invert_lower,
    multiply,
)
from counterflow.kernels.compiled.step_size import adapted

ZERO = np.uint64(0)
# The share of proposals accepted at which steps go furthest (Roberts and Rosenthal 1998).
BEST_ACCEPTANCE = 0.574


@nb.njit(**LOOP)
def sweep_persons(panel, state, room, tuning, key, chain, sweep, gain):
    """Move every person by one Langevin step, and its step size if `gain` is above 0."""
    columns, offsets, starts, lanes, signs, signed = panel
    mean, factor, latents, log_likelihoods, gradients = state
    step_sizes, n_accepted = tuning.step_sizes, tuning.n_accepted
    informativeness, eigenvalues = tuning.informativeness, tuning.eigenvalues
    coefficients, odds, totals, words = room.coefficients, room.odds, room.totals, room.words
    matrices, vectors = room.matrices, room.vectors
    axes, axis_columns, back_columns = matrices[0], matrices[1], matrices[2]
    set_proposal_axes(factor, tuning.rotation, axes, axis_columns, back_columns)
    normals, centred, z, step, moved = (vectors[0], vectors[1], vectors[2], vectors[3], vectors[4])
    shrink, slope, new_slope, new_gradient = vectors[5], vectors[6], vectors[7], vectors[8]
    n_coefficients = mean.shape[0]
    n_words = (n_coefficients + 1) // 2

    for n in range(latents.shape[0]):
        begin, end, size = starts[n], starts[n + 1], step_sizes[n]
        fill_words(key, ZERO, np.uint64(n), sweep, chain, words[: n_words + 1])
        fill_normals(words[:n_words], normals)
        set_shrink(informativeness[n], eigenvalues, shrink)
        subtract(latents[n], mean, centred)
        combine(back_columns, centred, z)
        combine(axes, gradients[n], slope)
        log_density = log_likelihoods[n] - 0.5 * dot(z, z)
        langevin_step(size, shrink, normals, slope, z, step)
        combine(axis_columns, step, moved)
        add_scaled(1.0, latents[n], moved)
        new_log_likelihood = person_log_likelihood(
            columns[begin * n_coefficients : end * n_coefficients].reshape(
                n_coefficients, end - begin
            ),
            offsets[begin:end],
            lanes[n],
            moved,
            signs,
            signed,
            coefficients,
            odds,
            totals,
            new_gradient,
        )
        combine(axes, new_gradient, new_slope)
        whiten(shrink, z, new_slope)
        log_ratio = new_log_likelihood - 0.5 * dot(z, z) - log_density
        log_ratio += proposal_log_ratio(normals, slope, new_slope, size)
        if np.log(uniform_of(words[n_words])) < log_ratio:
            latents[n] = moved
            gradients[n] = new_gradient
            log_likelihoods[n] = new_log_likelihood
            if gain == 0.0:
                n_accepted[n] += 1
        if gain > 0.0:
            step_sizes[n] = adapted(size, log_ratio, gain, BEST_ACCEPTANCE)


@nb.njit(**LOOP)
def set_proposal_axes(factor, rotation, axes, axis_columns, back_columns):
    """Set what maps steps to latent values and, by columns, both that and its inverse.

    latent = mean + axes z with z standard normal over people, in directions along which the
    information of the average person is diagonal.
    """
    multiply(factor, rotation, axes)
    axis_columns[:] = axes.T
    inverse = np.empty_like(factor)
    invert_lower(factor, inverse)
    multiply(inverse.T.copy(), rotation, back_columns)


@nb.njit(**VECTOR)
def set_shrink(informativeness, eigenvalues, shrink):
    """Set the posterior standard deviation along each axis, of a person about as informative."""
    for k in range(shrink.shape[0]):
        shrink[k] = 1.0 / np.sqrt(1.0 + informativeness * eigenvalues[k])


@nb.njit(**VECTOR)
def subtract(a, b, out):
    """Set `out` to a - b."""
    for k in range(out.shape[0]):
        out[k] = a[k] - b[k]


@nb.njit(**VECTOR)
def whiten(shrink, z, slope):
    """Turn the slope of the log-likelihood into that of the posterior, in units of `shrink`."""
    for k in range(slope.shape[0]):
        slope[k] = shrink[k] * (slope[k] - z[k])


@nb.njit(**LOOP)
def langevin_step(size, shrink, normals, slope, z, step):
    """Whiten the slope, set the step along the axes, and take z there."""
    whiten(shrink, z, slope)
    for k in range(step.shape[0]):
        step[k] = shrink[k] * size * (0.5 * size * slope[k] + normals[k])
        z[k] += step[k]


@nb.njit(**REDUCE)
def proposal_log_ratio(normals, slope, new_slope, size):
    """Return the log density of the way back less that of the way there, of a Langevin step."""
    total = 0.0
    for k in range(normals.shape[0]):
        back = normals[k] + 0.5 * size * (slope[k] + new_slope[k])
        total += normals[k] * normals[k] - back * back
    return 0.5 * total
