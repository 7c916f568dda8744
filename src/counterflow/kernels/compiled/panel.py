"""Compiled loops of `kernels.panel`: likelihood, gradient and information, tile by tile.

A tile is WIDTH persons side by side, so that every loop ends in one over persons: long enough to
vectorise, with nothing left over, whatever the number of tasks, alternatives and coefficients.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.elementary import exp, log
from counterflow.kernels.compiled.options import LOOP, VECTOR
from counterflow.kernels.compiled.small_matrices import combine
from counterflow.kernels.compiled.unowned import unowned

WIDTH = 64
"""Persons in a tile: entering a loop costs as much as some twenty of them.

Numba keeps what it compiled by the file that it stands in. After a change here, change every file
that imports it, or remove what is kept.
"""


@nb.njit(**LOOP)
def evaluate(panel, room, latents, log_likelihoods, gradients, first, last):
    """Fill log-likelihood and gradient of the persons of tiles `first` to `last`."""
    panel, room = unowned(panel), unowned(room)
    for tile in range(first, last):
        evaluate_tile(panel, room, tile, latents[tile], log_likelihoods[tile], gradients[tile])


@nb.njit(**LOOP)
def evaluate_tile(panel, room, tile, latents, log_likelihoods, gradients):
    """Set log-likelihoods and their gradients by the latent values, of the persons of a tile.

    `room` is left with their coefficients and the probabilities of what they did not choose.
    """
    start, n_columns, n_tasks = panel.tiles[tile]
    k, size = panel.signs.shape[0], n_columns * WIDTH
    columns = panel.columns[start * k : (start + size) * k].reshape(n_columns, k, WIDTH)
    odds, totals = room.odds[:size], room.totals[: n_tasks * WIDTH]
    to_coefficients(latents, panel.signs, panel.signed, room.coefficients)
    odds[:] = panel.offsets[start : start + size]
    add_utilities(columns, room.coefficients, odds.reshape(n_columns, WIDTH))
    odds_and_totals(odds, totals)
    divide_by_totals(odds, totals, log_likelihoods)
    slopes(columns, odds.reshape(n_columns, WIDTH), gradients)
    times_coefficients(panel.signed, room.coefficients, gradients)


@nb.njit(**VECTOR)
def to_coefficients(latents, signs, signed, coefficients):
    """Set coefficients of utility: the latent value, or its exponential with a sign."""
    for k in range(latents.shape[0]):
        for w in range(WIDTH):
            coefficients[k, w] = latents[k, w]
    for k in signed:
        for w in range(WIDTH):
            coefficients[k, w] = signs[k] * exp(latents[k, w])


@nb.njit(**VECTOR)
def times_coefficients(signed, coefficients, gradients):
    """Turn slopes by coefficients into slopes by latent values."""
    for k in signed:
        for w in range(WIDTH):
            gradients[k, w] *= coefficients[k, w]


@nb.njit(**VECTOR)
def add_utilities(columns, coefficients, odds):
    """Add to each column of each person the utility of it."""
    k = coefficients.shape[0]
    for c in range(odds.shape[0]):
        # Five rows at a time: `odds` are read and written once instead of five times. LLVM unrolls
        # inner loops of a constant length; with more rows it no longer vectorises.
        for begin in range(k // 5):
            for w in range(WIDTH):
                summed = odds[c, w]
                for i in range(5):
                    summed += columns[c, 5 * begin + i, w] * coefficients[5 * begin + i, w]
                odds[c, w] = summed
        for i in range(k - k % 5, k):
            for w in range(WIDTH):
                odds[c, w] += columns[c, i, w] * coefficients[i, w]


@nb.njit(**VECTOR)
def odds_and_totals(odds, totals):
    """Turn utilities into odds, and set the total of each task with 1 for the choice itself."""
    n = totals.shape[0]
    for i in range(odds.shape[0]):
        odds[i] = exp(odds[i])
    for i in range(n):
        totals[i] = 1.0
    for begin in range(0, odds.shape[0], n):
        for i in range(n):
            totals[i] += odds[begin + i]


@nb.njit(**VECTOR)
def divide_by_totals(odds, totals, log_likelihoods):
    """Turn odds into probabilities, and set each person's log-likelihood."""
    n = totals.shape[0]
    for w in range(WIDTH):
        log_likelihoods[w] = 0.0
    for begin in range(0, n, WIDTH):
        for w in range(WIDTH):
            log_likelihoods[w] -= log(totals[begin + w])
    for i in range(n):
        totals[i] = 1.0 / totals[i]
    for begin in range(0, odds.shape[0], n):
        for i in range(n):
            odds[begin + i] *= totals[i]


