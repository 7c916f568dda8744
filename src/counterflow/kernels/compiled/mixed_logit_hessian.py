"""Compiled loops of `kernels.mixed_logit.information`: second derivatives, draw by draw.

A pair of coefficients (k, l), l <= k, is a row of `pairs`: row k (k + 1) / 2 + l.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.mixed_logit import (
    answer_block,
    begin_person,
    differentiate,
    rows_of,
    to_latent_gradient,
    to_weights,
)
from counterflow.kernels.compiled.mixing_distributions import (
    LOGNORMAL,
    NEGATIVE_LOGNORMAL,
    UNIFORM,
    bend_direction,
)
from counterflow.kernels.compiled.options import LOOP, REDUCE, VECTOR
from counterflow.kernels.compiled.unowned import unowned
from counterflow.kernels.compiled.vectors import (
    copy,
    fill,
    largest,
    multiply_by,
    scale,
    subtract_product,
)
from counterflow.kernels.compiled.weighted_sums import weighted_sums


@nb.njit(**LOOP)
def add_informations(
    sets, model, means, covariates, nodes, proposals, weights, room, pair_room, first, last, total
):
    """Add the weighted information of persons `first` to `last` (lower half) to `total`."""
    sets, model, nodes, room = unowned(sets), unowned(model), unowned(nodes), unowned(room)
    proposals, pair_room = unowned(proposals), unowned(pair_room)
    score, information = pair_room.score, pair_room.information
    for n in range(first, last):
        fill(0.0, score)
        fill(0.0, information.ravel())
        fill(0.0, pair_room.bend)
        top, sum_of_weights = -np.inf, 0.0
        begin_person(sets, model, means, nodes, proposals, n, room)
        list_task_entries(sets, n, pair_room)
        for block in range(nodes.weights.shape[0]):
            answer_block(sets, model, nodes, n, block, room)
            set_pairs(sets, n, room, pair_room)
            differentiate(sets, n, room)
            if model.scale_index >= 0:
                unscale_pairs(
                    room.unscaled,
                    model.scale_index,
                    room.gradient,
                    pair_room.scaled,
                    pair_room.pairs,
                )
            to_latent_gradient(model, room)
            high = largest(room.log_ratios)
            if high > top:
                shrink = np.exp(top - high)
                sum_of_weights *= shrink
                scale(shrink, score)
                scale(shrink, information.ravel())
                scale(shrink, pair_room.bend)
                top = high
            added, _ = to_weights(room.log_ratios, top, nodes.weights[block], room.weights)
            sum_of_weights += added
            finish_pairs(
                model.kinds,
                room.unscaled,
                room.slopes,
                room.gradient,
                room.weights,
                pair_room.pairs,
            )
            add_moments(
                room.gradient,
                room.weights,
                room.bends,
                pair_room.pairs,
                room.shapes,
                pair_room.starts,
                pair_room.order,
                model.sources,
                pair_room.product,
                score,
                information,
                pair_room.bend,
            )
        own_bends(model, room.mean, pair_room)
        person_information(score, information, sum_of_weights)
        add_person(information, covariates[n], weights[n], model.kinds.shape[0], total)


@nb.njit(**LOOP)
def list_task_entries(sets, n, pair_room):
    """List the non-zero attributes of each task, coefficient by coefficient."""
    rows = rows_of(sets, n)
    start = sets.task_starts[sets.person_starts[n]]
    m, line = 0, 0
    for task in range(sets.person_starts[n], sets.person_starts[n + 1]):
        for k in range(rows.shape[1]):
            for i in range(sets.task_starts[task] - start, sets.task_starts[task + 1] - start):
                pair_room.places[m] = i
                pair_room.values[m] = rows[i, k]
                m += rows[i, k] != 0.0
            pair_room.ends[line] = m
            line += 1


@nb.njit(**LOOP)
def set_pairs(sets, n, room, pair_room):
    """Set minus the second derivatives of the log-likelihood by the coefficients."""
    rows = rows_of(sets, n)
    n_means = (sets.person_starts[n + 1] - sets.person_starts[n]) * rows.shape[1]
    task_means = pair_room.task_means[:n_means]
    weighted_sums(
        pair_room.zeros,
        room.probabilities,
        pair_room.places,
        pair_room.values,
        pair_room.ends,
        task_means,
    )
    add_products(rows, room.probabilities, pair_room.pairs)
    subtract_products(task_means, rows.shape[1], pair_room.pairs)


@nb.njit(**VECTOR)
def add_products(rows, probabilities, pairs):
    """Set each pair to the sum over rows of the product of both attributes times probability."""
    n, n_rows = pairs.shape[1], rows.shape[0]
    pair = 0
    for k in range(rows.shape[1]):
        for m in range(k + 1):
            for r in range(n):
                pairs[pair, r] = 0.0
            for quarter in range(n_rows // 4):
                i = 4 * quarter
                a, b = rows[i, k] * rows[i, m], rows[i + 1, k] * rows[i + 1, m]
                c, d = rows[i + 2, k] * rows[i + 2, m], rows[i + 3, k] * rows[i + 3, m]
                if a != 0.0 or b != 0.0 or c != 0.0 or d != 0.0:
                    for r in range(n):
                        pairs[pair, r] += (
                            a * probabilities[i, r] + b * probabilities[i + 1, r]
                        ) + (c * probabilities[i + 2, r] + d * probabilities[i + 3, r])
            for i in range(n_rows - n_rows % 4, n_rows):
                a = rows[i, k] * rows[i, m]
                if a != 0.0:
                    for r in range(n):
                        pairs[pair, r] += a * probabilities[i, r]
            pair += 1


@nb.njit(**VECTOR)
def subtract_products(task_means, n_coefficients, pairs):
    """Subtract from each pair the sum over tasks of the product of both means."""
    n, n_lines = pairs.shape[1], task_means.shape[0]
    pair = 0
    for k in range(n_coefficients):
        for m in range(k + 1):
            for line in range(0, n_lines - n_coefficients, 2 * n_coefficients):
                a, b = line + k, line + m
                c, d = a + n_coefficients, b + n_coefficients
                for r in range(n):
                    pairs[pair, r] -= (
                        task_means[a, r] * task_means[b, r] + task_means[c, r] * task_means[d, r]
                    )
            if n_lines // n_coefficients % 2:
                a, b = n_lines - n_coefficients + k, n_lines - n_coefficients + m
                for r in range(n):
                    pairs[pair, r] -= task_means[a, r] * task_means[b, r]
            pair += 1


@nb.njit(**LOOP)
def pair_of(k, m):
    """Return the row of a pair of coefficients, in either order."""
    return k * (k + 1) // 2 + m if m <= k else m * (m + 1) // 2 + k


@nb.njit(**LOOP)
def unscale_pairs(unscaled, scale_index, gradient, scaled, pairs):
    """Turn second derivatives by coefficients into those by the coefficients before scaling.

    With s the scale's coefficient, beta_k = -s omega_k: by omega_k and omega_l they are multiplied
    by s^2; by omega_k and s they are -s (H_ks - sum_l omega_l H_kl) - g_k; and by s twice,
    H_ss - 2 sum_l omega_l H_sl + sum_kl omega_k omega_l H_kl.
    """
    n_coefficients = unscaled.shape[0]
    for k in range(n_coefficients):
        copy(pairs[pair_of(k, scale_index)], scaled[k])
        for m in range(n_coefficients):
            if m != scale_index:
                subtract_product(unscaled[m], pairs[pair_of(k, m)], scaled[k])
    own = pairs[pair_of(scale_index, scale_index)]
    copy(scaled[scale_index], own)
    for k in range(n_coefficients):
        if k != scale_index:
            subtract_product(unscaled[k], scaled[k], own)
            cross = pairs[pair_of(k, scale_index)]
            copy(gradient[k], cross)
            subtract_product(unscaled[scale_index], scaled[k], cross)
            for m in range(k + 1):
                if m != scale_index:
                    multiply_by(unscaled[scale_index], pairs[pair_of(k, m)])
                    multiply_by(unscaled[scale_index], pairs[pair_of(k, m)])


@nb.njit(**VECTOR)
def finish_pairs(kinds, unscaled, slopes, gradient, weights, pairs):
    """Turn second derivatives by coefficients into weighted ones by latent values.

    They become those of the likelihood itself, d2 p / p = g g' + d2 log p, with the sign changed.
    """
    n = pairs.shape[1]
    for k in range(kinds.shape[0]):
        kind = kinds[k]
        if kind in (LOGNORMAL, NEGATIVE_LOGNORMAL) or kind > UNIFORM:
            by = slopes if kind > UNIFORM else unscaled
            for m in range(k + 1):
                pair = k * (k + 1) // 2 + m
                for r in range(n):
                    pairs[pair, r] *= by[k, r]
            for m in range(k, kinds.shape[0]):
                pair = m * (m + 1) // 2 + k
                for r in range(n):
                    pairs[pair, r] *= by[k, r]
            if kind <= UNIFORM:
                # The exponential is its own second derivative.
                pair = k * (k + 1) // 2 + k
                for r in range(n):
                    pairs[pair, r] -= gradient[k, r]
    pair = 0
    for k in range(kinds.shape[0]):
        for m in range(k + 1):
            for r in range(n):
                pairs[pair, r] = weights[r] * (pairs[pair, r] - gradient[k, r] * gradient[m, r])
            pair += 1


@nb.njit(**REDUCE)
def add_moments(
    gradient,
    weights,
    bends,
    pairs,
    shapes,
    starts,
    order,
    sources,
    product,
    score,
    information,
    bend,
):
    """Add up what the draws say of each parameter, and of each pair of parameters."""
    n = weights.shape[0]
    for k in range(gradient.shape[0]):
        total = 0.0
        for r in range(n):
            gradient[k, r] *= weights[r]
            total += gradient[k, r] * bends[k, r]
        bend[k] += total
        for place in range(starts[k], starts[k + 1]):
            p = order[place]
            d = sources[p]
            total = 0.0
            for r in range(n):
                total += gradient[k, r] * shapes[d, r]
            score[p] += total
    for k in range(gradient.shape[0]):
        for place in range(starts[k], starts[k + 1]):
            p = order[place]
            d = sources[p]
            for m in range(k + 1):
                pair = k * (k + 1) // 2 + m
                for r in range(n):
                    product[r] = pairs[pair, r] * shapes[d, r]
                for other in range(starts[m], starts[m + 1] if m < k else place + 1):
                    q = order[other]
                    e = sources[q]
                    total = 0.0
                    for r in range(n):
                        total += product[r] * shapes[e, r]
                    # Lower half: parameters are not in the order of their coefficients.
                    information[max(p, q), min(p, q)] += total


@nb.njit(**LOOP)
def own_bends(model, mean, pair_room):
    """Subtract what the curvature of truncated distributions in mean and spread adds."""
    for k in range(mean.shape[0]):
        if model.kinds[k] > UNIFORM:
            p, q = k, pair_room.order[pair_room.starts[k + 1] - 1]
            along = bend_direction(mean[k], model.spreads[k])
            pair_room.information[p, p] -= pair_room.bend[k]
            pair_room.information[q, p] -= pair_room.bend[k] * along
            pair_room.information[q, q] -= pair_room.bend[k] * along * along


@nb.njit(**LOOP)
def person_information(score, information, sum_of_weights):
    """Turn sums over draws into minus the Hessian (lower half) of a person's log-likelihood."""
    for p in range(score.shape[0]):
        score[p] /= sum_of_weights
        for q in range(p + 1):
            information[p, q] = information[p, q] / sum_of_weights + score[p] * score[q]


@nb.njit(**LOOP)
def add_person(information, covariates, weight, n_means, total):
    """Add a person's weighted information, with a mean for each covariate (the first is 1)."""
    n_covariates = covariates.shape[0]
    for p in range(information.shape[0]):
        for a in range(n_covariates if p < n_means else 1):
            row = a * n_means + p if p < n_means else (n_covariates - 1) * n_means + p
            left = weight * covariates[a] if p < n_means else weight
            for q in range(information.shape[0]):
                value = left * (information[p, q] if q <= p else information[q, p])
                if q >= n_means:
                    column = (n_covariates - 1) * n_means + q
                    if column <= row:
                        total[row, column] += value
                else:
                    for b in range(n_covariates):
                        if b * n_means + q <= row:
                            total[row, b * n_means + q] += value * covariates[b]
