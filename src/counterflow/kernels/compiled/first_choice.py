"""Compiled loops of `kernels.first_choice`.

Candidate c stands in the lists of the people `person[e]`, at place `place[e]` (0 is the first
choice), and earns `earned[e]` from all whom they stand for: e from `starts[c]` to `starts[c + 1]`.
A line has a fixed number of places; -1 is an empty one. Costs are what offering each candidate
costs, and fees that the candidates which use them share.
"""

import numba as nb
import numpy as np

_NOWHERE = np.int32(2**31 - 1)
"""The place of what is chosen by a person who finds nothing of the list in the line."""

_LEAST_GAIN = 1e-10
"""A move must gain more than this share of the profit, so that rounding cannot make a cycle."""


@nb.njit(cache=True, nogil=True)
def improve(
    starts,
    person,
    place,
    earned,
    fixed,
    fees,
    uses,
    group,
    allowed,
    n_kept,
    n_people,
    kicked,
    drawn,
    lines,
):
    """Improve each line until no swap, addition or removal does, kick it, and improve it anew.

    Kick j of line i puts the candidates `drawn[i, j]` at the places `kicked[i, j]`; it is undone
    where that did not lead to more profit. The first `n_kept` places of a line stay as they are.
    Return the profits.
    """
    choices = np.empty(n_people, np.int32), np.empty(n_people)
    added = np.empty(group.shape[0])
    listing = starts, person, place, earned
    costs = fixed, fees, uses
    profits = np.empty(lines.shape[0])
    for i in range(lines.shape[0]):
        profits[i] = _improve(listing, costs, group, allowed, n_kept, choices, added, lines[i])
        for j in range(kicked.shape[1]):
            trial = lines[i].copy()
            for s in range(kicked.shape[2]):
                _put(group, trial, kicked[i, j, s], drawn[i, j, s])
            profit = _improve(listing, costs, group, allowed, n_kept, choices, added, trial)
            if profit > profits[i]:
                profits[i] = profit
                lines[i] = trial
    return profits


@nb.njit(cache=True, nogil=True)
def profit_of(starts, person, place, earned, fixed, fees, uses, n_people, line):
    """Return what the line earns."""
    choices = np.empty(n_people, np.int32), np.empty(n_people)
    return _profit((starts, person, place, earned), (fixed, fees, uses), line, -1, choices)


@nb.njit(cache=True, nogil=True)
def gains(starts, person, place, earned, fixed, fees, uses, n_people, line, added):
    """Set added[c] to what candidate c adds to the line, and return what the line earns."""
    choices = np.empty(n_people, np.int32), np.empty(n_people)
    listing = starts, person, place, earned
    costs = fixed, fees, uses
    profit = _profit(listing, costs, line, -1, choices)
    _gains(listing, costs, line, -1, choices, added)
    return profit


@nb.njit(cache=True, nogil=True)
def _improve(listing, costs, group, allowed, n_kept, choices, added, line):
    n_offers = line.shape[0]
    profit = _profit(listing, costs, line, -1, choices)
    if n_kept == n_offers:
        return profit
    unchanged, s = 0, n_kept
    while unchanged < n_offers - n_kept:
        rest = _profit(listing, costs, line, s, choices)
        _gains(listing, costs, line, s, choices, added)
        _forbid(added, allowed, group, line, s)
        best = np.argmax(added)
        # An empty place is better than a candidate that loses.
        better = rest + max(0.0, added[best])
        if better > profit + _LEAST_GAIN * abs(profit):
            profit = better
            line[s] = best if added[best] > 0.0 else -1
            unchanged = 0
        unchanged += 1
        s = s + 1 if s + 1 < n_offers else n_kept
    return _profit(listing, costs, line, -1, choices)


@nb.njit(cache=True, nogil=True)
def _profit(listing, costs, line, but, choices):
    """Return what the line without its place `but` earns, and set what each person chooses."""
    starts, person, place, earned = listing
    chosen, earnings = choices
    fixed, fees, uses = costs
    chosen[:] = _NOWHERE
    earnings[:] = 0.0
    profit = 0.0
    for p in range(fees.shape[0]):
        if _is_used(uses, p, line, but):
            profit -= fees[p]
    for s in range(line.shape[0]):
        c = line[s]
        if s == but or c < 0:
            continue
        profit -= fixed[c]
        for e in range(starts[c], starts[c + 1]):
            n = person[e]
            if place[e] < chosen[n]:
                chosen[n] = place[e]
                earnings[n] = earned[e]
    return profit + earnings.sum()


@nb.njit(cache=True, nogil=True)
def _gains(listing, costs, line, but, choices, added):
    """Set added[c] to what candidate c adds to a line but for a place; its people choose so."""
    starts, person, place, earned = listing
    chosen, earnings = choices
    fixed, fees, uses = costs
    is_paid = np.empty(fees.shape[0], np.bool_)
    for p in range(fees.shape[0]):
        is_paid[p] = _is_used(uses, p, line, but)
    for c in range(added.shape[0]):
        gain = -fixed[c]
        for p in range(fees.shape[0]):
            if uses[c, p] and not is_paid[p]:
                gain -= fees[p]
        for e in range(starts[c], starts[c + 1]):
            n = person[e]
            # Without a branch, which would be predicted wrongly half of the time.
            gain += (earned[e] - earnings[n]) * (place[e] < chosen[n])
        added[c] = gain


@nb.njit(cache=True, nogil=True)
def _is_used(uses, p, line, but):
    is_used = False
    for s in range(line.shape[0]):
        if s != but and line[s] >= 0:
            is_used |= uses[line[s], p]
    return is_used


@nb.njit(cache=True, nogil=True)
def _forbid(added, allowed, group, line, but):
    for c in range(added.shape[0]):
        if not allowed[c]:
            added[c] = -np.inf
    for s in range(line.shape[0]):
        if s != but and line[s] >= 0:
            for c in range(added.shape[0]):
                if group[c] == group[line[s]]:
                    added[c] = -np.inf


@nb.njit(cache=True, nogil=True)
def _put(group, line, at, candidate):
    """Put the candidate into the line, unless another of its group stands elsewhere in it."""
    for s in range(line.shape[0]):
        if s != at and line[s] >= 0 and group[line[s]] == group[candidate]:
            return
    line[at] = candidate
