"""Compiled loops of `kernels.random_answers`."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import VECTOR


@nb.njit(cache=True, nogil=True)
def choice_shares(utilities, task_starts, least, shares):
    """Set shares to the choice probabilities of each draw, a row an alternative."""
    n_draws = utilities.shape[1]
    top, total = np.empty(n_draws), np.empty(n_draws)
    for t in range(task_starts.shape[0] - 1):
        top[:] = -np.inf
        total[:] = 0.0
        for j in range(task_starts[t], task_starts[t + 1]):
            for r in range(n_draws):
                top[r] = max(top[r], utilities[j, r])
        for j in range(task_starts[t], task_starts[t + 1]):
            for r in range(n_draws):
                shares[j, r] = np.exp(utilities[j, r] - top[r])
                total[r] += shares[j, r]
        for j in range(task_starts[t], task_starts[t + 1]):
            for r in range(n_draws):
                shares[j, r] = max(shares[j, r] / total[r], least)


@nb.njit(**VECTOR)
def multiply(row, product):
    """Multiply the products of all draws by one alternative's shares."""
    for r in range(product.shape[0]):
        product[r] *= row[r]


@nb.njit(cache=True, nogil=True)
def mean_products(shares, rows, starts, likelihoods):
    """Set likelihoods[m] to the mean over draws of the product of shares over m's rows."""
    n_draws = shares.shape[1]
    product = np.empty(n_draws)
    for m in range(likelihoods.shape[0]):
        product[:] = 1.0
        for t in range(starts[m], starts[m + 1]):
            multiply(shares[rows[t]], product)
        likelihoods[m] = product.sum() / n_draws
