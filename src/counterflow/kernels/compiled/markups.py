"""Compiled loops of `kernels.markups`.

Buyers are worked on by the hundred, alternative by alternative: the inner loops then run over
buyers, however few alternatives there are, and sums over buyers are products of two vectors. With
alternatives innermost the same sums took five times as long.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.elementary import exp
from counterflow.kernels.compiled.options import LOOP, REDUCE, VECTOR
from counterflow.kernels.compiled.vectors import fill, multiply_by

AT_ONCE = 256
"""Buyers at once: a dozen vectors of them for each alternative stay in the second cache."""


@nb.njit(**VECTOR)
def _gather(scale, values, out):
    for i in range(out.shape[0]):
        out[i] = scale * values[i]


@nb.njit(**VECTOR)
def _add_scaled(factor, vector, out):
    for i in range(out.shape[0]):
        out[i] += factor * vector[i]


@nb.njit(**VECTOR)
def _raise_to(vector, top):
    for i in range(top.shape[0]):
        top[i] = max(top[i], vector[i])


@nb.njit(**VECTOR)
def _start_total(top, total):
    for i in range(total.shape[0]):
        total[i] = exp(-top[i])


@nb.njit(**VECTOR)
def _exponentiate(top, odds, total):
    for i in range(odds.shape[0]):
        odds[i] = exp(odds[i] - top[i])
        total[i] += odds[i]


@nb.njit(**VECTOR)
def _divide(total, odds):
    for i in range(odds.shape[0]):
        odds[i] /= total[i]


@nb.njit(**REDUCE)
def _dot(one, other):
    total = 0.0
    for i in range(one.shape[0]):
        total += one[i] * other[i]
    return total


@nb.njit(**REDUCE)
def _sum(vector):
    total = 0.0
    for i in range(vector.shape[0]):
        total += vector[i]
    return total


@nb.njit(**LOOP)
def _shares(utility, coefficients, terms, slopes, scale, coefficient, top, total, shares, slope):
    """Set the shares of some buyers, and their slopes of utility by price, alternatives first.

    The rest of the market has utility 0: the largest exponent is at least that.
    """
    # Rows cut at their end stay contiguous, a matrix cut at its side does not.
    m = top.shape[0]
    fill(0.0, top)
    for a in range(shares.shape[0]):
        _gather(scale, utility[:, a], shares[a, :m])
        fill(0.0, slope[a, :m])
    for d in range(coefficients.shape[1]):
        _gather(scale, coefficients[:, d], coefficient)
        for a in range(shares.shape[0]):
            # Where each alternative has a term of its own, nearly all are zero.
            if terms[d, a] != 0.0:
                _add_scaled(terms[d, a], coefficient, shares[a, :m])
            if slopes[d, a] != 0.0:
                _add_scaled(slopes[d, a], coefficient, slope[a, :m])
    for a in range(shares.shape[0]):
        _raise_to(shares[a, :m], top)
    _start_total(top, total)
    for a in range(shares.shape[0]):
        _exponentiate(top, shares[a, :m], total)
    for a in range(shares.shape[0]):
        _divide(total, shares[a, :m])


@nb.njit(**VECTOR)
def _multiply(one, other, out):
    for i in range(out.shape[0]):
        out[i] = one[i] * other[i]


@nb.njit(**LOOP)
def share_slopes(utility, coefficients, weights, terms, slopes, scale, taken, own, cross):
    """Add shares, own slopes and cross slopes of all buyers."""
    n = utility.shape[1]
    scratch = np.empty((3, AT_ONCE))
    shares, slope = np.empty((n, AT_ONCE)), np.empty((n, AT_ONCE))
    for first in range(0, utility.shape[0], AT_ONCE):
        end = min(first + AT_ONCE, utility.shape[0])
        m = end - first
        w = weights[first:end]
        _shares(
            utility[first:end],
            coefficients[first:end],
            terms,
            slopes,
            scale,
            scratch[0, :m],
            scratch[1, :m],
            scratch[2, :m],
            shares,
            slope,
        )
        for a in range(n):
            multiply_by(shares[a, :m], slope[a, :m])
            multiply_by(w, shares[a, :m])
        for a in range(n):
            taken[a] += _sum(shares[a, :m])
            own[a] += _dot(w, slope[a, :m])
            for k in range(n):
                cross[a, k] += _dot(shares[a, :m], slope[k, :m])


@nb.njit(**VECTOR)
def _gains(margin, shares, sloped, earned, slope, bend, weights, at_all, diagonal):
    # Of one alternative: what a price step gains with each buyer, and how that bends.
    for i in range(shares.shape[0]):
        ahead = margin - earned[i]
        gain = 1.0 + slope[i] * ahead
        at_all[i] = weights[i] * (shares[i] * gain - sloped[i] * earned[i])
        diagonal[i] = weights[i] * (sloped[i] * (gain + 1.0) + bend[i] * shares[i] * ahead)


@nb.njit(**LOOP)
def gradient_slopes(
    utility,
    coefficients,
    weights,
    terms,
    slopes,
    curvatures,
    scale,
    margins,
    ownership,
    matrix,
):
    """Add the slopes of the profit gradient by price, of all buyers."""
    n = utility.shape[1]
    scratch = np.empty((6, AT_ONCE))
    shares, slope = np.empty((n, AT_ONCE)), np.empty((n, AT_ONCE))
    sloped, reached = np.empty((n, AT_ONCE)), np.empty((n, AT_ONCE))
    for first in range(0, utility.shape[0], AT_ONCE):
        end = min(first + AT_ONCE, utility.shape[0])
        m = end - first
        w = weights[first:end]
        earned, bend = scratch[0, :m], scratch[1, :m]
        at_all, diagonal = scratch[2, :m], scratch[3, :m]
        _shares(
            utility[first:end],
            coefficients[first:end],
            terms,
            slopes,
            scale,
            at_all,
            bend,
            diagonal,
            shares,
            slope,
        )
        for k in range(n):
            _multiply(slope[k, :m], shares[k, :m], sloped[k, :m])
            _gather(1.0, shares[k, :m], reached[k, :m])
            _add_scaled(margins[k], sloped[k, :m], reached[k, :m])
        for j in range(n):
            fill(0.0, earned)
            for k in range(n):
                if ownership[j, k] != 0.0:
                    _add_scaled(ownership[j, k] * margins[k], shares[k, :m], earned)
            fill(0.0, bend)
            for d in range(coefficients.shape[1]):
                if curvatures[d, j] != 0.0:
                    _add_scaled(scale * curvatures[d, j], coefficients[first:end, d], bend)
            _gains(
                margins[j],
                shares[j, :m],
                sloped[j, :m],
                earned,
                slope[j, :m],
                bend,
                w,
                at_all,
                diagonal,
            )
            matrix[j, j] += _sum(diagonal)
            for k in range(n):
                matrix[j, k] -= _dot(at_all, sloped[k, :m])
            _multiply(w, sloped[j, :m], at_all)
            for k in range(n):
                if ownership[j, k] != 0.0:
                    matrix[j, k] -= ownership[j, k] * _dot(at_all, reached[k, :m])


@nb.njit(**LOOP)
def odds_by_price(utility, coefficients, terms, margins, offer, odds, earnings):
    """Add odds against the rest of the market, and odds times margin, at each price of each offer.

    `terms[t]` and `margins[t]` are those of each alternative at its offer's price number t.
    """
    for b in range(utility.shape[0]):
        for t in range(terms.shape[0]):
            for a in range(offer.shape[0]):
                u = utility[b, a]
                for d in range(coefficients.shape[1]):
                    u += coefficients[b, d] * terms[t, d, a]
                e = exp(u)
                odds[b, offer[a], t] += e
                earnings[b, offer[a], t] += e * margins[t, a]


@nb.njit(**VECTOR)
def _add_response(weight, rest_odds, rest_earnings, odds, earnings, out):
    for t in range(out.shape[0]):
        out[t] += weight * (rest_earnings + earnings[t]) / (rest_odds + odds[t])


@nb.njit(**LOOP)
def responses(odds, earnings, weights, asked, ownership, offer, out):
    """Add what the owner of an offer earns at each of its prices, all others asked as they are."""
    for b in range(odds.shape[0]):
        rest_odds = 1.0
        rest_earnings = 0.0
        for o in range(asked.shape[0]):
            if o != offer:
                rest_odds += odds[b, o, asked[o]]
                rest_earnings += ownership[o] * earnings[b, o, asked[o]]
        _add_response(weights[b], rest_odds, rest_earnings, odds[b, offer], earnings[b, offer], out)
