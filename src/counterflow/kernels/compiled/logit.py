"""Compiled loops of `kernels.logit`: choice sets are runs of rows, without padding.

Rows hold attributes less those of the chosen alternative. So the probability of the choice is
1 / (1 + sum of the rows' odds): one alternative fewer, no gather, and no separate numerator.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.elementary import exp
from counterflow.kernels.compiled.options import LOOP, VECTOR
from counterflow.kernels.compiled.small_matrices import add_scaled, products


@nb.njit(**VECTOR)
def exponentiate(values):
    """Replace each value by its exponential."""
    for i in range(values.shape[0]):
        values[i] = exp(values[i])


@nb.njit(**LOOP)
def divide_by_sums(odds, task_starts, first, last):
    """Replace odds by probabilities; return the log-likelihood of tasks `first` to `last`."""
    start = task_starts[first]
    log_likelihood = 0.0
    product = 1.0
    for task in range(first, last):
        begin, end = task_starts[task] - start, task_starts[task + 1] - start
        total = 1.0
        for i in range(begin, end):
            total += odds[i]
        inverse = 1.0 / total
        for i in range(begin, end):
            odds[i] *= inverse
        product *= total
        # One logarithm for many tasks: a total is at most 2e130 times the size of the set.
        if product > 1e150:
            log_likelihood -= np.log(product)
            product = 1.0
    return log_likelihood - np.log(product)


@nb.njit(**VECTOR)
def subtract_rows(rows, weights, out):
    """Subtract from `out` each row times its weight."""
    for i in range(rows.shape[0]):
        weight = weights[i]
        row = rows[i]
        for k in range(out.shape[0]):
            out[k] -= weight * row[k]


@nb.njit(**VECTOR)
def add_outer(weight, vector, out):
    """Add weight times the outer product of a vector with itself to the lower half of `out`."""
    for i in range(vector.shape[0]):
        scaled = weight * vector[i]
        row = out[i]
        for j in range(i + 1):
            row[j] += scaled * vector[j]


@nb.njit(**LOOP)
def add_information(rows, probabilities, task_starts, first, last, weight, mean, out):
    """Add weight times the variance of attributes within each set to the lower half of `out`."""
    start = task_starts[first]
    for task in range(first, last):
        begin, end = task_starts[task] - start, task_starts[task + 1] - start
        mean[:] = 0.0
        subtract_rows(rows[begin:end], probabilities[begin:end], mean)
        for i in range(begin, end):
            add_outer(weight * probabilities[i], rows[i], out)
        add_outer(-weight, mean, out)


@nb.njit(**LOOP)
def add_pair_spread(differences, task_starts, out):
    """Add for each set the mean product of differences of a pair to the lower half of `out`."""
    mean = np.empty(differences.shape[1])
    for task in range(task_starts.shape[0] - 1):
        rows = differences[task_starts[task] : task_starts[task + 1]]
        n_others = rows.shape[0]
        mean[:] = 0.0
        for i in range(n_others):
            add_outer(2.0 / n_others, rows[i], out)
            add_scaled(1.0, rows[i], mean)
        # The chosen one is a row of zeros, which counts in the mean.
        add_outer(-2.0 / (n_others * (n_others + 1.0)), mean, out)


@nb.njit(**LOOP)
def longest_panel(task_starts, person_starts):
    """Return the largest number of rows of a person."""
    longest = 0
    for n in range(person_starts.shape[0] - 1):
        rows = task_starts[person_starts[n + 1]] - task_starts[person_starts[n]]
        longest = max(longest, rows)
    return longest


@nb.njit(**LOOP)
def log_likelihood_block(
    differences,
    task_starts,
    person_starts,
    weights,
    coefficients,
    log_likelihoods,
    scores,
    information,
):
    """Fill log-likelihood and score of each person, and sum their information."""
    buffer = np.empty(longest_panel(task_starts, person_starts))
    mean = np.empty(coefficients.shape[0])
    for n in range(log_likelihoods.shape[0]):
        begin, end = person_starts[n], person_starts[n + 1]
        rows = differences[task_starts[begin] : task_starts[end]]
        odds = buffer[: rows.shape[0]]
        products(rows, coefficients, odds)
        exponentiate(odds)
        log_likelihoods[n] = divide_by_sums(odds, task_starts, begin, end)
        scores[n] = 0.0
        subtract_rows(rows, odds, scores[n])
        add_information(rows, odds, task_starts, begin, end, weights[n], mean, information)


@nb.njit(**LOOP)
def choice_probabilities(utilities, task_starts, probabilities):
    """Set the probability of each row within its set."""
    for task in range(task_starts.shape[0] - 1):
        begin, end = task_starts[task], task_starts[task + 1]
        # The largest exponent is 0, so that no exponential overflows.
        top = utilities[begin:end].max()
        total = 0.0
        for i in range(begin, end):
            probabilities[i] = np.exp(utilities[i] - top)
            total += probabilities[i]
        for i in range(begin, end):
            probabilities[i] /= total


@nb.njit(**LOOP)
def logsums(utilities, task_starts, out):
    """Set the logarithm of the sum of exponentials of each set."""
    for task in range(task_starts.shape[0] - 1):
        begin, end = task_starts[task], task_starts[task + 1]
        top = utilities[begin:end].max()
        total = 0.0
        for i in range(begin, end):
            total += np.exp(utilities[i] - top)
        out[task] = top + np.log(total)
