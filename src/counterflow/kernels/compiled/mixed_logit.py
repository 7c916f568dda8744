"""Compiled loops of `kernels.mixed_logit`: a person's choices under a block of draws at a time.

Draws run innermost. A block is short enough that all that a person needs stays in the first
caches; nothing of the size persons x draws is ever stored. What the arrays of `model` and `room`
mean is told where they are made, in `kernels.mixing`.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.bits import bits_of, double_of
from counterflow.kernels.compiled.elementary import LN2, exp, log
from counterflow.kernels.compiled.mixing_distributions import (
    LOGNORMAL,
    NEGATIVE_LOGNORMAL,
    UNIFORM,
    own_transform,
)
from counterflow.kernels.compiled.options import LOOP, REDUCE, STEP, VECTOR
from counterflow.kernels.compiled.unowned import unowned
from counterflow.kernels.compiled.vectors import copy, fill, largest, multiply_by, scale
from counterflow.kernels.compiled.weighted_sums import (
    compress_columns,
    compress_rows,
    weighted_sums,
)

MANTISSA_BITS = (1 << 52) - 1
ONE_BITS = 1023 << 52


@nb.njit(**LOOP)
def evaluate(sets, model, means, nodes, proposals, room, first, last, out):
    """Fill log-likelihood, score and effective share of persons `first` to `last`.

    Weights of draws are kept relative to the largest logarithm so far, so one pass suffices.
    """
    sets, model, nodes, room = unowned(sets), unowned(model), unowned(nodes), unowned(room)
    proposals, out = unowned(proposals), unowned(out)
    for n in range(first, last):
        score = out.scores[n]
        fill(0.0, score)
        top, sum_of_weights, sum_of_squares = -np.inf, 0.0, 0.0
        begin_person(sets, model, means, nodes, proposals, n, room)
        for block in range(nodes.weights.shape[0]):
            draw(model, nodes.values[n % nodes.values.shape[0], block], room)
            choose(sets, n, room)
            differentiate(sets, n, room)
            to_latent_gradient(model, room)
            high = largest(room.log_ratios)
            if high > top:
                shrink = np.exp(top - high)
                sum_of_weights *= shrink
                sum_of_squares *= shrink * shrink
                scale(shrink, score)
                top = high
            total, squares = to_weights(room.log_ratios, top, nodes.weights[block], room.weights)
            sum_of_weights += total
            sum_of_squares += squares
            add_scores(
                room.gradient, room.weights, room.shapes, model.entries, model.sources, score
            )
        scale(1.0 / sum_of_weights, score)
        out.log_likelihoods[n] = top + np.log(sum_of_weights)
        out.effective_shares[n] = sum_of_weights**2 / sum_of_squares


@nb.njit(**STEP)
def rows_of(sets, n):
    """Return the rows of a person's choice sets."""
    begin, end = sets.person_starts[n], sets.person_starts[n + 1]
    return sets.differences[sets.task_starts[begin] : sets.task_starts[end]]


