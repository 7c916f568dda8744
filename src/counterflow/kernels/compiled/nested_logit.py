"""Compiled loops of `kernels.nested_logit`: inclusive values upwards, derivatives back down.

A member is a kind of alternative or a nest; `starts` cuts the memberships by member, kinds first,
and `nests` says which nest a membership is in. A nest comes before the nests that it lies in, so
one pass over nests in order goes up, and one in reverse goes down. The root comes last.

Arrays are passed one by one, and with the numbers of rows instead of slices: a tuple of them, or a
slice, costs Numba a count of references each, which for tasks of three rows was half of the time.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import LOOP
from counterflow.kernels.compiled.small_matrices import add_combination


@nb.njit(**LOOP)
def most_memberships(kinds, task_starts, starts):
    """Return the largest number of memberships of the rows of a task."""
    most = 0
    for task in range(task_starts.shape[0] - 1):
        found = 0
        for r in range(task_starts[task], task_starts[task + 1]):
            found += starts[kinds[r] + 1] - starts[kinds[r]]
        most = max(most, found)
    return most


@nb.njit(**LOOP)
def join(term, nest, tops, sums):
    """Add exp(term) to a sum kept as exp(top) * sum, so that nothing overflows."""
    if term > tops[nest]:
        sums[nest] = sums[nest] * np.exp(tops[nest] - term) + 1.0
        tops[nest] = term
    elif term > -np.inf:
        sums[nest] += np.exp(term - tops[nest])


@nb.njit(**LOOP)
def go_up(
    first,
    last,
    utilities,
    kinds,
    starts,
    nests,
    lambdas,
    log_alphas,
    tops,
    inclusive,
    of_rows,
    of_nests,
):
    """Set the inclusive value of each nest, and the log probability of members within nests.

    `of_rows` holds those of the memberships of rows `first` to `last`, one after the other;
    `of_nests` those of nests. They are -inf where nothing is available, or allocated.
    """
    n_nests = lambdas.shape[0]
    n_kinds = starts.shape[0] - 1 - n_nests
    for m in range(n_nests):
        tops[m] = -np.inf
        inclusive[m] = 0.0
    k = 0
    for r in range(first, last):
        for e in range(starts[kinds[r]], starts[kinds[r] + 1]):
            of_rows[k] = (utilities[r] + log_alphas[e]) / lambdas[nests[e]]
            join(of_rows[k], nests[e], tops, inclusive)
            k += 1
    for m in range(n_nests):
        inclusive[m] = tops[m] + np.log(inclusive[m]) if inclusive[m] > 0.0 else -np.inf
        for e in range(starts[n_kinds + m], starts[n_kinds + m + 1]):
            of_nests[e] = (lambdas[m] * inclusive[m] + log_alphas[e]) / lambdas[nests[e]]
            join(of_nests[e], nests[e], tops, inclusive)
    k = 0
    for r in range(first, last):
        for e in range(starts[kinds[r]], starts[kinds[r] + 1]):
            if of_rows[k] > -np.inf:
                of_rows[k] -= inclusive[nests[e]]
            k += 1
    for e in range(starts[n_kinds], nests.shape[0]):
        if of_nests[e] > -np.inf:
            of_nests[e] -= inclusive[nests[e]]


@nb.njit(**LOOP)
def log_probability(within, first, begin, end, nests, reach):
    """Return the log probability of the member with memberships `begin` to `end`.

    Its log probabilities within its nests stand at `within[first]` and after.
    """
    top = -np.inf
    for e in range(begin, end):
        top = max(top, within[first + e - begin] + reach[nests[e]])
    if end - begin == 1 or top == -np.inf:
        return top
    total = 0.0
    for e in range(begin, end):
        total += np.exp(within[first + e - begin] + reach[nests[e]] - top)
    return top + np.log(total)


@nb.njit(**LOOP)
def go_down(starts, nests, of_nests, reach):
    """Set the log probability that a choice is made in each nest."""
    n_nests = reach.shape[0]
    n_kinds = starts.shape[0] - 1 - n_nests
    reach[n_nests - 1] = 0.0
    for m in range(n_nests - 2, -1, -1):
        begin, end = starts[n_kinds + m], starts[n_kinds + m + 1]
        reach[m] = log_probability(of_nests, begin, begin, end, nests, reach)


@nb.njit(**LOOP)
def share_out(weight, log_own, within, first, begin, end, nests, reach, shares, passed):
    """Share the choice of a member out over the nests by which it can have been reached."""
    for e in range(begin, end):
        shares[e] = weight
        if end - begin > 1 and weight > 0.0:
            shares[e] *= np.exp(within[first + e - begin] + reach[nests[e]] - log_own)
        passed[nests[e]] += shares[e]


@nb.njit(**LOOP)
def trace_choice(first, kind, starts, nests, of_rows, of_nests, reach, shares, passed):
    """Return the log probability of the choice; set how it passed through memberships and nests.

    The memberships of the chosen row stand at `of_rows[first]` and after.
    """
    n_nests = reach.shape[0]
    n_kinds = starts.shape[0] - 1 - n_nests
    for m in range(n_nests):
        passed[m] = 0.0
    begin, end = starts[kind], starts[kind + 1]
    own = log_probability(of_rows, first, begin, end, nests, reach)
    share_out(1.0, own, of_rows, first, begin, end, nests, reach, shares, passed)
    for m in range(n_nests - 1):
        begin, end = starts[n_kinds + m], starts[n_kinds + m + 1]
        share_out(passed[m], reach[m], of_nests, begin, begin, end, nests, reach, shares, passed)
    return own


@nb.njit(**LOOP)
def pull_of(share, log_within, nest, n, lambdas, pulls, entropies, lambda_scores):
    """Return the derivative by what a membership brings into its nest.

    Adds to the entropy of the nest, and to person n's derivative by its parameter.
    """
    if log_within == -np.inf:
        return 0.0
    probability = np.exp(log_within)
    entropies[nest] -= probability * log_within
    lambda_scores[n, nest] -= share * log_within / lambdas[nest]
    return (share + pulls[nest] * probability) / lambdas[nest]


@nb.njit(**LOOP)
def differentiate(
    n,
    first,
    last,
    chosen,
    kinds,
    starts,
    nests,
    lambdas,
    of_rows,
    of_nests,
    shares,
    passed,
    pulls,
    entropies,
    slopes,
    lambda_scores,
    alpha_scores,
):
    """Set the derivatives by utilities of rows; add those by parameters and allocations."""
    n_nests = lambdas.shape[0]
    n_kinds = starts.shape[0] - 1 - n_nests
    has_alphas = alpha_scores.shape[1] > 0
    for m in range(n_nests):
        entropies[m] = 0.0
    for m in range(n_nests - 1, -1, -1):
        pulls[m] = -passed[m]
        for e in range(starts[n_kinds + m], starts[n_kinds + m + 1]):
            pull = pull_of(
                shares[e], of_nests[e], nests[e], n, lambdas, pulls, entropies, lambda_scores
            )
            pulls[m] += lambdas[m] * pull
            if has_alphas:
                alpha_scores[n, e] += pull
    k = 0
    for r in range(first, last):
        slopes[r] = 0.0
        for e in range(starts[kinds[r]], starts[kinds[r] + 1]):
            share = shares[e] if r == chosen else 0.0
            pull = pull_of(share, of_rows[k], nests[e], n, lambdas, pulls, entropies, lambda_scores)
            slopes[r] += pull
            if has_alphas:
                alpha_scores[n, e] += pull
            k += 1
    for m in range(n_nests):
        lambda_scores[n, m] += pulls[m] * entropies[m] / lambdas[m]


@nb.njit(**LOOP)
def log_likelihood_block(
    utilities,
    jacobian,
    kinds,
    task_starts,
    person_starts,
    chosen_rows,
    starts,
    nests,
    lambdas,
    log_alphas,
    log_likelihoods,
    scores,
    lambda_scores,
    alpha_scores,
):
    """Fill log-likelihood and scores of each person."""
    n_nests = lambdas.shape[0]
    slopes = np.empty(utilities.shape[0])
    of_rows = np.empty(most_memberships(kinds, task_starts, starts))
    of_nests, shares = np.empty(nests.shape[0]), np.empty(nests.shape[0])
    tops, inclusive, reach = np.empty(n_nests), np.empty(n_nests), np.empty(n_nests)
    passed, pulls, entropies = np.empty(n_nests), np.empty(n_nests), np.empty(n_nests)
    log_likelihoods[:] = 0.0
    scores[:] = 0.0
    lambda_scores[:] = 0.0
    alpha_scores[:] = 0.0
    for n in range(log_likelihoods.shape[0]):
        for task in range(person_starts[n], person_starts[n + 1]):
            first, last, chosen = task_starts[task], task_starts[task + 1], chosen_rows[task]
            go_up(
                first,
                last,
                utilities,
                kinds,
                starts,
                nests,
                lambdas,
                log_alphas,
                tops,
                inclusive,
                of_rows,
                of_nests,
            )
            go_down(starts, nests, of_nests, reach)
            before = 0
            for r in range(first, chosen):
                before += starts[kinds[r] + 1] - starts[kinds[r]]
            log_likelihoods[n] += trace_choice(
                before, kinds[chosen], starts, nests, of_rows, of_nests, reach, shares, passed
            )
            differentiate(
                n,
                first,
                last,
                chosen,
                kinds,
                starts,
                nests,
                lambdas,
                of_rows,
                of_nests,
                shares,
                passed,
                pulls,
                entropies,
                slopes,
                lambda_scores,
                alpha_scores,
            )
        begin, end = task_starts[person_starts[n]], task_starts[person_starts[n + 1]]
        add_combination(jacobian[begin:end], slopes[begin:end], scores[n])


@nb.njit(**LOOP)
def choice_probabilities(
    utilities, kinds, task_starts, starts, nests, lambdas, log_alphas, probabilities, logsums
):
    """Set the probability of each row within its task, and the inclusive value of each task."""
    n_nests = lambdas.shape[0]
    of_rows = np.empty(most_memberships(kinds, task_starts, starts))
    of_nests = np.empty(nests.shape[0])
    tops, inclusive, reach = np.empty(n_nests), np.empty(n_nests), np.empty(n_nests)
    for task in range(task_starts.shape[0] - 1):
        first, last = task_starts[task], task_starts[task + 1]
        go_up(
            first,
            last,
            utilities,
            kinds,
            starts,
            nests,
            lambdas,
            log_alphas,
            tops,
            inclusive,
            of_rows,
            of_nests,
        )
        go_down(starts, nests, of_nests, reach)
        logsums[task] = inclusive[n_nests - 1]
        k = 0
        for r in range(first, last):
            begin, end = starts[kinds[r]], starts[kinds[r] + 1]
            own = log_probability(of_rows, k, begin, end, nests, reach)
            probabilities[r] = np.exp(own)
            k += end - begin
