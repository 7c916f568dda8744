"""The multinomial logit, as in the book (Train 2009, chapter 3)."""

import itertools

import numpy as np
from scipy.special import logsumexp

from counterflow.kernels.logit import ChoiceSets, LogLikelihood


def choice_probabilities(utilities: np.ndarray, task_starts: np.ndarray) -> np.ndarray:
    """Return exp(V) over its sum within the task."""
    probabilities = np.empty_like(utilities)
    for begin, end in itertools.pairwise(task_starts):
        odds = np.exp(utilities[begin:end] - utilities[begin:end].max())
        probabilities[begin:end] = odds / odds.sum()
    return probabilities


def log_likelihood(
    sets: ChoiceSets, weights: np.ndarray, coefficients: np.ndarray
) -> LogLikelihood:
    """Return log-likelihoods and scores of persons, and the weighted information of all."""
    n, k = sets.n_persons, sets.n_coefficients
    by_person, scores, information = np.zeros(n), np.zeros((n, k)), np.zeros((k, k))
    for person in range(n):
        for task in range(sets.person_starts[person], sets.person_starts[person + 1]):
            others = sets.differences[sets.task_starts[task] : sets.task_starts[task + 1]]
            rows = np.vstack([np.zeros(k), others])
            utilities = rows @ coefficients
            p = choice_probabilities(utilities, np.array([0, len(rows)]))
            mean = p @ rows
            by_person[person] += utilities[0] - logsumexp(utilities)
            scores[person] += rows[0] - mean
            spread = (rows - mean).T @ ((rows - mean) * p[:, None])
            information += weights[person] * spread
    return LogLikelihood(by_person, scores, information)


def pair_spread(sets: ChoiceSets) -> np.ndarray:
    """Return the mean over tasks of the mean product of differences between two alternatives."""
    k, by_task = sets.n_coefficients, []
    for begin, end in itertools.pairwise(sets.task_starts):
        rows = np.vstack([np.zeros(k), sets.differences[begin:end]])
        pairs = [a - b for a, b in itertools.combinations(rows, 2)]
        by_task.append(np.mean([np.outer(pair, pair) for pair in pairs], axis=0))
    return np.mean(by_task, axis=0)