@nb.njit(**STEP)
def begin_person(sets, model, means, nodes, proposals, n, room):
    """Put what is the same for all draws of a person into the room."""
    rows = rows_of(sets, n)
    compress_rows(rows, room.row_places, room.row_values, room.row_ends)
    compress_columns(rows, room.column_places, room.column_values, room.column_ends)
    copy(means[n % means.shape[0]], room.mean)
    copy(proposals.centres[n], room.centre)
    copy(proposals.spreads[n], room.spread)
    copy(model.spread_places, room.spread_places)
    if nodes.is_turned:
        turn_nodes(n // nodes.values.shape[0], model.spread_ends.shape[0], room)
    room.log_determinant[0] = proposals.log_determinants[n]


@nb.njit(**LOOP)
def turn_nodes(turn, n_random, room):
    """Let the spread take the dimensions of a node in another order, with other signs.

    Persons who share a group of nodes differ by `turn`, which is 0 for the first of them. Standard
    normals do not mind; errors of these persons no longer point the same way.
    """
    signs = np.uint64(turn)
    # A step of SplitMix64 (Steele, Lea and Flood 2014), which leaves 0 as it is.
    signs = (signs ^ (signs >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    signs = (signs ^ (signs >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    signs = signs ^ (signs >> np.uint64(31))
    for i in range(room.spread_places.shape[0]):
        place = room.spread_places[i]
        if (signs >> np.uint64(place & 63)) & np.uint64(1):
            room.spread[i] = -room.spread[i]
        room.spread_places[i] = (place + turn) % n_random


@nb.njit(**STEP)
def draw(model, nodes, room):
    """Set draws of the standard normals and of the coefficients of one person.

    A draw is z = centre + spread e for a node e. The logarithm of the normal density of z over
    that of the proposal starts `log_ratios`.
    """
    n_random = nodes.shape[0]
    normals = room.shapes[1 : 1 + n_random]
    weighted_sums(room.centre, nodes, room.spread_places, room.spread, model.spread_ends, normals)
    fill(room.log_determinant[0], room.log_ratios)
    add_log_density_ratios(nodes, normals, room.log_ratios)
    weighted_sums(room.mean, normals, model.places, model.values, model.ends, room.unscaled)
    for k in range(model.kinds.shape[0]):
        kind = model.kinds[k]
        if kind == LOGNORMAL:
            signed_exponential(1.0, room.unscaled[k])
        elif kind == NEGATIVE_LOGNORMAL:
            signed_exponential(-1.0, room.unscaled[k])
        elif kind >= UNIFORM:
            own_draws(
                kind,
                room.mean[k],
                model.spreads[k],
                normals[model.own_columns[k]],
                room.unscaled[k],
                room.slopes[k],
                room.shapes[model.own_rows[k]],
                room.bends[k],
            )
    if model.scale_index >= 0:
        scale_all(room.unscaled, model.scale_index, room.coefficients)


@nb.njit(**LOOP)
def draw_block(model, nodes, n, block, room):
    """Draw a block of nodes of a person: `draw`, for those who have more to do than this."""
    draw(model, nodes.values[n % nodes.values.shape[0], block], room)


@nb.njit(**LOOP)
def answer_block(sets, model, nodes, n, block, room):
    """Draw a block of nodes of a person, and set what the choices say of each."""
    draw(model, nodes.values[n % nodes.values.shape[0], block], room)
    choose(sets, n, room)


@nb.njit(**VECTOR)
def add_log_density_ratios(nodes, normals, log_ratios):
    """Add half the square of the node less half the square of the draw, over all normals."""
    for d in range(nodes.shape[0]):
        for r in range(log_ratios.shape[0]):
            log_ratios[r] += 0.5 * (nodes[d, r] * nodes[d, r] - normals[d, r] * normals[d, r])


@nb.njit(**VECTOR)
def signed_exponential(sign, out):
    """Replace each value by its exponential with a sign."""
    for r in range(out.shape[0]):
        out[r] = sign * exp(out[r])


@nb.njit(**LOOP)
def own_draws(kind, mean, spread, normal, values, slopes, shapes, bends):
    """Set the draws of a coefficient with a distribution of its own, and how they change."""
    for r in range(normal.shape[0]):
        values[r], slopes[r], shapes[r], bends[r], _ = own_transform(kind, mean, spread, normal[r])


@nb.njit(**VECTOR)
def scale_all(unscaled, scale_index, coefficients):
    """Multiply all coefficients but one by the negative of that one."""
    for k in range(unscaled.shape[0]):
        for r in range(unscaled.shape[1]):
            coefficients[k, r] = -unscaled[scale_index, r] * unscaled[k, r]
    for r in range(unscaled.shape[1]):
        coefficients[scale_index, r] = unscaled[scale_index, r]


@nb.njit(**STEP)
def choose(sets, n, room):
    """Set the probabilities of a person's rows; add the log-likelihood to `log_ratios`."""
    begin, end = sets.person_starts[n], sets.person_starts[n + 1]
    n_rows = sets.task_starts[end] - sets.task_starts[begin]
    probabilities = room.probabilities[:n_rows]
    weighted_sums(
        room.zeros,
        room.coefficients,
        room.row_places,
        room.row_values,
        room.row_ends,
        probabilities,
    )
    exponentiate(room.probabilities.ravel()[: n_rows * room.weights.shape[0]])
    fill(1.0, room.mantissas)
    fill(0.0, room.exponents)
    divide_by_totals(
        probabilities,
        sets.task_starts[begin : end + 1],
        room.totals,
        room.mantissas,
        room.exponents,
    )
    subtract_logarithms(room.mantissas, room.exponents, room.log_ratios)


@nb.njit(**VECTOR)
def exponentiate(values):
    """Replace each value by its exponential."""
    for r in range(values.shape[0]):
        values[r] = exp(values[r])


@nb.njit(**VECTOR)
def divide_by_totals(odds, task_starts, totals, mantissas, exponents):
    """Replace odds by probabilities; multiply mantissas and exponents by the totals of tasks.

    A product of totals overflows; its mantissa and its exponent by themselves do not, and take one
    logarithm in the end instead of one a task.
    """
    n = totals.shape[0]
    for task in range(task_starts.shape[0] - 1):
        begin, end = task_starts[task] - task_starts[0], task_starts[task + 1] - task_starts[0]
        for r in range(n):
            totals[r] = 1.0
        for i in range(begin, end):
            for r in range(n):
                totals[r] += odds[i, r]
        for r in range(n):
            bits = bits_of(mantissas[r] * totals[r])
            mantissas[r] = double_of((bits & MANTISSA_BITS) | ONE_BITS)
            exponents[r] += (bits >> 52) - 1023
            totals[r] = 1.0 / totals[r]
        for i in range(begin, end):
            for r in range(n):
                odds[i, r] *= totals[r]


@nb.njit(**VECTOR)
def subtract_logarithms(mantissas, exponents, out):
    """Subtract the logarithm of mantissa times two to the exponent."""
    for r in range(out.shape[0]):
        out[r] -= log(mantissas[r]) + LN2 * exponents[r]


@nb.njit(**STEP)
def differentiate(sets, n, room):
    """Set the gradient of the log-likelihood by the coefficients, for each draw."""
    rows = rows_of(sets, n)
    weighted_sums(
        room.zeros,
        room.probabilities[: rows.shape[0]],
        room.column_places,
        room.column_values,
        room.column_ends,
        room.gradient,
    )


@nb.njit(**STEP)
def to_latent_gradient(model, room):
    """Turn the gradient by coefficients into that by the means of the latent values."""
    if model.scale_index >= 0:
        unscale_gradient(room.unscaled, model.scale_index, room.gradient)
    for k in range(model.kinds.shape[0]):
        kind = model.kinds[k]
        if kind in (LOGNORMAL, NEGATIVE_LOGNORMAL):
            multiply_by(room.unscaled[k], room.gradient[k])
        elif kind > UNIFORM:
            multiply_by(room.slopes[k], room.gradient[k])


@nb.njit(**VECTOR)
def unscale_gradient(unscaled, scale_index, gradient):
    """Turn a gradient by coefficients into that by the coefficients before scaling."""
    for k in range(unscaled.shape[0]):
        if k != scale_index:
            for r in range(unscaled.shape[1]):
                gradient[scale_index, r] -= unscaled[k, r] * gradient[k, r]
                gradient[k, r] *= -unscaled[scale_index, r]


@nb.njit(**STEP)
def to_weights(log_ratios, top, node_weights, weights):
    """Set weights of draws; return their sum, and that of their squares over node weights."""
    relative_exponentials(log_ratios, top, weights)
    return weigh(node_weights, weights)


@nb.njit(**VECTOR)
def relative_exponentials(logarithms, top, out):
    """Set the exponential of each logarithm less the largest one."""
    for r in range(out.shape[0]):
        out[r] = exp(logarithms[r] - top)


@nb.njit(**REDUCE)
def weigh(node_weights, weights):
    """Multiply weights by those of nodes; return their sum and that of squares over the latter."""
    total = 0.0
    squares = 0.0
    for r in range(weights.shape[0]):
        ratio = weights[r]
        weights[r] = node_weights[r] * ratio
        total += weights[r]
        squares += weights[r] * ratio
    return total, squares


@nb.njit(**REDUCE)
def add_scores(gradient, weights, shapes, entries, sources, score):
    """Multiply the gradient by the weights, and add its products with shapes to the score."""
    for k in range(gradient.shape[0]):
        for r in range(weights.shape[0]):
            gradient[k, r] *= weights[r]
    for p in range(score.shape[0]):
        k, d = entries[p], sources[p]
        total = 0.0
        for r in range(weights.shape[0]):
            total += gradient[k, r] * shapes[d, r]
        score[p] += total
