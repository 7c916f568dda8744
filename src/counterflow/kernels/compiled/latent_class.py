"""Compiled loops of `kernels.latent_class`: the classes of many starts against one read of rows.

In `add_starts` a lane is one class of one start, and lanes lie side by side: whatever is done to
one is done to all in one vector loop, and a row of attributes is read once for all of them.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.elementary import exp, log
from counterflow.kernels.compiled.logit import (
    add_information,
    add_outer,
    divide_by_sums,
    exponentiate,
    longest_panel,
    subtract_rows,
)
from counterflow.kernels.compiled.options import LOOP, VECTOR
from counterflow.kernels.compiled.small_matrices import (
    add_cross_products,
    add_scaled,
    combine,
    products,
)


@nb.njit(**VECTOR)
def set_to(value, out):
    """Set every entry of `out` to the value."""
    for i in range(out.shape[0]):
        out[i] = value


@nb.njit(**VECTOR)
def multiply_by(factors, out):
    """Multiply `out` by the factors, entry by entry."""
    for i in range(out.shape[0]):
        out[i] *= factors[i]


@nb.njit(**VECTOR)
def subtract_products(factors, rows, out):
    """Subtract from each row of `out` the product, entry by entry, of the row with the factors."""
    # All rows in one call: with few starts a call costs as much as the row.
    for j in range(rows.shape[0]):
        for i in range(factors.shape[0]):
            out[j, i] -= factors[i] * rows[j, i]


@nb.njit(**VECTOR)
def take_logs(totals, log_likelihoods):
    """Subtract the logarithm of each total, and replace the totals by their inverses."""
    for i in range(totals.shape[0]):
        log_likelihoods[i] -= log(totals[i])
        totals[i] = 1.0 / totals[i]


@nb.njit(**LOOP)
def mix(log_likelihoods, priors, posteriors):
    """Return the log-likelihood of a mixture; logits in `priors` become shares.

    `posteriors` is set to the shares of the classes given the choices.
    """
    n = priors.shape[0]
    # Shifted by the largest, so that nothing overflows and one term is 1.
    top, best = priors.max(), -np.inf
    for g in range(n):
        posteriors[g] = priors[g] + log_likelihoods[g]
        best = max(best, posteriors[g])
    prior_total, total = 0.0, 0.0
    for g in range(n):
        priors[g] = exp(priors[g] - top)
        prior_total += priors[g]
        posteriors[g] = exp(posteriors[g] - best)
        total += posteriors[g]
    for g in range(n):
        priors[g] /= prior_total
        posteriors[g] /= total
    return best + np.log(total) - top - np.log(prior_total)


@nb.njit(**LOOP)
def add_membership(weight, traits, priors, posteriors, gradient, information):
    """Add a person's part of gradient and information of the membership logit, without choices.

    `gradient` has a row a trait, `information` is over classes and within them over traits.
    """
    n_classes, n_traits = priors.shape[0], traits.shape[0]
    for g in range(n_classes):
        pull = weight * (posteriors[g] - priors[g])
        for i in range(n_traits):
            gradient[i, g] += pull * traits[i]
        for h in range(g + 1):
            bend = weight * priors[g] * ((1.0 if g == h else 0.0) - priors[h])
            for i in range(n_traits):
                for j in range(n_traits):
                    row, column = g * n_traits + i, h * n_traits + j
                    information[row, column] += bend * traits[i] * traits[j]


@nb.njit(**LOOP)
def add_task(rows, probabilities, log_likelihoods, totals):
    """Turn odds of a task into probabilities, in all lanes."""
    set_to(1.0, totals)
    for i in range(rows):
        add_scaled(1.0, probabilities[i], totals)
    take_logs(totals, log_likelihoods)
    for i in range(rows):
        multiply_by(totals, probabilities[i])


@nb.njit(**VECTOR)
def set_means(rows, probabilities, means):
    """Set `means` to the mean attributes of a task, a row an attribute."""
    for k in range(means.shape[0]):
        for lane in range(means.shape[1]):
            means[k, lane] = 0.0
        for r in range(rows.shape[0]):
            attribute = rows[r, k]
            for lane in range(means.shape[1]):
                means[k, lane] += attribute * probabilities[r, lane]


@nb.njit(**VECTOR)
def subtract_weighted(means, importance, weighted, gradient):
    """Set `weighted` to the means times the importance of each lane; subtract from the gradient."""
    for k in range(means.shape[0]):
        for lane in range(means.shape[1]):
            weighted[k, lane] = means[k, lane] * importance[lane]
            gradient[k, lane] -= weighted[k, lane]


@nb.njit(**LOOP)
def subtract_means(means, weighted, information):
    """Subtract the squares of a task's mean attributes from the information, lower half."""
    pair = 0
    for k in range(means.shape[0]):
        subtract_products(weighted[k], means[: k + 1], information[pair : pair + k + 1])
        pair += k + 1


@nb.njit(**LOOP)
def set_pairs(rows, out):
    """Set `out` to the products of two attributes of each row, lower half."""
    for r in range(rows.shape[0]):
        pair = 0
        for i in range(rows.shape[1]):
            for j in range(i + 1):
                out[r, pair] = rows[r, i] * rows[r, j]
                pair += 1


