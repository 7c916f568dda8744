"""Compiled loops of `kernels.attribute_bound`; its words and letters are used here."""

import math

import numba as nb
import numpy as np

_ROUNDS = 5
_HALVINGS = 10
_LEAST_WORTH = 1e-3
"""Least money that a unit of log odds is taken to be worth, as a share of the largest margin."""


@nb.njit(cache=True, nogil=True, error_model="numpy")
def best_values(log_odds, margins, own_log_odds, own_margins, money, starts, box, out):
    """Set out[n] to a value that no offer in the box exceeds for person n."""
    slopes = np.empty(log_odds.shape[1])
    for n in range(log_odds.shape[0]):
        most = _tangent(
            log_odds[n], margins[n], own_log_odds[n], own_margins[n], money, starts, box, slopes
        )
        out[n] = math.exp(most)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def majorise(
    log_odds,
    margins,
    own_log_odds,
    own_margins,
    money,
    weights,
    floors,
    starts,
    box,
    scores,
    spread,
):
    """Add to each level's score and each attribute's spread; return the majorant's constant."""
    slopes = np.empty(log_odds.shape[1])
    highs = np.empty(starts.shape[0] - 1)
    widths = np.empty(starts.shape[0] - 1)
    constant = 0.0
    for n in range(log_odds.shape[0]):
        own = (own_log_odds[n], own_margins[n])
        if _at_most(log_odds[n], margins[n], *own, money, starts, box) <= floors[n]:
            continue
        top = _tangent(log_odds[n], margins[n], *own, money, starts, box, slopes)
        most = math.exp(top) - floors[n]
        if most <= 0.0:
            continue
        constant += weights[n] * most
        _ranges(slopes, starts, box, highs, widths)
        width = widths.sum()
        if width < 1e-9:
            continue
        # The chord from end to end lies above a convex function: max(exp(y) - floor, 0).
        least = max(0.0, math.exp(top - width) - floors[n])
        rise = weights[n] * (most - least) / width
        for a in range(highs.shape[0]):
            spread[a] += rise * widths[a]
            for c in range(starts[a], starts[a + 1]):
                scores[c] += rise * (slopes[c] - highs[a])
    return constant


@nb.njit(cache=True, nogil=True, error_model="numpy")
def score_of(log_odds, margins, own_log_odds, own_margins, weights, floors, columns, charge):
    """Return what an offer, given by its levels' columns, scores with all people."""
    total = 0.0
    for n in range(log_odds.shape[0]):
        u, m = own_log_odds[n], own_margins[n] - charge
        for a in range(columns.shape[0]):
            u += log_odds[n, columns[a]]
            m += margins[n, columns[a]]
        if m > 0.0:
            total += weights[n] * max(0.0, m / (1.0 + math.exp(-u)) - floors[n])
    return total


@nb.njit(cache=True, nogil=True, error_model="numpy")
def score_totals(earned, taken, weights, prices, out):
    """Set out[o] to the weighted sum over people of what offer o scores, where above zero."""
    out[:] = 0.0
    for n in range(earned.shape[0]):
        _add_scores(earned[n], taken[n], weights[n], prices[n], out)


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="never")
def _add_scores(earned, taken, weight, price, out):
    for o in range(out.shape[0]):
        out[o] += weight * max(0.0, earned[o] - price * taken[o])


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _at_most(log_odds, margins, own_log_odds, own_margin, money, starts, box):
    """Return a value that no offer exceeds: the largest margin at the largest share."""
    m, u = own_margin, own_log_odds
    for a in range(starts.shape[0] - 1):
        most_m, most_u = -np.inf, -np.inf
        for c in range(starts[a], starts[a + 1]):
            if box[c]:
                most_m = max(most_m, margins[c] + money[c])
                most_u = max(most_u, log_odds[c])
        m += most_m
        u += most_u
    return m / (1.0 + math.exp(-u))


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _tangent(log_odds, margins, own_log_odds, own_margin, money, starts, box, slopes):
    """Set `slopes` to a tangent of log(margin times share); return its most, -inf for a loss.

    Any tangent will do. This one is taken where the offer that is best for the person would be, if
    levels could be mixed: there a unit of log odds is worth margin times (1 - share).
    """
    dear_m, dear_u = _corner(log_odds, margins, money, starts, box, 0.0, 1.0)
    dear_m, dear_u = dear_m + own_margin, dear_u + own_log_odds
    if dear_m <= 0.0:
        return -np.inf
    liked_m, liked_u = _corner(log_odds, margins, money, starts, box, 1.0, 0.0)
    liked_m, liked_u = liked_m + own_margin, liked_u + own_log_odds
    low, high = _LEAST_WORTH * dear_m, dear_m
    for _ in range(_ROUNDS):
        worth = math.sqrt(low * high)
        m, u = _corner(log_odds, margins, money, starts, box, worth, 1.0)
        m, u = m + own_margin, u + own_log_odds
        if m / (1.0 + math.exp(u)) > worth:
            low, dear_m, dear_u = worth, m, u
        else:
            high, liked_m, liked_u = worth, m, u
    m, u = _best_between(dear_m, dear_u, liked_m, liked_u)
    rise, worth = 1.0 / (1.0 + math.exp(u)), 1.0 / m
    most = math.log(m) - _log1p_exp(-u)
    most += rise * (own_log_odds - u) + worth * (own_margin - m)
    for a in range(starts.shape[0] - 1):
        high = -np.inf
        for c in range(starts[a], starts[a + 1]):
            slopes[c] = rise * log_odds[c] + worth * (margins[c] + money[c])
            if box[c]:
                high = max(high, slopes[c])
        most += high
    return most


