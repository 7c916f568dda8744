"""Compiled loops of `kernels.hierarchical_bayes`: what a sweep does between passes over persons.

What the arrays mean is told where they are made, in `kernels.hierarchical_bayes`. Sweeps are put
together there, in Python: were they compiled as one, rounding would depend on what LLVM inlines.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import LOOP
from counterflow.kernels.compiled.population_given_persons import draw_populations
from counterflow.kernels.compiled.small_matrices import dot, invert_lower, multiply
from counterflow.kernels.compiled.unowned import unowned


@nb.njit(**LOOP)
def end_sweep(prior, state, tuning, record, totals, key, chain, sweep, gain, slot):
    """Draw the populations given their persons, and keep or learn from them."""
    draw_populations(prior, state, totals.sum, key, chain, sweep)
    state, tuning, record = unowned(state), unowned(tuning), unowned(record)
    if gain > 0.0:
        covariance = np.empty(state.factors.shape[1:])
        for c in range(state.factors.shape[0]):
            multiply(state.factors[c], state.factors[c].T.copy(), covariance)
            covariance -= tuning.average_covariances[c]
            tuning.average_covariances[c] += max(1.0 / (1.0 + sweep), 0.005) * covariance
    if slot >= 0:
        record.shares[slot] = state.shares
        record.means[slot] = state.means
        for c in range(state.factors.shape[0]):
            for k in range(state.factors.shape[1]):
                record.variances[slot, c, k] = dot(state.factors[c, k], state.factors[c, k])
        record.log_likelihoods[slot] = state.log_likelihoods.sum()


@nb.njit(**LOOP)
def add_blocks(totals):
    """Add up what blocks of persons found, in their order."""
    totals.sum[:] = 0.0
    totals.likelihood[:] = 0.0
    for b in range(totals.sums.shape[0]):
        totals.sum[:] += totals.sums[b]
        totals.likelihood[:] += totals.likelihoods[b]


@nb.njit(**LOOP)
def proposal_axes(state, tuning):
    """Return what maps steps to latent values, its transpose and its inverse, by component.

    latent = mean + axes z with z standard normal over people, in directions along which the
    information of the average person is diagonal.
    """
    axes = (
        np.empty_like(state.factors),
        np.empty_like(state.factors),
        np.empty_like(state.factors),
    )
    set_axes(state, tuning, axes)
    return axes


@nb.njit(**LOOP)
def set_axes(state, tuning, axes):
    """Set what `proposal_axes` returns."""
    forward, transposed, back = axes
    inverse = np.empty(state.factors.shape[1:])
    for c in range(state.factors.shape[0]):
        multiply(state.factors[c], tuning.rotations[c], forward[c])
        transposed[c] = forward[c].T
        invert_lower(state.factors[c], inverse)
        multiply(tuning.rotations[c].T.copy(), inverse, back[c])
