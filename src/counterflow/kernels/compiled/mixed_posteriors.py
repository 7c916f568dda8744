"""Compiled loops of `kernels.mixed_posteriors`: what a person's choices say of the person."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.mixed_logit import (
    answer_block,
    begin_person,
    draw_block,
    to_weights,
)
from counterflow.kernels.compiled.options import LOOP, REDUCE
from counterflow.kernels.compiled.unowned import unowned
from counterflow.kernels.compiled.vectors import copy, fill, largest, scale


@nb.njit(**LOOP)
def weigh_draws(sets, model, means, nodes, proposals, n, room, weights):
    """Set the weight of each draw of a person, in blocks as the nodes; they sum to 1."""
    begin_person(sets, model, means, nodes, proposals, n, room)
    for block in range(weights.shape[0]):
        answer_block(sets, model, nodes, n, block, room)
        copy(room.log_ratios, weights[block])
    top, total = largest(weights.ravel()), 0.0
    for block in range(weights.shape[0]):
        copy(weights[block], room.log_ratios)
        added, _ = to_weights(room.log_ratios, top, nodes.weights[block], weights[block])
        total += added
    scale(1.0 / total, weights.ravel())


@nb.njit(**LOOP)
def posteriors(
    sets,
    model,
    means,
    nodes,
    proposals,
    room,
    weights,
    cumulated,
    uniforms,
    places,
    first,
    last,
    out,
):
    """Set mean, standard deviation and draws of the coefficients of persons `first` to `last`."""
    sets, model, nodes, room = unowned(sets), unowned(model), unowned(nodes), unowned(room)
    proposals, out = unowned(proposals), unowned(out)
    for n in range(first, last):
        weigh_draws(sets, model, means, nodes, proposals, n, room, weights)
        fill(0.0, out.means[n])
        fill(0.0, out.sds[n])
        for block in range(weights.shape[0]):
            draw_block(model, nodes, n, block, room)
            add_means(room.unscaled, weights[block], out.means[n])
        pick(weights.ravel(), uniforms[n], cumulated, places)
        # Around the mean: squares less the square of the mean would lose small deviations.
        for block in range(weights.shape[0]):
            draw_block(model, nodes, n, block, room)
            add_squares(room.unscaled, weights[block], out.means[n], out.sds[n])
            for s in range(places.shape[0]):
                if places[s] // weights.shape[1] == block:
                    for k in range(out.draws.shape[2]):
                        out.draws[s, n, k] = room.unscaled[k, places[s] % weights.shape[1]]
        for k in range(out.sds.shape[1]):
            out.sds[n, k] = np.sqrt(out.sds[n, k])


@nb.njit(**REDUCE)
def add_means(values, weights, out):
    """Add the weighted sum of each row."""
    for k in range(values.shape[0]):
        total = 0.0
        for r in range(weights.shape[0]):
            total += weights[r] * values[k, r]
        out[k] += total


@nb.njit(**REDUCE)
def add_squares(values, weights, means, out):
    """Add the weighted sum of squared deviations of each row."""
    for k in range(values.shape[0]):
        total = 0.0
        for r in range(weights.shape[0]):
            off = values[k, r] - means[k]
            total += weights[r] * (off * off)
        out[k] += total


@nb.njit(**LOOP)
def pick(weights, uniforms, cumulated, places):
    """Set the place at which the cumulated weights pass each uniform number."""
    total, last = 0.0, 0
    for r in range(weights.shape[0]):
        if weights[r] > 0.0:
            last = r
        total += weights[r]
        cumulated[r] = total
    for s in range(places.shape[0]):
        low, high = 0, last
        while low < high:
            middle = (low + high) // 2
            if cumulated[middle] > uniforms[s]:
                high = middle
            else:
                low = middle + 1
        places[s] = low
