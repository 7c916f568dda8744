"""Compiled loops of `kernels.first_choice_cuts`, in the words of its docstring."""

import numba as nb
import numpy as np

_SUPPORT = 1e-9
"""A candidate counts as offered in part from this share on."""

_NONE, _TOTAL, _GROUP, _BOX = 0, 1, 2, 3
"""Which inequality bounds a step: w <= 1, and those of the kernel's docstring in their order."""


@nb.njit(cache=True, nogil=True)
def restrict(starts, listed, profits, box, is_certain, sizes, ends, to_listed, to_profits):
    """Write the lists of those in boxes, up to where a choice is certain; return their length."""
    filled = 0
    seen = np.zeros(sizes.shape[0], np.int64)
    for n in range(starts.shape[0] - 1):
        seen[:] = 0
        for e in range(starts[n], starts[n + 1]):
            b = box[listed[e]]
            if b < 0:
                continue
            to_listed[filled] = listed[e]
            to_profits[filled] = profits[e]
            filled += 1
            seen[b] += 1
            if is_certain[b] and seen[b] == sizes[b]:
                break
        ends[n + 1] = filled
    return filled


@nb.njit(cache=True, nogil=True)
def separate(starts, listed, profits, box, counts, group, x, at, theta, least, cuts):
    """Write a cut for each person, made at `x`, that cuts off `theta` at the point `at`.

    Return the number of cuts and of their entries.
    """
    person, constants, row_starts, columns, values = cuts
    in_box = np.zeros(counts.shape[0])
    in_group = np.zeros(group.max() + 1 if group.shape[0] else 0)
    n_cuts, filled = 0, 0
    row_starts[0] = 0
    for n in range(starts.shape[0] - 1):
        first, end = starts[n], starts[n + 1]
        slopes = np.zeros(end - first)
        constant = _cut_of(
            listed[first:end], profits[first:end], box, counts, group, x, in_box, in_group, slopes
        )
        value = constant
        for t in range(end - first):
            value += slopes[t] * at[listed[first + t]]
        if value < theta[n] - least:
            for t in range(end - first):
                if slopes[t] != 0.0:
                    columns[filled] = listed[first + t]
                    values[filled] = slopes[t]
                    filled += 1
            person[n_cuts] = n
            constants[n_cuts] = constant
            n_cuts += 1
            row_starts[n_cuts] = filled
    return n_cuts, filled


@nb.njit(cache=True, nogil=True)
def add_rows(row_starts, columns, values, prices, out):
    """Add to `out` the sum of rows, each times its price."""
    for r in range(prices.shape[0]):
        if prices[r] != 0.0:
            for e in range(row_starts[r], row_starts[r + 1]):
                out[columns[e]] += prices[r] * values[e]


@nb.njit(cache=True, nogil=True)
def _cut_of(listed, profits, box, counts, group, x, in_box, in_group, slopes):
    """Set the slopes of a person's cut, and return its constant."""
    where = _support(listed, x)
    levels, base = _levels(profits, where)
    n_steps = levels.shape[0] - 1
    kind = np.zeros(n_steps, np.int64)
    until = np.zeros(n_steps, np.int64)
    which = np.zeros(n_steps, np.int64)
    source = np.zeros(n_steps, np.int64)
    best = (1.0, _NONE, -1, -1)
    best_source = 0
    for m in range(n_steps):
        found = _least_bound(
            listed, profits, box, counts, group, x, where, levels, m, in_box, in_group
        )
        # What bounds a lower step bounds this one too, as w falls; of equals the own one.
        if found[0] <= best[0]:
            best, best_source = found, m
        kind[m], until[m], which[m], source[m] = best[1], best[2], best[3], best_source
    constant = base
    m = 0
    while m < n_steps:
        end = m + 1
        # Steps bounded by the same inequality, each in its own form or all in that of one step.
        while (
            end < n_steps
            and kind[end] == kind[m]
            and until[end] == until[m]
            and which[end] == which[m]
            and (source[end] == end) == (source[m] == m)
            and (source[end] == end or source[end] == source[m])
        ):
            end += 1
        height = levels[end] - levels[m]
        if kind[m] != _TOTAL:
            constant += height
        if kind[m] != _NONE:
            from_profit = levels[m] if source[m] == m else np.inf
            at_profit = np.inf if source[m] == m else levels[source[m] + 1]
            _add_high(profits, from_profit, at_profit, height, until[m], slopes)
            if kind[m] == _GROUP:
                _subtract(group, listed, which[m], height, until[m], slopes)
            elif kind[m] == _BOX:
                _subtract(box, listed, which[m], height / counts[which[m]], until[m], slopes)
        m = end
    return constant


@nb.njit(cache=True, nogil=True)
def _support(listed, x):
    """Return the places of a list that are offered, at least in part."""
    where = np.empty(listed.shape[0], np.int64)
    n = 0
    for t in range(listed.shape[0]):
        if x[listed[t]] > _SUPPORT:
            where[n] = t
            n += 1
    return where[:n]


@nb.njit(cache=True, nogil=True)
def _levels(profits, where):
    """Return the ends of the steps of profit, and the least profit that the person may bring."""
    base, top = 0.0, 0.0
    for t in range(profits.shape[0]):
        base = min(base, profits[t])
        top = max(top, profits[t])
    ends = np.empty(where.shape[0] + 3)
    ends[0], ends[1], ends[2] = base, 0.0, top
    for s in range(where.shape[0]):
        ends[3 + s] = profits[where[s]]
    return np.unique(ends), base


@nb.njit(cache=True, nogil=True)
def _least_bound(listed, profits, box, counts, group, x, where, levels, m, in_box, in_group):
    """Return the least bound of step m at x, of what kind, up to which place, of which set."""
    bound, kind, until, which = 1.0, _NONE, -1, -1
    high = 0.0
    for s in range(where.shape[0]):
        t = where[s]
        c = listed[t]
        in_box[box[c]] += x[c]
        in_group[group[c]] += x[c]
        if profits[t] >= levels[m + 1]:
            high += x[c]
            continue
        by_group = 1.0 + high - in_group[group[c]]
        if by_group < bound:
            bound, kind, until, which = by_group, _GROUP, t, group[c]
        by_box = 1.0 + high - in_box[box[c]] / counts[box[c]]
        if by_box < bound:
            bound, kind, until, which = by_box, _BOX, t, box[c]
    for s in range(where.shape[0]):
        in_box[box[listed[where[s]]]] = 0.0
        in_group[group[listed[where[s]]]] = 0.0
    # Who takes nothing earns 0, so only a step above 0 needs somebody to be served.
    if levels[m] >= 0.0 and high <= bound:
        bound, kind, until, which = high, _TOTAL, listed.shape[0], -1
    return bound, kind, until, which


@nb.njit(cache=True, nogil=True)
def _add_high(profits, from_profit, at_profit, height, until, slopes):
    """Add how much of the steps each candidate is high on: those from a profit, or all of them."""
    for t in range(min(until + 1, profits.shape[0])):
        if profits[t] >= at_profit:
            slopes[t] += height
        else:
            slopes[t] += min(max(profits[t] - from_profit, 0.0), height)


@nb.njit(cache=True, nogil=True)
def _subtract(sets, listed, which, amount, until, slopes):
    for t in range(until + 1):
        if sets[listed[t]] == which:
            slopes[t] -= amount