@nb.njit(**LOOP)
def add_starts(
    differences,
    task_starts,
    person_starts,
    weights,
    traits,
    coefficients,
    memberships,
    n_classes,
    log_likelihoods,
    gradient,
    information,
    trait_gradient,
    trait_information,
):
    """Add likelihood, gradient and complete-data information of every start.

    `coefficients` and `memberships` have a column a lane; so have `gradient`, a row a coefficient,
    and `information`, a row a pair of coefficients.
    """
    n_coefficients, n_lanes = coefficients.shape
    longest = longest_panel(task_starts, person_starts)
    probabilities = np.empty((longest, n_lanes))
    pairs = np.empty((longest, information.shape[0]))
    means = np.empty((n_coefficients, n_lanes))
    weighted = np.empty((n_coefficients, n_lanes))
    totals, by_lane = np.empty(n_lanes), np.empty(n_lanes)
    priors, posteriors = np.empty(n_lanes), np.empty(n_lanes)
    for n in range(weights.shape[0]):
        begin, end = person_starts[n], person_starts[n + 1]
        start = task_starts[begin]
        rows = differences[start : task_starts[end]]
        set_to(0.0, by_lane)
        for i in range(rows.shape[0]):
            combine(coefficients, rows[i], probabilities[i])
            exponentiate(probabilities[i])
        for task in range(begin, end):
            first, last = task_starts[task] - start, task_starts[task + 1] - start
            add_task(last - first, probabilities[first:last], by_lane, totals)
        combine(memberships, traits[n], priors)
        for s in range(n_lanes // n_classes):
            a, b = s * n_classes, (s + 1) * n_classes
            log_likelihoods[s] += weights[n] * mix(by_lane[a:b], priors[a:b], posteriors[a:b])
            add_membership(
                weights[n],
                traits[n],
                priors[a:b],
                posteriors[a:b],
                trait_gradient[:, a:b],
                trait_information[s],
            )
        for lane in range(n_lanes):
            posteriors[lane] *= weights[n]
        for task in range(begin, end):
            first, last = task_starts[task] - start, task_starts[task + 1] - start
            set_means(rows[first:last], probabilities[first:last], means)
            subtract_weighted(means, posteriors, weighted, gradient)
            subtract_means(means, weighted, information)
        for i in range(rows.shape[0]):
            multiply_by(posteriors, probabilities[i])
        set_pairs(rows, pairs)
        add_cross_products(pairs[: rows.shape[0]], probabilities[: rows.shape[0]], information)


@nb.njit(**LOOP)
def person_classes(rows, task_starts, begin, end, coefficients, odds, by_class, gradients):
    """Set likelihood and gradient of a person's choices in each class; `odds` to probabilities."""
    for g in range(coefficients.shape[0]):
        own = odds[g, : rows.shape[0]]
        products(rows, coefficients[g], own)
        exponentiate(own)
        by_class[g] = divide_by_sums(own, task_starts, begin, end)
        gradients[g] = 0.0
        subtract_rows(rows, own, gradients[g])


@nb.njit(**LOOP)
def slope_block(
    differences,
    task_starts,
    person_starts,
    traits,
    coefficients,
    memberships,
    log_likelihoods,
    posteriors,
    scores,
):
    """Fill log-likelihood, posterior shares and score of each person."""
    n_classes, n_coefficients = coefficients.shape
    n_traits = traits.shape[1]
    odds = np.empty((n_classes, longest_panel(task_starts, person_starts)))
    gradients = np.empty((n_classes, n_coefficients))
    by_class, priors = np.empty(n_classes), np.empty(n_classes)
    for n in range(log_likelihoods.shape[0]):
        begin, end = person_starts[n], person_starts[n + 1]
        rows = differences[task_starts[begin] : task_starts[end]]
        person_classes(rows, task_starts, begin, end, coefficients, odds, by_class, gradients)
        combine(memberships, traits[n], priors)
        log_likelihoods[n] = mix(by_class, priors, posteriors[n])
        at = 0
        for g in range(n_classes):
            for k in range(n_coefficients):
                scores[n, at] = posteriors[n, g] * gradients[g, k]
                at += 1
        for g in range(n_classes):
            for i in range(n_traits):
                scores[n, at] = (posteriors[n, g] - priors[g]) * traits[n, i]
                at += 1


@nb.njit(**LOOP)
def add_informations(
    differences,
    task_starts,
    person_starts,
    weights,
    traits,
    coefficients,
    memberships,
    by_coefficient,
    by_trait,
    missing,
):
    """Add what complete data would tell, and what is missing as nobody's class is seen.

    `by_coefficient` has a matrix a class; `missing` is over all parameters. Lower halves.
    """
    n_classes, n_coefficients = coefficients.shape
    n_traits = traits.shape[1]
    odds = np.empty((n_classes, longest_panel(task_starts, person_starts)))
    gradients = np.empty((n_classes, n_coefficients))
    by_class, priors = np.empty(n_classes), np.empty(n_classes)
    posteriors = np.empty(n_classes)
    mean, score = np.empty(n_coefficients), np.empty(missing.shape[0])
    unused = np.zeros((n_traits, n_classes))
    for n in range(weights.shape[0]):
        begin, end = person_starts[n], person_starts[n + 1]
        rows = differences[task_starts[begin] : task_starts[end]]
        person_classes(rows, task_starts, begin, end, coefficients, odds, by_class, gradients)
        combine(memberships, traits[n], priors)
        mix(by_class, priors, posteriors)
        add_membership(weights[n], traits[n], priors, posteriors, unused, by_trait)
        for g in range(n_classes):
            weight = weights[n] * posteriors[g]
            own = odds[g, : rows.shape[0]]
            add_information(rows, own, task_starts, begin, end, weight, mean, by_coefficient[g])
            # The score that the person would have as a member, less that over all classes.
            at = 0
            for h in range(n_classes):
                share = (1.0 if h == g else 0.0) - posteriors[h]
                for k in range(n_coefficients):
                    score[at] = share * gradients[h, k]
                    at += 1
            for h in range(n_classes):
                share = (1.0 if h == g else 0.0) - posteriors[h]
                for i in range(n_traits):
                    score[at] = share * traits[n, i]
                    at += 1
            add_outer(weight, score, missing)
