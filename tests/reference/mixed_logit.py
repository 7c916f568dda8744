"""The mixed logit, as in the book (Train 2009, chapters 6, 9 and 11), one draw after the other."""

import itertools

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm, triang, truncnorm, uniform

from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.mixed_posteriors import Posteriors
from counterflow.kernels.mixed_predictions import Predictions, Tasks
from counterflow.kernels.mixing import KINDS, Mixing, Proposals
from counterflow.kernels.nodes import Nodes

NAMES = {number: name for name, number in KINDS.items()}


def coefficients(mixing: Mixing, mean: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the coefficients of each draw (R x K); not scaled in willingness-to-pay space."""
    latent = mean + z @ mixing.factor.T
    columns = []
    for k, kind in enumerate(mixing.kinds):
        m, name = mean[k], NAMES[int(kind)]
        if name == "normal":
            column = latent[:, k]
        elif name == "lognormal":
            column = np.exp(latent[:, k])
        elif name == "negative lognormal":
            column = -np.exp(latent[:, k])
        else:
            d = mixing.columns[mixing.rows == k][0]
            c = mixing.factor[k, d]
            s, share = abs(c), norm.cdf(z[:, d])
            if name == "uniform":
                column = uniform(m - s, 2 * s).ppf(share if c > 0 else 1 - share)
            elif name == "triangular":
                column = triang(0.5, m - s, 2 * s).ppf(share if c > 0 else 1 - share)
            elif name == "truncated normal":
                column = truncnorm(-m / s, np.inf, m, s).ppf(share)
            else:
                column = truncnorm(-np.inf, -m / s, m, s).ppf(share)
        columns.append(column)
    return np.column_stack(columns)


def scaled(mixing: Mixing, beta: np.ndarray) -> np.ndarray:
    """Return the coefficients of utility: all but the scale times minus the scale."""
    if mixing.scale_index < 0:
        return beta
    scale = beta[:, [mixing.scale_index]]
    return np.where(np.arange(beta.shape[1]) == mixing.scale_index, beta, -scale * beta)


def draws(nodes: Nodes, proposals: Proposals, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the standard normals of a person (R x D) and the logarithms of their weights."""
    by_block = nodes.values[n % len(nodes.values)]
    e = by_block.transpose(0, 2, 1).reshape(-1, nodes.n_random)
    weights = nodes.weights.ravel()
    e, weights = e[weights > 0], weights[weights > 0]
    if nodes.is_turned:
        e = turned(e, n // len(nodes.values))
    spread = np.zeros((nodes.n_random, nodes.n_random))
    spread[np.tril_indices(nodes.n_random)] = proposals.spreads[n]
    z = proposals.centres[n] + e @ spread.T
    prior = norm.logpdf(z).sum(axis=1)
    proposal = multivariate_normal(proposals.centres[n], spread @ spread.T).logpdf(z)
    # The proposal's normal density is that of the nodes, over the determinant of the spread.
    return z, np.log(weights) + prior - np.atleast_1d(proposal)


def turned(e: np.ndarray, turn: int) -> np.ndarray:
    """Return nodes with dimensions in another order and other signs: bits of SplitMix64 of turn."""
    bits, mask = turn, 2**64 - 1
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & mask
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & mask
    bits = bits ^ (bits >> 31)
    signs = np.array([-1.0 if (bits >> d) & 1 else 1.0 for d in range(e.shape[1])])
    return np.roll(e, -turn, axis=1) * signs


def log_probabilities(sets: ChoiceSets, n: int, beta: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of a person's choices in each draw."""
    total = np.zeros(len(beta))
    for task in range(sets.person_starts[n], sets.person_starts[n + 1]):
        rows = sets.differences[sets.task_starts[task] : sets.task_starts[task + 1]]
        utilities = np.column_stack([np.zeros(len(beta)), beta @ rows.T])
        total -= logsumexp(utilities, axis=1)
    return total


def simulated_log_likelihood(
    sets: ChoiceSets, mixing: Mixing, means: np.ndarray, nodes: Nodes, proposals: Proposals
) -> tuple[np.ndarray, np.ndarray]:
    """Return log-likelihoods and effective shares of persons."""
    log_likelihoods, shares = [], []
    for n in range(sets.n_persons):
        z, log_weights = draws(nodes, proposals, n)
        beta = scaled(mixing, coefficients(mixing, means[n % len(means)], z))
        terms = log_weights + log_probabilities(sets, n, beta)
        log_likelihoods.append(logsumexp(terms))
        weights = np.exp(terms - logsumexp(terms))
        shares.append(1.0 / np.sum(weights**2) / len(weights))
    return np.array(log_likelihoods), np.array(shares)


def person_posteriors(
    sets: ChoiceSets, mixing: Mixing, means: np.ndarray, nodes: Nodes, proposals: Proposals
) -> Posteriors:
    """Return means and standard deviations of coefficients given choices."""
    moments = []
    for n in range(sets.n_persons):
        beta, weights = _weighted(sets, mixing, means, nodes, proposals, n)
        mean = weights @ beta
        moments.append((mean, np.sqrt(weights @ (beta - mean) ** 2)))
    return Posteriors(*(np.array(values) for values in zip(*moments, strict=True)))


def predictions(
    tasks: Tasks,
    sets: ChoiceSets,
    mixing: Mixing,
    means: np.ndarray,
    nodes: Nodes,
    proposals: Proposals,
    price_index: int,
) -> Predictions:
    """Return probabilities, logsums and surpluses, given past choices."""
    probabilities, logsums, surpluses = [], [], []
    for n in range(sets.n_persons):
        unscaled, weights = _weighted(sets, mixing, means, nodes, proposals, n)
        beta = scaled(mixing, unscaled)
        own = tasks.task_starts[tasks.person_starts[n] : tasks.person_starts[n + 1] + 1]
        for begin, end in itertools.pairwise(own):
            utilities = beta @ tasks.design[begin:end].T
            logsum = logsumexp(utilities, axis=1)
            probabilities.extend(weights @ np.exp(utilities - logsum[:, None]))
            logsums.append(weights @ logsum)
            surpluses.append(weights @ (-logsum / beta[:, price_index]))
    return Predictions(np.array(probabilities), np.array(logsums), np.array(surpluses))


def _weighted(
    sets: ChoiceSets,
    mixing: Mixing,
    means: np.ndarray,
    nodes: Nodes,
    proposals: Proposals,
    n: int,
) -> tuple[np.ndarray, np.ndarray]:
    z, log_weights = draws(nodes, proposals, n)
    beta = coefficients(mixing, means[n % len(means)], z)
    terms = log_weights + log_probabilities(sets, n, scaled(mixing, beta))
    return beta, np.exp(terms - logsumexp(terms))
