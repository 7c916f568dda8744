"""Compiled loops of `kernels.hierarchical_bayes`: whole sweeps without the interpreter.

What the arrays mean is told where they are made, in `kernels.hierarchical_bayes`.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.langevin_persons import sweep_persons
from counterflow.kernels.compiled.options import LOOP, VECTOR
from counterflow.kernels.compiled.panel import to_coefficients
from counterflow.kernels.compiled.population_given_persons import sweep_population
from counterflow.kernels.compiled.population_given_residuals import sweep_factor, sweep_scales
from counterflow.kernels.compiled.small_matrices import dot, multiply, total
from counterflow.kernels.compiled.unowned import unowned


@nb.njit(**LOOP)
def sweep_chain(
    panel, prior, state, room, tuning, record, key, chain, first, last, n_burn_in, slots
):
    """Run sweeps `first` to `last`; the first `n_burn_in` adapt step sizes, the others are kept.

    `slots` has a row for each sweep: where its population is recorded and where its persons are,
    -1 for nowhere.
    """
    panel, state, room = unowned(panel), unowned(state), unowned(room)
    tuning, record = unowned(tuning), unowned(record)
    for sweep in range(first, last):
        gain = (1.0 + sweep) ** -0.6 if sweep < n_burn_in else 0.0
        counter = np.uint64(sweep)
        sweep_persons(panel, state, room, tuning, key, chain, counter, gain)
        sweep_population(prior, state, room, key, chain, counter)
        if sweep % 2 == 0:
            sweep_scales(panel, prior, state, room, tuning, key, chain, counter, gain)
        else:
            sweep_factor(panel, prior, state, room, tuning, key, chain, counter, gain)
        if gain > 0.0:
            add_to_average(state, tuning, sweep)
        else:
            add_to_moments(panel, state, room, record)
        if slots[sweep - first, 0] >= 0:
            record_population(state, record, slots[sweep - first, 0])
        if slots[sweep - first, 1] >= 0:
            record_persons(panel, state, room, record, slots[sweep - first, 1])


@nb.njit(**LOOP)
def add_to_average(state, tuning, sweep):
    """Move the averages towards the present state, with a memory of two hundred sweeps."""
    weight = 1.0 / min(sweep + 1, 200)
    covariance = np.empty_like(state.factor)
    multiply(state.factor, state.factor.T.copy(), covariance)
    for n in range(state.latents.shape[0]):
        for k in range(state.latents.shape[1]):
            tuning.average[n, k] += weight * (state.latents[n, k] - tuning.average[n, k])
    tuning.average_covariance[:] += weight * (covariance - tuning.average_covariance)


@nb.njit(**LOOP)
def add_to_moments(panel, state, room, record):
    """Add each person's coefficients to the running mean and sum of squares (Welford 1962)."""
    record.n_sweeps[0] += 1
    share = 1.0 / record.n_sweeps[0]
    signs, signed, beta = panel.signs, panel.signed, room.coefficients
    for n in range(state.latents.shape[0]):
        to_coefficients(state.latents[n], signs, signed, beta)
        add_to_running(beta, share, record.person_means[n], record.person_squares[n])


@nb.njit(**VECTOR)
def add_to_running(values, share, means, squares):
    """Update running means and sums of squared deviations."""
    for k in range(values.shape[0]):
        off = values[k] - means[k]
        means[k] += share * off
        squares[k] += off * (values[k] - means[k])


@nb.njit(**LOOP)
def record_population(state, record, slot):
    """Keep mean, standard deviations and log-likelihood of this sweep."""
    n_coefficients = state.mean.shape[0]
    for k in range(n_coefficients):
        record.path[slot, k] = state.mean[k]
        deviation = np.sqrt(dot(state.factor[k], state.factor[k]))
        record.path[slot, n_coefficients + k] = deviation
    record.path[slot, 2 * n_coefficients] = total(state.log_likelihoods)


@nb.njit(**LOOP)
def record_persons(panel, state, room, record, slot):
    """Keep population and persons of this sweep as a draw."""
    record.means[slot] = state.mean
    multiply(state.factor, state.factor.T.copy(), record.covariances[slot])
    signs, signed, beta = panel.signs, panel.signed, room.coefficients
    for n in range(state.latents.shape[0]):
        to_coefficients(state.latents[n], signs, signed, beta)
        for k in range(beta.shape[0]):
            record.coefficients[slot, n, k] = beta[k] * record.units[k]
