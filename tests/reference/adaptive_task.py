"""The next task of a respondent as its formula: every task, every draw, whole determinants."""

import numpy as np


def shares(utilities):
    exps = np.exp(utilities - utilities.max())
    return exps / exps.sum()


def information(rows, offsets, beta):
    p = shares(offsets + rows @ beta)
    centred = rows - p @ rows
    return (p[:, None] * centred).T @ centred


def expected_error(task_rows, task_offsets, answered, points, weights, precision):
    """Return the mean over draws of det(P + I(answered) + I(task))^(-1/K)."""
    k = precision.shape[0]
    total = 0.0
    for beta, weight in zip(points, weights, strict=True):
        matrix = precision + information(task_rows, task_offsets, beta)
        for rows, offsets in zip(answered.rows, answered.offsets, strict=True):
            matrix = matrix + information(rows, offsets, beta)
        total += weight * np.linalg.det(matrix) ** (-1.0 / k)
    return total


def log_posterior(answered, beta):
    total = -0.5 * beta @ beta
    for rows, offsets, chosen in zip(*answered, strict=True):
        total += np.log(shares(offsets + rows @ beta)[chosen])
    return total
