"""Compiled loops of `kernels.nested_logit`: inclusive values upwards, derivatives back down.

A member is a kind of alternative or a nest; `starts` cuts the memberships by member, kinds first,
and `nests` says which nest a membership is in. A nest comes before the nests that it lies in, so
one pass over nests in order goes up, and one in reverse goes down. The root comes last.

An entry is a membership of a row; entries come in the order of rows. Loops go over entries, not
over the memberships of each row, arrays are passed one by one and not as tuples or slices, and
the steps of a task are inlined: tasks are so small that each of these took as long as the sums.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import LOOP, STEP
from counterflow.kernels.compiled.small_matrices import add_combination


@nb.njit(**LOOP)
def most_entries(entry_starts, first, last):
    """Return the largest number of entries of tasks `first` to `last`."""
    most = 0
    for task in range(first, last):
        most = max(most, entry_starts[task + 1] - entry_starts[task])
    return most


@nb.njit(**STEP)
def join(term, nest, tops, sums):
    """Add exp(term) to a sum kept as exp(top) * sum, so that nothing overflows."""
    if term > tops[nest]:
        sums[nest] = sums[nest] * np.exp(tops[nest] - term) + 1.0
        tops[nest] = term
    elif term > -np.inf:
        sums[nest] += np.exp(term - tops[nest])


@nb.njit(**STEP)
def go_up(
    first,
    last,
    utilities,
    rows,
    memberships,
    starts,
    nests,
    scales,
    log_alphas,
    tops,
    inclusive,
    of_rows,
    of_nests,
):
    """Set the inclusive value of each nest, and the log probability of members within nests.

    `of_rows` holds those of entries `first` to `last`, `of_nests` those of the memberships of
    nests. They are -inf where nothing is available, or allocated. `scales` are the inverse
    parameters of nests.
    """
    n_nests = scales.shape[0]
    n_kinds = starts.shape[0] - 1 - n_nests
    for m in range(n_nests):
        tops[m] = -np.inf
        inclusive[m] = 0.0
    for k in range(first, last):
        e = memberships[k]
        nest = nests[e]
        term = (utilities[rows[k]] + log_alphas[e]) * scales[nest]
        of_rows[k - first] = term
        if term > tops[nest]:
            tops[nest] = term
    for k in range(first, last):
        nest = nests[memberships[k]]
        if of_rows[k - first] > -np.inf:
            inclusive[nest] += np.exp(of_rows[k - first] - tops[nest])
    for m in range(n_nests):
        inclusive[m] = tops[m] + np.log(inclusive[m]) if inclusive[m] > 0.0 else -np.inf
        for e in range(starts[n_kinds + m], starts[n_kinds + m + 1]):
            of_nests[e] = (inclusive[m] / scales[m] + log_alphas[e]) * scales[nests[e]]
            join(of_nests[e], nests[e], tops, inclusive)
    for k in range(first, last):
        if of_rows[k - first] > -np.inf:
            of_rows[k - first] -= inclusive[nests[memberships[k]]]
    for e in range(starts[n_kinds], nests.shape[0]):
        if of_nests[e] > -np.inf:
            of_nests[e] -= inclusive[nests[e]]


@nb.njit(**STEP)
def log_probability(within, first, begin, end, nests, reach):
    """Return the log probability of the member with memberships `begin` to `end`.

    Its log probabilities within its nests stand at `within[first]` and after.
    """
    if end - begin == 1:
        return within[first] + reach[nests[begin]]
    top = -np.inf
    for e in range(begin, end):
        top = max(top, within[first + e - begin] + reach[nests[e]])
    if top == -np.inf:
        return top
    total = 0.0
    for e in range(begin, end):
        total += np.exp(within[first + e - begin] + reach[nests[e]] - top)
    return top + np.log(total)


@nb.njit(**STEP)
def go_down(starts, nests, of_nests, reach):
    """Set the log probability that a choice is made in each nest."""
    n_nests = reach.shape[0]
    n_kinds = starts.shape[0] - 1 - n_nests
    reach[n_nests - 1] = 0.0
    for m in range(n_nests - 2, -1, -1):
        begin, end = starts[n_kinds + m], starts[n_kinds + m + 1]
        reach[m] = log_probability(of_nests, begin, begin, end, nests, reach)


@nb.njit(**STEP)
def share_out(weight, log_own, within, first, begin, end, nests, reach, shares, passed):
    """Share the choice of a member out over the nests by which it can have been reached."""
    for e in range(begin, end):
        shares[e] = weight
        if end - begin > 1 and weight > 0.0:
            shares[e] *= np.exp(within[first + e - begin] + reach[nests[e]] - log_own)
        passed[nests[e]] += shares[e]


@nb.njit(**STEP)
def trace_choice(first, begin, end, starts, nests, of_rows, of_nests, reach, shares, passed):
    """Return the log probability of the choice; set how it passed through memberships and nests.

    The chosen row has the memberships `begin` to `end`, at `of_rows[first]` and after.
    """
    n_nests = reach.shape[0]
    n_kinds = starts.shape[0] - 1 - n_nests
    for m in range(n_nests):
        passed[m] = 0.0
    own = log_probability(of_rows, first, begin, end, nests, reach)
    share_out(1.0, own, of_rows, first, begin, end, nests, reach, shares, passed)
    for m in range(n_nests - 1):
        begin, end = starts[n_kinds + m], starts[n_kinds + m + 1]
        share_out(passed[m], reach[m], of_nests, begin, begin, end, nests, reach, shares, passed)
    return own


@nb.njit(**STEP)
def pull_of(share, log_within, nest, n, scales, pulls, entropies, lambda_scores):
    """Return the derivative by what a membership brings into its nest.

    Adds to the entropy of the nest, and to person n's derivative by its parameter.
    """
    if log_within == -np.inf:
        return 0.0
    probability = np.exp(log_within)
    entropies[nest] -= probability * log_within
    lambda_scores[n, nest] -= share * log_within * scales[nest]
    return (share + pulls[nest] * probability) * scales[nest]


@nb.njit(**STEP)
def differentiate(
    n,
    first,
    last,
    origin,
    chosen,
    chosen_end,
    rows,
    memberships,
    starts,
    nests,
    scales,
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
    """Add the derivatives by utilities of rows, by parameters of nests and by allocations.

    The slope of row r stands at `slopes[r - origin]`; entries `chosen` to `chosen_end` are those
    of the row that was chosen.
    """
    n_nests = scales.shape[0]
    n_kinds = starts.shape[0] - 1 - n_nests
    has_alphas = alpha_scores.shape[1] > 0
    for m in range(n_nests):
        entropies[m] = 0.0
    for m in range(n_nests - 1, -1, -1):
        pulls[m] = -passed[m]
        for e in range(starts[n_kinds + m], starts[n_kinds + m + 1]):
            pull = pull_of(
                shares[e], of_nests[e], nests[e], n, scales, pulls, entropies, lambda_scores
            )
            pulls[m] += pull / scales[m]
            if has_alphas:
                alpha_scores[n, e] += pull
    for k in range(first, last):
        e = memberships[k]
        share = shares[e] if chosen <= k < chosen_end else 0.0
        pull = pull_of(
            share, of_rows[k - first], nests[e], n, scales, pulls, entropies, lambda_scores
        )
        slopes[rows[k] - origin] += pull
        if has_alphas:
            alpha_scores[n, e] += pull
    for m in range(n_nests):
        lambda_scores[n, m] += pulls[m] * entropies[m] * scales[m]


@nb.njit(**LOOP)
def log_likelihood_block(
    first_person,
    last_person,
    utilities,
    jacobian,
    rows,
    memberships,
    entry_starts,
    chosen_entries,
    chosen_ends,
    task_starts,
    person_starts,
    starts,
    nests,
    lambdas,
    log_alphas,
    log_likelihoods,
    scores,
    lambda_scores,
    alpha_scores,
):
    """Fill log-likelihood and scores of persons `first_person` to `last_person`."""
    n_nests, scales = lambdas.shape[0], 1.0 / lambdas
    first_task, last_task = person_starts[first_person], person_starts[last_person]
    origin = task_starts[first_task]
    slopes = np.zeros(task_starts[last_task] - origin)
    of_rows = np.empty(most_entries(entry_starts, first_task, last_task))
    of_nests, shares = np.empty(nests.shape[0]), np.empty(nests.shape[0])
    tops, inclusive, reach = np.empty(n_nests), np.empty(n_nests), np.empty(n_nests)
    passed, pulls, entropies = np.empty(n_nests), np.empty(n_nests), np.empty(n_nests)
    log_likelihoods[:] = 0.0
    scores[:] = 0.0
    lambda_scores[:] = 0.0
    alpha_scores[:] = 0.0
    for n in range(last_person - first_person):
        begin, end = person_starts[first_person + n], person_starts[first_person + n + 1]
        for task in range(begin, end):
            first, last = entry_starts[task], entry_starts[task + 1]
            chosen, chosen_end = chosen_entries[task], chosen_ends[task]
            go_up(
                first,
                last,
                utilities,
                rows,
                memberships,
                starts,
                nests,
                scales,
                log_alphas,
                tops,
                inclusive,
                of_rows,
                of_nests,
            )
            go_down(starts, nests, of_nests, reach)
            log_likelihoods[n] += trace_choice(
                chosen - first,
                memberships[chosen],
                memberships[chosen] + chosen_end - chosen,
                starts,
                nests,
                of_rows,
                of_nests,
                reach,
                shares,
                passed,
            )
            differentiate(
                n,
                first,
                last,
                origin,
                chosen,
                chosen_end,
                rows,
                memberships,
                starts,
                nests,
                scales,
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
        begin, end = task_starts[begin], task_starts[end]
        add_combination(jacobian[begin:end], slopes[begin - origin : end - origin], scores[n])


@nb.njit(**LOOP)
def choice_probabilities(
    utilities,
    rows,
    memberships,
    entry_starts,
    starts,
    nests,
    lambdas,
    log_alphas,
    probabilities,
    logsums,
):
    """Add up the probability of each row within its task; set the logsum of each task."""
    n_nests, scales = lambdas.shape[0], 1.0 / lambdas
    n_tasks = entry_starts.shape[0] - 1
    of_rows = np.empty(most_entries(entry_starts, 0, n_tasks))
    of_nests = np.empty(nests.shape[0])
    tops, inclusive, reach = np.empty(n_nests), np.empty(n_nests), np.empty(n_nests)
    for task in range(n_tasks):
        first, last = entry_starts[task], entry_starts[task + 1]
        go_up(
            first,
            last,
            utilities,
            rows,
            memberships,
            starts,
            nests,
            scales,
            log_alphas,
            tops,
            inclusive,
            of_rows,
            of_nests,
        )
        go_down(starts, nests, of_nests, reach)
        logsums[task] = inclusive[n_nests - 1]
        for k in range(first, last):
            probabilities[rows[k]] += np.exp(of_rows[k - first] + reach[nests[memberships[k]]])
