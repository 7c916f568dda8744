"""Compiled loops of `kernels.hierarchical_bayes`: whole sweeps without the interpreter.

A sweep goes three times over the persons' choices: none of it allocates per person, calls the C
library per row, or leaves the first cache but for the choices themselves. Names of the arrays are
explained where they are made, in `kernels.hierarchical_bayes`.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.elementary import exp, log
from counterflow.kernels.compiled.options import LOOP, REDUCE, VECTOR
from counterflow.kernels.compiled.philox import chi_square, fill_normals, fill_words, uniform_of
from counterflow.kernels.compiled.small_matrices import (
    add_cross_products,
    cholesky,
    combine,
    dot,
    invert_lower,
    multiply,
    products,
    total,
)
from counterflow.kernels.compiled.unowned import unowned

ZERO = np.uint64(0)
# Counters of the population's draws lie above those of any person.
POPULATION_NORMALS = np.uint64(1 << 40)
POPULATION_MOVE = np.uint64(1 << 41)
POPULATION_CHI_SQUARES = 1 << 42
PRIOR_SCALES = 1 << 43
# The shares of proposals accepted at which steps go furthest (Roberts and Rosenthal, JRSS B 1998;
# Beskos et al., Bernoulli 2013).
BEST_LANGEVIN = 0.574
BEST_HAMILTONIAN = 0.651
# Three leaps move the population three to four times as far for half as much again of the time.
LEAPS = 3


@nb.njit(**VECTOR)
def to_coefficients(latent, signs, signed, coefficients):
    """Set coefficients of utility: the latent value, or its exponential with a sign."""
    for k in range(latent.shape[0]):
        coefficients[k] = latent[k]
    for k in signed:
        coefficients[k] = signs[k] * exp(latent[k])


@nb.njit(**VECTOR)
def odds_to_totals(odds, totals):
    """Set the total of each task, 1 for the choice itself included; `odds` has a row a lane."""
    n = totals.shape[0]
    for i in range(n):
        totals[i] = 1.0
    for begin in range(0, odds.shape[0], n):
        lane = odds[begin : begin + n]
        for i in range(n):
            totals[i] += lane[i]


@nb.njit(**VECTOR)
def divide_by_totals(odds, totals):
    """Turn odds into probabilities and totals into their logarithms."""
    n = totals.shape[0]
    for begin in range(0, odds.shape[0], n):
        lane = odds[begin : begin + n]
        for i in range(n):
            lane[i] /= totals[i]
    for i in range(n):
        totals[i] = log(totals[i])


@nb.njit(**VECTOR)
def exponentials(values, offsets):
    """Replace each value by the exponential of it plus its offset."""
    for i in range(values.shape[0]):
        values[i] = exp(values[i] + offsets[i])


@nb.njit(**LOOP)
def person_log_likelihood(
    columns, offsets, lane, latent, signs, signed, coefficients, odds, totals, gradient
):
    """Return the log-likelihood of a person and set its gradient by the latent values.

    `coefficients` and `odds` are left with the coefficients and the probabilities of what was not
    chosen. Arrays come one by one: passed as a tuple they would be copied at every call.
    """
    odds, totals = odds[: offsets.shape[0]], totals[:lane]
    to_coefficients(latent, signs, signed, coefficients)
    combine(columns, coefficients, odds)
    exponentials(odds, offsets)
    odds_to_totals(odds, totals)
    divide_by_totals(odds, totals)
    products(columns, odds, gradient)
    for k in range(gradient.shape[0]):
        gradient[k] = -gradient[k]
    for k in signed:
        gradient[k] *= coefficients[k]
    return -total(totals)


@nb.njit(**LOOP)
def evaluate(panel, room, latents, log_likelihoods, gradients):
    """Fill log-likelihood and gradient of every person."""
    columns, offsets, starts, lanes, signs, signed = panel
    coefficients, odds, totals = room.coefficients, room.odds, room.totals
    n_coefficients = latents.shape[1]
    for n in range(latents.shape[0]):
        begin, end = starts[n], starts[n + 1]
        log_likelihoods[n] = person_log_likelihood(
            columns[begin * n_coefficients : end * n_coefficients].reshape(
                n_coefficients, end - begin
            ),
            offsets[begin:end],
            lanes[n],
            latents[n],
            signs,
            signed,
            coefficients,
            odds,
            totals,
            gradients[n],
        )


@nb.njit(**LOOP)
def add_informations(panel, room, latents, traces, summed):
    """Add the information of every person to `summed`, and set its trace."""
    n_coefficients = latents.shape[1]
    gradient, chain_rule = np.empty(n_coefficients), np.ones(n_coefficients)
    information = np.empty((n_coefficients, n_coefficients))
    for n in range(latents.shape[0]):
        begin, end = panel.starts[n], panel.starts[n + 1]
        columns = panel.columns[begin * n_coefficients : end * n_coefficients].reshape(
            n_coefficients, end - begin
        )
        person_log_likelihood(
            columns,
            panel.offsets[begin:end],
            panel.lanes[n],
            latents[n],
            panel.signs,
            panel.signed,
            room.coefficients,
            room.odds,
            room.totals,
            gradient,
        )
        task_variances(columns, room.odds[: end - begin], panel.lanes[n], information)
        # Without the second derivative of the exponential, whose mean is zero.
        for k in panel.signed:
            chain_rule[k] = room.coefficients[k]
        traces[n] = 0.0
        for i in range(n_coefficients):
            traces[n] += chain_rule[i] ** 2 * information[i, i]
            for j in range(n_coefficients):
                summed[i, j] += chain_rule[i] * chain_rule[j] * information[i, j]


@nb.njit(**LOOP)
def task_variances(columns, probabilities, n_lanes, out):
    """Set `out` to the sum over tasks of the variance of attributes within the task."""
    weighted = columns * probabilities
    means = np.zeros((columns.shape[0], n_lanes))
    for begin in range(0, columns.shape[1], n_lanes):
        means += weighted[:, begin : begin + n_lanes]
    for i in range(columns.shape[0]):
        products(columns, weighted[i], out[i])
        for j in range(columns.shape[0]):
            out[i, j] -= dot(means[i], means[j])


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
            step_sizes[n] = adapted(size, log_ratio, gain, BEST_LANGEVIN)


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


@nb.njit(**LOOP)
def adapted(size, log_ratio, gain, best):
    """Return the step size after one more trial (Robbins and Monro 1951)."""
    # A ratio that is not a number is a step into nowhere: as bad as one that is never taken.
    accepted = np.exp(min(log_ratio, 0.0)) if log_ratio > -700.0 else 0.0
    return min(max(size * np.exp(gain * (accepted - best)), 1e-4), 2.0)


@nb.njit(**LOOP)
def sweep_population(prior, state, room, key, chain, sweep):
    """Draw mean and covariance of the population given the persons."""
    n_coefficients = state.latents.shape[1]
    normals = np.empty(n_coefficients + n_coefficients * n_coefficients)
    words = np.empty((normals.shape[0] + 1) // 2, np.uint64)
    fill_words(key, ZERO, POPULATION_NORMALS, sweep, chain, words)
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
        for k in range(n_coefficients):
            summed[k] += state.latents[n, k]
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
    centre(state, room.centred)
    add_cross_products(room.centred, room.centred, scatter)
    cholesky(scatter, root)
    degrees = prior.degrees + n_persons
    for k in range(n_coefficients):
        unit = np.uint64(POPULATION_CHI_SQUARES + k)
        freedom = degrees - (n_coefficients - 1 - k)
        lower[k, k] = np.sqrt(chi_square(freedom, key, unit, sweep, chain))
        for j in range(k):
            lower[k, j] = normals[n_coefficients * k + j]
    invert_lower(lower, inverse)
    multiply(root, inverse, state.factor)


@nb.njit(**VECTOR)
def add_scaled(weight, vector, out):
    """Add weight times a vector to `out`."""
    for k in range(out.shape[0]):
        out[k] += weight * vector[k]


@nb.njit(**LOOP)
def draw_scales(prior, state, key, chain, sweep, out):
    """Draw the diagonal prior scale given the covariance: gamma."""
    n_coefficients = state.factor.shape[0]
    inverse = np.empty_like(state.factor)
    invert_lower(state.factor, inverse)
    for k in range(n_coefficients):
        precision = dot(inverse[:, k], inverse[:, k])
        unit = np.uint64(PRIOR_SCALES + k)
        draw = 0.5 * chi_square(2.0 * prior.scale_shape + prior.degrees, key, unit, sweep, chain)
        out[k, k] = draw / (prior.scale_rate[k] + 0.5 * precision)


@nb.njit(**LOOP)
def centre(state, out):
    """Set `out` to the latent values less the mean."""
    for n in range(state.latents.shape[0]):
        for k in range(state.latents.shape[1]):
            out[n, k] = state.latents[n, k] - state.mean[k]


@nb.njit(**LOOP)
def sweep_standardised(panel, prior, state, room, tuning, key, chain, sweep, gain):
    """Move mean and factor by a Hamiltonian step with the standardised persons held fixed."""
    n_coefficients = state.latents.shape[1]
    shape = (n_coefficients + 1, n_coefficients)
    n_words = (shape[0] * shape[1] + 1) // 2
    momentum = np.empty(shape[0] * shape[1])
    fill_words(key, ZERO, POPULATION_MOVE, sweep, chain, room.words[: n_words + 1])
    fill_normals(room.words[:n_words], momentum)
    momentum = momentum.reshape(shape)

    # Row 0 is the mean, row 1 + k column k of the factor: latent = (1, z')' rows.
    rows, slope = np.empty(shape), np.empty(shape)
    rows[0] = state.mean
    rows[1:] = state.factor.T
    lower, inverse = state.factor.copy(), np.empty_like(state.factor)
    invert_lower(lower, inverse)
    centre(state, room.centred)
    multiply(room.centred, inverse.T.copy(), room.standardised[:, 1:])
    log_density = total(state.log_likelihoods)
    log_density += set_slope(prior, rows, lower, inverse, room, state.gradients, tuning, slope)
    log_density -= 0.5 * dot(momentum.ravel(), momentum.ravel())

    size = tuning.population_step[0]
    add_scaled_rows(0.5 * size, slope, momentum)
    for leap in range(LEAPS):
        drift(size, tuning.population_root, momentum, rows)
        factor_of(rows[1:], lower)
        invert_lower(lower, inverse)
        multiply(room.standardised, rows, room.latents)
        evaluate(panel, room, room.latents, room.log_likelihoods, room.gradients)
        new_density = total(room.log_likelihoods)
        new_density += set_slope(prior, rows, lower, inverse, room, room.gradients, tuning, slope)
        add_scaled_rows(size if leap + 1 < LEAPS else 0.5 * size, slope, momentum)
    new_density -= 0.5 * dot(momentum.ravel(), momentum.ravel())

    log_ratio = new_density - log_density
    if np.log(uniform_of(room.words[n_words])) < log_ratio:
        state.mean[:] = rows[0]
        state.factor[:] = lower
        state.latents[:] = room.latents
        state.gradients[:] = room.gradients
        state.log_likelihoods[:] = room.log_likelihoods
        if gain == 0.0:
            tuning.n_population_accepted[0] += 1
    if gain > 0.0:
        tuning.population_step[0] = adapted(size, log_ratio, gain, BEST_HAMILTONIAN)


@nb.njit(**LOOP)
def set_slope(prior, rows, lower, inverse, room, gradients, tuning, slope):
    """Set the whitened gradient of the log posterior by `rows`; return the log prior density."""
    log_density = prior_log_density(prior, rows, lower, inverse, slope)
    add_cross_products(room.standardised, gradients, slope)
    row = np.empty(slope.shape[1])
    for k in range(slope.shape[0]):
        row[:] = slope[k]
        combine(tuning.population_root, row, slope[k])
    return log_density


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


@nb.njit(**LOOP)
def prior_log_density(prior, rows, lower, inverse, slope):
    """Return the log prior density of mean and factor, and set `slope` to its gradient.

    `lower` is the triangular factor of the same covariance and `inverse` its inverse.
    """
    n_coefficients = lower.shape[0]
    precision = np.empty((n_coefficients, n_coefficients))
    multiply(inverse.T.copy(), inverse, precision)
    # Of the covariance: -(degrees + K + 1) / 2 log det, less trace(scale precision) / 2. A square
    # factor with free rotation adds log det / 2: the volume of factors by covariance.
    power = prior.degrees + n_coefficients
    shape = prior.scale_shape + 0.5 * prior.degrees
    scale = np.empty(n_coefficients)
    log_density = 0.0
    for k in range(n_coefficients):
        off = rows[0, k] - prior.mean[k]
        log_density -= 0.5 * prior.mean_precision[k] * off * off
        slope[0, k] = -prior.mean_precision[k] * off
        log_density -= power * np.log(lower[k, k])
        rate = prior.scale_rate[k] + 0.5 * precision[k, k]
        log_density -= shape * np.log(rate)
        scale[k] = shape / rate
    transposed_inverse, weighted = np.empty(n_coefficients), np.empty(n_coefficients)
    for j in range(n_coefficients):
        combine(precision, rows[1 + j], transposed_inverse)
        for k in range(n_coefficients):
            weighted[k] = scale[k] * transposed_inverse[k]
        combine(precision, weighted, slope[1 + j])
        for k in range(n_coefficients):
            slope[1 + j, k] -= power * transposed_inverse[k]
    return log_density


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
        sweep_standardised(panel, prior, state, room, tuning, key, chain, counter, gain)
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
