"""Nested and cross-nested logit by McFadden's theorem, as in the paper.

The generating function of a network of nests is G(y) = G_root, with

    G_m = (sum over what is in m of (alpha y_j)^(1 / lambda_m) or (alpha G_c)^(1 / lambda_m))
          ^ lambda_m,

and the probability of j is y_j (dG / dy_j) / G at y = exp(V) (McFadden 1978, theorem 1; Daly and
Bierlaire, Transportation Research Part B 40, 2006). The derivative is taken by a complex step.
"""

import itertools

import numpy as np

from counterflow.kernels.nested_logit import NestNetwork, NestParameters

STEP = 1e-30


def generating_function(
    y: np.ndarray, kinds: np.ndarray, network: NestNetwork, parameters: NestParameters
) -> complex:
    """Return G of one task, whose rows have the values `y`; y may be complex."""
    n_kinds = len(network.starts) - 1 - network.n_nests
    sums = np.zeros(network.n_nests, dtype=complex)

    def add(value: complex, member: int) -> None:
        for e in range(network.starts[member], network.starts[member + 1]):
            nest = network.nests[e]
            if value != 0.0 and parameters.allocations[e] > 0.0:
                sums[nest] += (parameters.allocations[e] * value) ** (1 / parameters.lambdas[nest])

    for value, kind in zip(y, kinds, strict=True):
        add(value, kind)
    for nest in range(network.n_nests):
        sums[nest] = sums[nest] ** parameters.lambdas[nest] if sums[nest] != 0.0 else 0.0
        add(sums[nest], n_kinds + nest)
    return sums[-1]


def choice_probabilities(
    utilities: np.ndarray,
    kinds: np.ndarray,
    task_starts: np.ndarray,
    network: NestNetwork,
    parameters: NestParameters,
) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities of rows and logsums of tasks."""
    probabilities, logsums = np.empty(len(utilities)), np.empty(len(task_starts) - 1)
    for task, (begin, end) in enumerate(itertools.pairwise(task_starts)):
        y = np.exp(utilities[begin:end])
        found = generating_function(y, kinds[begin:end], network, parameters).real
        logsums[task] = np.log(found)
        for j in range(end - begin):
            moved = y + 1j * STEP * y[j] * np.eye(end - begin)[j]
            there = generating_function(moved, kinds[begin:end], network, parameters)
            probabilities[begin + j] = there.imag / STEP / found
    return probabilities, logsums


def log_likelihood(
    utilities: np.ndarray,
    kinds: np.ndarray,
    task_starts: np.ndarray,
    person_starts: np.ndarray,
    chosen_rows: np.ndarray,
    network: NestNetwork,
    parameters: NestParameters,
) -> np.ndarray:
    """Return the log-likelihood of each person."""
    shares, _ = choice_probabilities(utilities, kinds, task_starts, network, parameters)
    return np.add.reduceat(np.log(shares[chosen_rows]), person_starts[:-1])
