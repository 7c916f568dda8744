"""Compiled loops of `kernels.mixed_predictions`: logit probabilities averaged over draws."""

import numba as nb

from counterflow.kernels.compiled.elementary import exp, log
from counterflow.kernels.compiled.mixed_logit import draw_block
from counterflow.kernels.compiled.mixed_posteriors import weigh_draws
from counterflow.kernels.compiled.options import LOOP, REDUCE, VECTOR
from counterflow.kernels.compiled.unowned import unowned
from counterflow.kernels.compiled.weighted_sums import compress_rows, weighted_sums


@nb.njit(**LOOP)
def predict(
    tasks,
    sets,
    model,
    means,
    nodes,
    proposals,
    price_index,
    room,
    task_room,
    weights,
    first,
    last,
    out,
):
    """Fill probabilities, logsums and surpluses of the tasks of persons `first` to `last`.

    `sets` are the past choices of the same persons.
    """
    tasks, sets, model, nodes = unowned(tasks), unowned(sets), unowned(model), unowned(nodes)
    proposals, room, task_room = unowned(proposals), unowned(room), unowned(task_room)
    out = unowned(out)
    for n in range(first, last):
        weigh_draws(sets, model, means, nodes, proposals, n, room, weights)
        for block in range(weights.shape[0]):
            draw_block(model, nodes, n, block, room)
            for task in range(tasks.person_starts[n], tasks.person_starts[n + 1]):
                begin, end = tasks.task_starts[task], tasks.task_starts[task + 1]
                predict_task(tasks.design[begin:end], room.coefficients, task_room)
                add_probabilities(
                    task_room.odds,
                    task_room.inverse_totals,
                    weights[block],
                    out.probabilities[begin:end],
                )
                logsum, surplus = means_of_logsum(
                    task_room.logsums,
                    weights[block],
                    room.coefficients[max(price_index, 0)],
                )
                out.logsums[task] += logsum
                out.surpluses[task] += surplus


@nb.njit(**LOOP)
def predict_task(design, coefficients, task_room):
    """Set odds, inverse totals and logsums of a task, draw by draw."""
    odds = task_room.odds[: design.shape[0]]
    compress_rows(design, task_room.places, task_room.values, task_room.ends)
    weighted_sums(
        task_room.zeros, coefficients, task_room.places, task_room.values, task_room.ends, odds
    )
    to_odds(odds, task_room.logsums, task_room.inverse_totals)


@nb.njit(**VECTOR)
def to_odds(utilities, logsums, inverse_totals):
    """Turn utilities into odds against the best alternative; set their logsums and totals."""
    n = logsums.shape[0]
    for r in range(n):
        logsums[r] = utilities[0, r]
        inverse_totals[r] = 0.0
    for i in range(1, utilities.shape[0]):
        for r in range(n):
            logsums[r] = max(logsums[r], utilities[i, r])
    for i in range(utilities.shape[0]):
        for r in range(n):
            utilities[i, r] = exp(utilities[i, r] - logsums[r])
            inverse_totals[r] += utilities[i, r]
    for r in range(n):
        logsums[r] += log(inverse_totals[r])
        inverse_totals[r] = 1.0 / inverse_totals[r]


@nb.njit(**REDUCE)
def add_probabilities(odds, inverse_totals, weights, probabilities):
    """Add the weighted mean of odds over totals."""
    for i in range(probabilities.shape[0]):
        total = 0.0
        for r in range(weights.shape[0]):
            total += weights[r] * (odds[i, r] * inverse_totals[r])
        probabilities[i] += total


@nb.njit(**REDUCE)
def means_of_logsum(logsums, weights, price):
    """Return the weighted means of the logsum, and of it over minus the price coefficient."""
    logsum, surplus = 0.0, 0.0
    for r in range(weights.shape[0]):
        logsum += weights[r] * logsums[r]
        surplus -= weights[r] * (logsums[r] / price[r])
    return logsum, surplus
