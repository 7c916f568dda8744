"""Raking as its formula: one margin after the other, one category after the other."""

import numpy as np
from scipy.optimize import brentq


def rake(categories, targets, start, *, least=0.0, most=np.inf, rounds=200):
    weights = np.array(start, dtype=float)
    for _ in range(rounds):
        for margin, shares in zip(categories, targets, strict=True):
            answered = weights[margin >= 0].sum()
            reached = [weights[margin == c].sum() / answered for c in range(len(shares))]
            for c, share in enumerate(shares):
                if reached[c] > 0:
                    weights[margin == c] *= share / reached[c]
        weights = cut(weights, least, most)
    return weights / weights.mean()


def cut(weights, least, most):
    """Return the weights cut to bounds about their mean, the others scaled to keep the sum."""
    mean = weights.mean()

    def at(factor):
        return np.clip(factor * weights, least * mean, most * mean)

    if np.array_equal(at(1.0), weights):
        return weights
    return at(brentq(lambda factor: at(factor).sum() - weights.sum(), 0.0, 1e9, xtol=1e-15))
