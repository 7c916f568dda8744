"""Compiled loops of `kernels.panel`: likelihood, gradient and information, person by person.

Nothing here allocates per person or calls the C library per row, and all but the choices
themselves stays in the first cache.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.elementary import exp, log
from counterflow.kernels.compiled.options import LOOP, VECTOR
from counterflow.kernels.compiled.small_matrices import combine, dot, products, total


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
    exponentiate(odds, offsets)
    odds_to_totals(odds, totals)
    divide_by_totals(odds, totals)
    products(columns, odds, gradient)
    for k in range(gradient.shape[0]):
        gradient[k] = -gradient[k]
    for k in signed:
        gradient[k] *= coefficients[k]
    return -total(totals)


@nb.njit(**VECTOR)
def to_coefficients(latent, signs, signed, coefficients):
    """Set coefficients of utility: the latent value, or its exponential with a sign."""
    for k in range(latent.shape[0]):
        coefficients[k] = latent[k]
    for k in signed:
        coefficients[k] = signs[k] * exp(latent[k])


@nb.njit(**VECTOR)
def exponentiate(values, offsets):
    """Replace each value by the exponential of it plus its offset."""
    for i in range(values.shape[0]):
        values[i] = exp(values[i] + offsets[i])


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
