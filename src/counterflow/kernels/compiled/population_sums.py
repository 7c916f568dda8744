"""Compiled loops of `kernels.hierarchical_bayes`: sums over persons, for their population."""

import numba as nb

from counterflow.kernels.compiled.options import LOOP, REDUCE, VECTOR
from counterflow.kernels.compiled.panel import WIDTH


@nb.njit(**LOOP)
def shift_by_means(latents, covariates, members, sign, means, out):
    """Set `out` to latent values plus `sign` times the persons' means given covariates."""
    n_components, n_covariates, k = means.shape
    if n_components == 1:
        shift_by_one(latents, covariates, sign, means[0], out)
        return
    out[:] = latents
    for w in range(WIDTH):
        for q in range(n_covariates):
            weight = sign * covariates[q, w]
            for i in range(k):
                out[i, w] += weight * means[members[w], q, i]


@nb.njit(**VECTOR)
def shift_by_one(latents, covariates, sign, means, out):
    """Set `out` to latent values plus `sign` times the means of one component."""
    for k in range(out.shape[0]):
        for w in range(WIDTH):
            out[k, w] = latents[k, w]
        for q in range(covariates.shape[0]):
            for w in range(WIDTH):
                out[k, w] += sign * covariates[q, w] * means[q, k]


@nb.njit(**LOOP)
def add_scatter(covariates, residual, members, rows, sums):
    """Add products of covariates and residuals with one another, by component."""
    n_components = sums.shape[0]
    for c in range(n_components):
        stack(covariates, residual, rows)
        if n_components > 1:
            leave_out_others(members, c, rows)
        add_products(rows, rows, sums[c])


@nb.njit(**LOOP)
def add_cross_products(covariates, residual, gradients, members, rows, sums):
    """Add products of covariates and residuals with gradients, by component."""
    n_components = sums.shape[0]
    for c in range(n_components):
        stack(covariates, residual, rows)
        if n_components > 1:
            leave_out_others(members, c, rows)
        add_products(gradients, rows, sums[c])


@nb.njit(**VECTOR)
def stack(covariates, residual, rows):
    """Set rows to the covariates, then the residuals."""
    q = covariates.shape[0]
    for i in range(q):
        for w in range(WIDTH):
            rows[i, w] = covariates[i, w]
    for i in range(residual.shape[0]):
        for w in range(WIDTH):
            rows[q + i, w] = residual[i, w]


@nb.njit(**VECTOR)
def leave_out_others(members, component, rows):
    """Set to 0 what is not of a component."""
    for i in range(rows.shape[0]):
        for w in range(WIDTH):
            rows[i, w] = rows[i, w] if members[w] == component else 0.0


@nb.njit(**REDUCE)
def add_products(rows, others, out):
    """Add to row i of `out` the product of each row with the i-th of the others."""
    n = rows.shape[0]
    for i in range(others.shape[0]):
        for k in range(0, n - n % 4, 4):
            a, b, c, d = 0.0, 0.0, 0.0, 0.0
            for w in range(WIDTH):
                a += rows[k, w] * others[i, w]
                b += rows[k + 1, w] * others[i, w]
                c += rows[k + 2, w] * others[i, w]
                d += rows[k + 3, w] * others[i, w]
            out[i, k] += a
            out[i, k + 1] += b
            out[i, k + 2] += c
            out[i, k + 3] += d
        for k in range(n - n % 4, n):
            a = 0.0
            for w in range(WIDTH):
                a += rows[k, w] * others[i, w]
            out[i, k] += a
