"""Logit shares as their formula, one person and one region at a time."""

import numpy as np


def probabilities(part_worths, rows, offsets):
    """Return the choice probabilities of one person."""
    exps = np.exp(rows @ part_worths + offsets)
    return exps / exps.sum()


def mean_shares(part_worths, weights, rows, offsets):
    shares = np.zeros(offsets.shape)
    for m in range(len(rows)):
        for person, weight in zip(part_worths, weights, strict=True):
            shares[m] += weight * probabilities(person, rows[m], offsets[m])
    return shares


def log_sums(part_worths, rows, offsets):
    return np.array(
        [
            [np.log(np.exp(rows[m] @ person + offsets[m]).sum()) for person in part_worths]
            for m in range(len(rows))
        ]
    )


def candidate_odds(part_worths, rows, starts, margins, log_rest):
    odds = np.zeros((len(part_worths), len(starts) - 1))
    earnings = np.zeros(odds.shape)
    for n, person in enumerate(part_worths):
        for c in range(len(starts) - 1):
            variants = slice(starts[c], starts[c + 1])
            exps = np.exp(rows[variants] @ person) / np.exp(log_rest[n])
            odds[n, c] = exps.mean()
            earnings[n, c] = (exps * margins[variants]).mean()
    return odds, earnings