@nb.njit(cache=True, nogil=True)
def _corner(log_odds, margins, money, starts, box, of_log_odds, of_money):
    """Return margin and log odds of the levels that are best at these values of a unit of each."""
    m, u = 0.0, 0.0
    for a in range(starts.shape[0] - 1):
        high, at = -np.inf, starts[a]
        for c in range(starts[a], starts[a + 1]):
            if box[c]:
                value = of_log_odds * log_odds[c] + of_money * (margins[c] + money[c])
                if value > high:
                    high, at = value, c
        m += margins[at] + money[at]
        u += log_odds[at]
    return m, u


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _best_between(dear_m, dear_u, liked_m, liked_u):
    """Return margin and log odds of the best mixture of an offer that is dear and one liked."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        t = 0.5 * (low + high)
        m = dear_m + t * (liked_m - dear_m)
        u = dear_u + t * (liked_u - dear_u)
        if m > 0.0 and (liked_m - dear_m) / m + (liked_u - dear_u) / (1.0 + math.exp(u)) > 0.0:
            low = t
        else:
            high = t
    return dear_m + low * (liked_m - dear_m), dear_u + low * (liked_u - dear_u)


@nb.njit(cache=True, nogil=True)
def _ranges(slopes, starts, box, highs, widths):
    """Set each attribute's largest slope in the box, and how far the least lies below it."""
    for a in range(highs.shape[0]):
        high, low = -np.inf, np.inf
        for c in range(starts[a], starts[a + 1]):
            if box[c]:
                high = max(high, slopes[c])
                low = min(low, slopes[c])
        highs[a] = high
        widths[a] = high - low


@nb.njit(cache=True, nogil=True)
def _log1p_exp(x):
    """Return log(1 + exp(x)) without overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@nb.njit(cache=True, nogil=True, error_model="numpy")
def offer_odds(
    log_odds,
    margins,
    own_log_odds,
    own_margins,
    columns,
    charges,
    variant_starts,
    ceiling,
    odds,
    earnings,
):
    """Set each offer's odds and earnings: means over variants, each given by its columns."""
    n_variants, n_attributes = columns.shape
    utility, margin = np.empty(n_variants), np.empty(n_variants)
    for n in range(log_odds.shape[0]):
        utility[:] = own_log_odds[n]
        for v in range(n_variants):
            margin[v] = own_margins[n] - charges[v]
        for v in range(n_variants):
            for a in range(n_attributes):
                utility[v] += log_odds[n, columns[v, a]]
                margin[v] += margins[n, columns[v, a]]
        for o in range(odds.shape[1]):
            total, earned = 0.0, 0.0
            for v in range(variant_starts[o], variant_starts[o + 1]):
                e = math.exp(min(utility[v], ceiling))
                total += e
                earned += e * margin[v]
            count = variant_starts[o + 1] - variant_starts[o]
            odds[n, o] = total / count
            earnings[n, o] = earned / count
