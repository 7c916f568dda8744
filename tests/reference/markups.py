"""Shares, their slopes and profits by price as their formulas, one buyer at a time."""

import numpy as np


def shares_of(utility, coefficients, terms, scale=1.0):
    """Return one buyer's shares of the alternatives; the rest of the market has utility 0."""
    exps = np.exp(scale * (utility + coefficients @ terms))
    return exps / (1.0 + exps.sum())


def share_slopes(buyers, terms, scale=1.0):
    n = buyers.utility.shape[1]
    shares, own, cross = np.zeros(n), np.zeros(n), np.zeros((n, n))
    for utility, coefficients, weight in zip(*buyers, strict=True):
        s = shares_of(utility, coefficients, terms.values, scale)
        a = scale * coefficients @ terms.slopes
        shares += weight * s
        own += weight * a * s
        cross += weight * np.outer(s, a * s)
    return shares, own, cross


def profit(buyers, values, ownership, margins, scale=1.0):
    """Return, for each price, the profit of those who set it."""
    shares = sum(
        weight * shares_of(utility, coefficients, values, scale)
        for utility, coefficients, weight in zip(*buyers, strict=True)
    )
    return ownership @ (shares * margins)


def profit_gradient(buyers, terms, ownership, margins, scale=1.0):
    shares, own, cross = share_slopes(buyers, terms, scale)
    n = len(shares)
    return np.array(
        [
            shares[j]
            + own[j] * margins[j]
            - sum(ownership[j, k] * cross[k, j] * margins[k] for k in range(n))
            for j in range(n)
        ]
    )
