"""Compiled loops of `kernels.hierarchical_bayes`: populations are drawn given persons."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.langevin_persons import multiply_tile
from counterflow.kernels.compiled.options import LOOP
from counterflow.kernels.compiled.panel import WIDTH
from counterflow.kernels.compiled.philox import (
    chi_square,
    fill_few_normals,
    fill_words,
    fill_words_of_units,
    uniform_of,
)
from counterflow.kernels.compiled.population_sums import shift_by_one
from counterflow.kernels.compiled.small_matrices import (
    add_scaled,
    cholesky,
    combine,
    dot,
    invert_lower,
    multiply,
    products,
)
from counterflow.kernels.compiled.unowned import unowned

ZERO = np.uint64(0)
# Counters of the population's draws lie above those of any person, and of components apart.
NORMALS = 1 << 40
CHI_SQUARES = 1 << 41
PRIOR_SCALES = 1 << 42
SHARES = 1 << 45
MEMBERS = np.uint64(1 << 32)
OF_COMPONENT = 1 << 20


@nb.njit(**LOOP)
def draw_populations(prior, state, sums, key, chain, sweep):
    """Draw means, factor and share of each component given its persons.

    `sums[c]` has the products of covariates and residuals from the present means, lower half.
    """
    prior, state = unowned(prior), unowned(state)
    n_components, n_covariates, k = state.means.shape
    normals = np.empty(n_covariates * k + k * k)
    words = np.empty((normals.shape[0] + 1) // 2, np.uint64)
    shift = np.empty((n_covariates, k))
    for c in range(n_components):
        fill_words(key, ZERO, np.uint64(NORMALS + c * OF_COMPONENT), sweep, chain, words)
        fill_few_normals(words, normals)
        draw_means(prior, state.means[c], state.factors[c], sums[c], normals, shift)
        draw_factor(
            prior,
            state.factors[c],
            sums[c],
            shift,
            normals[n_covariates * k :],
            key,
            c * OF_COMPONENT,
            chain,
            sweep,
        )
    if n_components > 1:
        draw_shares(prior, state.shares, sums, key, chain, sweep)


@nb.njit(**LOOP)
def draw_means(prior, means, factor, sums, normals, shift):
    """Draw the mean and the slope by each covariate given the covariance, one after the other.

    Normal prior times normal likelihood. `shift` is set to how far each moved.
    """
    n_covariates, k = means.shape
    inverse = np.empty((k, k))
    precision, posterior, root = inverse.copy(), inverse.copy(), inverse.copy()
    root_inverse = inverse.copy()
    summed, half = np.empty(k), np.empty(k)
    invert_lower(factor, inverse)
    multiply(inverse.T.copy(), inverse, precision)
    shift[:] = 0.0
    for q in range(n_covariates):
        summed[:] = sums[n_covariates:, q]
        for p in range(q):
            add_scaled(-sums[q, p], shift[p], summed)
        combine(precision, summed, half)
        posterior[:] = precision * sums[q, q]
        for i in range(k):
            half[i] -= prior.mean_precision[q, i] * (means[q, i] - prior.mean[q, i])
            posterior[i, i] += prior.mean_precision[q, i]
        cholesky(posterior, root)
        invert_lower(root, root_inverse)
        products(root_inverse, half, summed)
        for i in range(k):
            summed[i] += normals[q * k + i]
        combine(root_inverse, summed, shift[q])
        add_scaled(1.0, shift[q], means[q])


@nb.njit(**LOOP)
def draw_factor(prior, factor, sums, shift, normals, key, unit, chain, sweep):
    """Draw the lower factor of the covariance given the means: inverse Wishart.

    With S = C C' the prior scale plus the scatter of persons and B upper triangular with
    B B' ~ Wishart(degrees, I), the factor is C B'^-1 (Bartlett 1933): triangular as it comes.
    """
    n_covariates, k = shift.shape
    scatter = np.zeros((k, k))
    root, inverse, lower = scatter.copy(), scatter.copy(), scatter.copy()
    draw_scales(prior, factor, key, unit, chain, sweep, scatter)
    for i in range(k):
        for j in range(i + 1):
            # Residuals from the new means: products of r - shift' w with one another.
            scatter[i, j] += sums[n_covariates + i, n_covariates + j]
            for q in range(n_covariates):
                scatter[i, j] -= shift[q, i] * sums[n_covariates + j, q]
                scatter[i, j] -= shift[q, j] * sums[n_covariates + i, q]
                for p in range(n_covariates):
                    product = sums[max(p, q), min(p, q)]
                    scatter[i, j] += shift[q, i] * shift[p, j] * product
    cholesky(scatter, root)
    degrees = prior.degrees + sums[0, 0]
    for i in range(k):
        freedom = degrees - (k - 1 - i)
        place = np.uint64(CHI_SQUARES + unit + i)
        lower[i, i] = np.sqrt(chi_square(freedom, key, place, sweep, chain))
        for j in range(i):
            lower[i, j] = normals[k * i + j]
    invert_lower(lower, inverse)
    multiply(root, inverse, factor)


@nb.njit(**LOOP)
def draw_scales(prior, factor, key, unit, chain, sweep, out):
    """Draw the diagonal prior scale given the covariance: an exponential prior makes it gamma."""
    inverse = np.empty_like(factor)
    invert_lower(factor, inverse)
    for i in range(factor.shape[0]):
        precision = dot(inverse[:, i], inverse[:, i])
        place = np.uint64(PRIOR_SCALES + unit + i)
        draw = 0.5 * chi_square(2.0 + prior.degrees, key, place, sweep, chain)
        out[i, i] = draw / (prior.scale_rate[i] + 0.5 * precision)


@nb.njit(**LOOP)
def draw_shares(prior, shares, sums, key, chain, sweep):
    """Draw the share of each component given how many persons it has: Dirichlet."""
    total = 0.0
    for c in range(shares.shape[0]):
        degrees = 2.0 * (prior.concentration + sums[c, 0, 0])
        shares[c] = chi_square(degrees, key, np.uint64(SHARES + c), sweep, chain)
        total += shares[c]
    shares /= total


@nb.njit(**LOOP)
def draw_members(panel, state, room, back, key, chain, sweep, first, last):
    """Draw which component each person of tiles `first` to `last` is of, given all else."""
    panel, state, room = unowned(panel), unowned(state), unowned(room)
    n_components, k = state.factors.shape[:2]
    chances = np.empty((n_components, WIDTH))
    for tile in range(first, last):
        words = room.words[:1]
        fill_words_of_units(key, MEMBERS, panel.persons[tile], sweep, chain, words)
        for c in range(n_components):
            constant = np.log(state.shares[c])
            for i in range(k):
                constant -= np.log(np.abs(state.factors[c, i, i]))
            shift_by_one(
                state.latents[tile], panel.covariates[tile], -1.0, state.means[c], room.tiles[0]
            )
            multiply_tile(back[c], room.tiles[0], room.tiles[1])
            for w in range(WIDTH):
                chances[c, w] = constant
                for i in range(k):
                    chances[c, w] -= 0.5 * room.tiles[1, i, w] ** 2
        for w in range(WIDTH):
            state.members[tile, w] = drawn(chances[:, w], uniform_of(words[0, w]))


@nb.njit(**LOOP)
def drawn(log_chances, uniform):
    """Return a number drawn with these chances, up to a factor."""
    most, total = log_chances.max(), 0.0
    for c in range(log_chances.shape[0]):
        total += np.exp(log_chances[c] - most)
    so_far = 0.0
    for c in range(log_chances.shape[0]):
        so_far += np.exp(log_chances[c] - most)
        if uniform * total < so_far:
            return c
    return log_chances.shape[0] - 1
