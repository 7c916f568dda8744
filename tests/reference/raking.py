"""Raking as its formula: one margin after the other, one category after the other."""

import numpy as np


def rake(categories, targets, start, *, least=0.0, most=np.inf, rounds=200):
    weights = np.array(start, dtype=float)
    for _ in range(rounds):
        for margin, shares in zip(categories, targets, strict=True):
            answered = weights[margin >= 0].sum()
            reached = [weights[margin == c].sum() / answered for c in range(len(shares))]
            for c, share in enumerate(shares):
                if reached[c] > 0:
                    weights[margin == c] *= share / reached[c]
        for _ in range(100):
            weights = np.clip(weights, least * weights.mean(), most * weights.mean())
    return weights / weights.mean()
