"""Compiled loops of `kernels.line_search`.

Small functions on one row, never inlined and without checks for division by zero, vectorise; the
same arithmetic written as one loop over two dimensions took eight times as long.
"""

import numba as nb
import numpy as np


@nb.njit(cache=True, nogil=True)
def add_to_line(odds, earnings, line, line_odds, line_earnings):
    """Add the odds and earnings of each candidate of the line to those of each person."""
    for n in range(odds.shape[0]):
        for i in range(line.shape[0]):
            line_odds[n] += odds[n, line[i]]
            line_earnings[n] += earnings[n, line[i]]


@nb.njit(cache=True, nogil=True)
def contribution(weights, line_odds, line_earnings):
    """Return what a line earns from all people."""
    total = 0.0
    for n in range(weights.shape[0]):
        total += weights[n] * line_earnings[n] / (1.0 + line_odds[n])
    return total


@nb.njit(cache=True, nogil=True, error_model="numpy")
def contributions_with(odds, earnings, weights, line_odds, line_earnings, first, out):
    """Set out[c] to what the line earns with candidate c as well, from candidate `first` on."""
    # People are outermost: each candidate is a sum of its own, so the inner loop vectorises
    # without reordering a sum, and gives the same digits on any width of machine.
    out[:] = 0.0
    for n in range(odds.shape[0]):
        _add_person(
            odds[n, first:],
            earnings[n, first:],
            weights[n],
            1.0 + line_odds[n],
            line_earnings[n],
            out[first:],
        )


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="never")
def _add_person(odds, earnings, weight, line_odds, line_earnings, out):
    for c in range(odds.shape[0]):
        # Kept in single precision, computed in double: half the memory, all of the accuracy.
        earned = line_earnings + np.float64(earnings[c])
        out[c] += weight * earned / (line_odds + np.float64(odds[c]))


@nb.njit(cache=True, nogil=True, error_model="numpy")
def swap_until_stuck(
    odds, earnings, weights, group, fixed, fees, uses, forbidden, needs, apart, line, n_offers
):
    """Change the first `n_offers` entries of `line` until no place can be filled better.

    Return how many candidates it has then. Entry by entry: those that are filled, and one that is
    empty if there is room.
    """
    n_people, n_candidates = odds.shape
    line_odds, line_earnings = np.empty(n_people), np.empty(n_people)
    profits = np.empty(n_candidates)
    paid = np.zeros(fees.shape[0], np.bool_)
    met = np.zeros(needs.shape[0], np.bool_)
    may_join = np.empty(n_candidates, np.bool_)
    unmet, profit = needs.shape[0] + 1, -np.inf
    place, n_tried = 0, 0
    # Until every place, and one more if there is room, was tried since the last improvement.
    while n_tried <= n_offers:
        was_filled = place < n_offers
        if was_filled or n_offers < line.shape[0]:
            others = _without(line, n_offers, place)
            line_odds[:] = 0.0
            line_earnings[:] = 0.0
            add_to_line(odds, earnings, others, line_odds, line_earnings)
            contributions_with(odds, earnings, weights, line_odds, line_earnings, 0, profits)
            _note_any(uses, others, paid)
            _note_each(needs, others, met)
            _note_joining(group, forbidden, apart, others, may_join)
            standing = fixed * others.shape[0] + (fees * paid).sum()
            best, best_unmet, best_profit = -1, unmet, profit
            if was_filled and others.shape[0] > 0:
                left = contribution(weights, line_odds, line_earnings) - standing
                n_unmet = met.shape[0] - met.sum()
                if _is_better(n_unmet, left, best_unmet, best_profit):
                    best, best_unmet, best_profit = n_candidates, n_unmet, left
            for c in range(n_candidates):
                if not may_join[c]:
                    continue
                cost = standing + fixed
                for p in range(fees.shape[0]):
                    if uses[c, p] and not paid[p]:
                        cost += fees[p]
                n_unmet = 0
                for r in range(needs.shape[0]):
                    if not met[r] and not needs[r, c]:
                        n_unmet += 1
                if _is_better(n_unmet, profits[c] - cost, best_unmet, best_profit):
                    best, best_unmet, best_profit = c, n_unmet, profits[c] - cost
            if best >= 0:
                unmet, profit = best_unmet, best_profit
                # A place that was emptied is the next one's now, which is still to be tried.
                n_tried = 0 if best < n_candidates else -1
                line[: others.shape[0]] = others
                n_offers = others.shape[0]
                if best < n_candidates:
                    # At its old place again, so that the next place is the next in turn.
                    for i in range(n_offers, place, -1):
                        line[i] = line[i - 1]
                    line[place] = best
                    n_offers += 1
        n_tried += 1
        place = place + 1 if place < n_offers else 0
    return n_offers


@nb.njit(cache=True, nogil=True)
def prefix_contributions(odds, earnings, weights, order, out):
    """Set out[i] to what the first i + 1 candidates of `order` earn together."""
    out[:] = 0.0
    for n in range(odds.shape[0]):
        line_odds, line_earnings = 1.0, 0.0
        for i in range(order.shape[0]):
            line_odds += odds[n, order[i]]
            line_earnings += earnings[n, order[i]]
            out[i] += weights[n] * line_earnings / line_odds


@nb.njit(cache=True, nogil=True)
def _is_better(unmet, profit, than_unmet, than_profit):
    # A move must gain more than a share of the profit, so that rounding cannot make a cycle.
    if unmet != than_unmet:
        return unmet < than_unmet
    return profit > than_profit + 1e-10 * abs(than_profit) or than_profit == -np.inf


@nb.njit(cache=True, nogil=True)
def _without(line, n_offers, place):
    others = np.empty(n_offers - 1 if place < n_offers else n_offers, np.int64)
    filled = 0
    for i in range(n_offers):
        if i != place:
            others[filled] = line[i]
            filled += 1
    return others


@nb.njit(cache=True, nogil=True)
def _note_any(uses, line, paid):
    paid[:] = False
    for p in range(paid.shape[0]):
        for i in range(line.shape[0]):
            paid[p] |= uses[line[i], p]


@nb.njit(cache=True, nogil=True)
def _note_each(needs, line, met):
    met[:] = False
    for r in range(met.shape[0]):
        for i in range(line.shape[0]):
            met[r] |= needs[r, line[i]]


@nb.njit(cache=True, nogil=True)
def _note_joining(group, forbidden, apart, line, may_join):
    # Groups are numbered from 0 on, and there are no more of them than candidates.
    is_taken = np.zeros(group.shape[0], np.bool_)
    for i in range(line.shape[0]):
        is_taken[group[line[i]]] = True
    for c in range(group.shape[0]):
        may_join[c] = not forbidden[c] and not is_taken[group[c]]
    if apart.shape[0] > 0:
        for i in range(line.shape[0]):
            may_join &= ~apart[line[i]]
