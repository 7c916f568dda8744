"""Compiled loops of `kernels.mixed_posteriors`: what a person's choices say of the person."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.mixed_logit import begin_person, choose, draw, to_weights
from counterflow.kernels.compiled.options import LOOP, REDUCE
from counterflow.kernels.compiled.unowned import unowned


@nb.njit(**LOOP)
def weigh_draws(sets, model, means, nodes, proposals, n, room, weights):
    """Set the weight of each draw of a person, in blocks as the nodes; they sum to 1."""
    begin_person(sets, means, proposals, n, room)
    for block in range(weights.shape[0]):
        draw(model, nodes.values[n % nodes.values.shape[0], block], room)
        choose(sets, n, room)
        weights[block] = room.log_ratios
    top, total = weights.max(), 0.0
    for block in range(weights.shape[0]):
        room.log_ratios[:] = weights[block]
        added, _ = to_weights(room.log_ratios, top, nodes.weights[block], weights[block])
        total += added
    weights /= total


@nb.njit(**LOOP)
def posterior_moments(
    sets, model, means, nodes, proposals, room, weights, first, last, out_means, out_sds
):
    """Set mean and standard deviation of the coefficients of persons `first` to `last`."""
    sets, model, nodes, room = unowned(sets), unowned(model), unowned(nodes), unowned(room)
    proposals = unowned(proposals)
    for n in range(first, last):
        weigh_draws(sets, model, means, nodes, proposals, n, room, weights)
        out_means[n], out_sds[n] = 0.0, 0.0
        for block in range(weights.shape[0]):
            draw(model, nodes.values[n % nodes.values.shape[0], block], room)
            add_means(room.unscaled, weights[block], out_means[n])
        # Around the mean: squares less the square of the mean would lose small deviations.
        for block in range(weights.shape[0]):
            if weights.shape[0] > 1:
                draw(model, nodes.values[n % nodes.values.shape[0], block], room)
            add_squares(room.unscaled, weights[block], out_means[n], out_sds[n])
        for k in range(out_sds.shape[1]):
            out_sds[n, k] = np.sqrt(out_sds[n, k])


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
def posterior_draws(
    sets, model, means, nodes, proposals, room, weights, uniforms, first, last, out
):
    """Set draws out[s, n] of the coefficients of persons `first` to `last`."""
    sets, model, nodes, room = unowned(sets), unowned(model), unowned(nodes), unowned(room)
    proposals = unowned(proposals)
    places = np.empty(uniforms.shape[1], np.int64)
    width = weights.shape[1]
    for n in range(first, last):
        weigh_draws(sets, model, means, nodes, proposals, n, room, weights)
        pick(weights.ravel(), uniforms[n], places)
        for block in range(weights.shape[0]):
            draw(model, nodes.values[n % nodes.values.shape[0], block], room)
            for s in range(places.shape[0]):
                if places[s] // width == block:
                    for k in range(out.shape[2]):
                        out[s, n, k] = room.unscaled[k, places[s] % width]


@nb.njit(**LOOP)
def pick(weights, uniforms, places):
    """Set the place at which the cumulated weights pass each uniform number; cumulates them."""
    last = 0
    for r in range(weights.shape[0]):
        if weights[r] > 0.0:
            last = r
        if r > 0:
            weights[r] += weights[r - 1]
    for s in range(places.shape[0]):
        low, high = 0, last
        while low < high:
            middle = (low + high) // 2
            if weights[middle] > uniforms[s]:
                high = middle
            else:
                low = middle + 1
        places[s] = low