@nb.njit(**VECTOR)
def slopes(columns, probabilities, out):
    """Set `out` to minus the sum over columns of attribute times probability."""
    n = probabilities.shape[0]
    for k in range(out.shape[0]):
        for w in range(WIDTH):
            out[k, w] = 0.0
    for begin in range(n // 4):
        for k in range(out.shape[0]):
            for w in range(WIDTH):
                summed = out[k, w]
                for c in range(4):
                    summed -= columns[4 * begin + c, k, w] * probabilities[4 * begin + c, w]
                out[k, w] = summed
    for c in range(n - n % 4, n):
        for k in range(out.shape[0]):
            for w in range(WIDTH):
                out[k, w] -= columns[c, k, w] * probabilities[c, w]


@nb.njit(**LOOP)
def add_informations(panel, room, latents, members, first, last, summed):
    """Add the information of each person of tiles `first` to `last` to that of its component."""
    panel, room = unowned(panel), unowned(room)
    n_components, k = summed.shape[:2]
    spread, by_place = np.empty(room.odds.shape[0]), np.empty(WIDTH)
    for tile in range(first, last):
        columns, odds, n_tasks = columns_by_latent(panel, room, tile, latents[tile])
        for i in range(k):
            within_tasks(columns[i], odds, room.totals[: n_tasks * WIDTH], spread[: odds.shape[0]])
            for j in range(i + 1):
                by_place[:] = 0.0
                add_by_place(spread[: odds.shape[0]], columns[j], by_place)
                for w in range(WIDTH):
                    summed[members[tile, w], i, j] += by_place[w]
    for c in range(n_components):
        for i in range(k):
            for j in range(i):
                summed[c, j, i] = summed[c, i, j]


@nb.njit(**LOOP)
def set_curvatures(panel, room, latents, members, axes, first, last, curvatures):
    """Set the information of each person along the axes of its component (columns of `axes`)."""
    panel, room = unowned(panel), unowned(room)
    n_components, k = axes.shape[:2]
    along, spread = np.empty(room.odds.shape[0]), np.empty(room.odds.shape[0])
    by_place = np.empty(WIDTH)
    for tile in range(first, last):
        columns, odds, n_tasks = columns_by_latent(panel, room, tile, latents[tile])
        size = odds.shape[0]
        for i in range(k):
            for c in range(n_components):
                combine(columns, axes[c, :, i].copy(), along[:size])
                within_tasks(along[:size], odds, room.totals[: n_tasks * WIDTH], spread[:size])
                by_place[:] = 0.0
                add_by_place(spread[:size], along[:size], by_place)
                for w in range(WIDTH):
                    if members[tile, w] == c:
                        curvatures[tile, i, w] = by_place[w]


@nb.njit(**LOOP)
def columns_by_latent(panel, room, tile, latents):
    """Return the columns of a tile by latent value, with probabilities and the number of tasks."""
    start, n_columns, n_tasks = panel.tiles[tile]
    k, size = panel.signs.shape[0], n_columns * WIDTH
    evaluate_tile(panel, room, tile, latents, np.empty(WIDTH), np.empty((k, WIDTH)))
    stored = panel.columns[start * k : (start + size) * k].reshape(n_columns, k, WIDTH)
    columns = np.empty((k, size))
    for c in range(n_columns):
        for i in range(k):
            columns[i, c * WIDTH : (c + 1) * WIDTH] = stored[c, i]
    # Without the second derivative of the exponential, whose mean is zero.
    for i in panel.signed:
        for a in range(size):
            columns[i, a] *= room.coefficients[i, a % WIDTH]
    return columns, room.odds[:size], n_tasks


@nb.njit(**VECTOR)
def within_tasks(values, probabilities, means, out):
    """Set `out` to probability times the value's distance from its mean within the task."""
    n = means.shape[0]
    for i in range(n):
        means[i] = 0.0
    for begin in range(0, values.shape[0], n):
        for i in range(n):
            means[i] += probabilities[begin + i] * values[begin + i]
    for begin in range(0, values.shape[0], n):
        for i in range(n):
            out[begin + i] = probabilities[begin + i] * (values[begin + i] - means[i])


@nb.njit(**VECTOR)
def add_by_place(a, b, out):
    """Add the products of two vectors to the sum of each place in the tile."""
    for begin in range(0, a.shape[0], WIDTH):
        for w in range(WIDTH):
            out[w] += a[begin + w] * b[begin + w]
