"""Multinomial logit: likelihood, score and information in one pass over ragged choice sets."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.kernels.blocks import MapBlocks, person_blocks
from counterflow.kernels.compiled import logit as compiled
from counterflow.kernels.symmetric import from_lower_half


class ChoiceSets(NamedTuple):
    """The attributes of what was not chosen, less those of what was.

    Task t has the rows `task_starts[t]` to `task_starts[t + 1]`, one for each alternative but the
    chosen one; person n has the tasks `person_starts[n]` to `person_starts[n + 1]`.
    """

    differences: Float[np.ndarray, "rows K"]
    task_starts: Int[np.ndarray, " tasks_and_one"]
    person_starts: Int[np.ndarray, " persons_and_one"]

    @property
    def n_persons(self) -> int:
        """Return N."""
        return len(self.person_starts) - 1

    @property
    def n_tasks(self) -> int:
        """Return the number of tasks over all persons."""
        return len(self.task_starts) - 1

    @property
    def n_coefficients(self) -> int:
        """Return K."""
        return int(self.differences.shape[1])


def choice_sets(
    design: Float[np.ndarray, "alternatives K"],
    task_starts: Int[np.ndarray, " tasks_and_one"],
    person_starts: Int[np.ndarray, " persons_and_one"],
    chosen_rows: Int[np.ndarray, " tasks"],
) -> ChoiceSets:
    """Return the choice sets of a design matrix, measured from the chosen alternatives.

    Examples
    --------
    One task with three alternatives, of which the second was chosen:

    >>> sets = choice_sets(np.array([[1.0], [5.0], [2.0]]), np.array([0, 3]), np.array([0, 1]),
    ...                    np.array([1]))
    >>> sets.differences.ravel(), sets.task_starts
    (array([-4., -3.]), array([0, 2]))
    """
    sizes = np.diff(task_starts)
    differences = design - np.repeat(design[chosen_rows], sizes, axis=0)
    return ChoiceSets(
        differences=np.ascontiguousarray(np.delete(differences, chosen_rows, axis=0), dtype=float),
        task_starts=(task_starts - np.arange(len(task_starts))).astype(np.int64),
        person_starts=np.array(person_starts, dtype=np.int64),
    )


class LogLikelihood(NamedTuple):
    """The log-likelihood of each person with its first derivatives, and the information of all."""

    by_person: Float[np.ndarray, " N"]
    scores: Float[np.ndarray, "N K"]
    """Gradient of each person's log-likelihood."""
    information: Float[np.ndarray, "K K"]
    """Minus the Hessian of the weighted sum of log-likelihoods."""


def log_likelihood(
    sets: ChoiceSets,
    weights: Float[np.ndarray, " N"],
    coefficients: Float[np.ndarray, " K"],
    map_blocks: MapBlocks = map,
) -> LogLikelihood:
    """Return log-likelihood, scores and weighted information at `coefficients`.

    The result does not depend on `map_blocks`, to the bit.

    Notes
    -----
    With x_j the attributes of alternative j less those of the chosen one and P_j its probability,
    each task adds (Train 2009, sections 3.7.1 and 3.8)

        log-likelihood   -log(1 + sum_j exp(x_j' b))
        score            -sum_j P_j x_j
        information      sum_j P_j x_j x_j' - m m'  with  m = sum_j P_j x_j,

    the sums taken over the alternatives that were not chosen. Log odds are cut at +-300.

    Examples
    --------
    Two alternatives with odds of 3 to 1 against the choice:

    >>> sets = ChoiceSets(np.array([[1.0]]), np.array([0, 1]), np.array([0, 1]))
    >>> found = log_likelihood(sets, np.ones(1), np.array([np.log(3.0)]))
    >>> found.by_person.round(4), found.scores, found.information
    (array([-1.3863]), array([[-0.75]]), array([[0.1875]]))
    """
    n, k = sets.n_persons, sets.n_coefficients
    by_person, scores = np.empty(n), np.empty((n, k))
    work = partial(
        _block, sets, np.array(weights, dtype=float), np.array(coefficients, dtype=float)
    )
    information = np.zeros((k, k))
    for first, last, *part in map_blocks(work, person_blocks(n)):
        by_person[first:last], scores[first:last] = part[0], part[1]
        information += part[2]
    return LogLikelihood(by_person, scores, from_lower_half(information))


def pair_spread(sets: ChoiceSets, map_blocks: MapBlocks = map) -> Float[np.ndarray, "K K"]:
    """Return the mean product of attribute differences between two alternatives of a task.

    Each task counts once, whatever its size. The result does not depend on `map_blocks`.

    Notes
    -----
    Over the pairs of a task of J alternatives the mean product of differences is 2 / (J - 1) times
    the sum of (x_j - mean)(x_j - mean)'.

    Examples
    --------
    One task with alternatives at 4, 0 and 1, of which the first was chosen; pairs differ by 4, 3
    and 1:

    >>> sets = ChoiceSets(np.array([[-4.0], [-3.0]]), np.array([0, 2]), np.array([0, 1]))
    >>> np.allclose(pair_spread(sets), (16 + 9 + 1) / 3)
    True
    """
    k = sets.n_coefficients
    spread = np.zeros((k, k))
    for part in map_blocks(partial(_spread_block, sets), person_blocks(sets.n_persons)):
        spread += part
    return from_lower_half(spread) / sets.n_tasks


def choice_probabilities(
    utilities: Float[np.ndarray, " rows"], task_starts: Int[np.ndarray, " tasks_and_one"]
) -> Float[np.ndarray, " rows"]:
    """Return the probability of each alternative within its choice set.

    Notes
    -----
    P_j = exp(V_j) / sum_i exp(V_i) (Train 2009, equation 3.6).

    Examples
    --------
    >>> choice_probabilities(np.array([np.log(3.0), 0.0, 7.0, 7.0]), np.array([0, 2, 4]))
    array([0.75, 0.25, 0.5 , 0.5 ])
    """
    probabilities = np.empty(len(utilities))
    compiled.choice_probabilities(
        np.asarray(utilities, dtype=float), np.asarray(task_starts, dtype=np.int64), probabilities
    )
    return probabilities


def logsums(
    utilities: Float[np.ndarray, " rows"], task_starts: Int[np.ndarray, " tasks_and_one"]
) -> Float[np.ndarray, " tasks"]:
    """Return the expected utility of the best alternative of each choice set, up to a constant.

    Notes
    -----
    log sum_j exp(V_j) (Train 2009, equation 3.9).

    Examples
    --------
    >>> logsums(np.array([np.log(3.0), 0.0, 7.0, 7.0]), np.array([0, 2, 4])).round(4)
    array([1.3863, 7.6931])
    """
    found = np.empty(len(task_starts) - 1)
    compiled.logsums(
        np.asarray(utilities, dtype=float), np.asarray(task_starts, dtype=np.int64), found
    )
    return found


def _spread_block(sets: ChoiceSets, edge: tuple[int, int]) -> Float[np.ndarray, "K K"]:
    begin, end = sets.person_starts[list(edge)]
    part = np.zeros((sets.n_coefficients, sets.n_coefficients))
    compiled.add_pair_spread(sets.differences, sets.task_starts[begin : end + 1], part)
    return part


def _block(
    sets: ChoiceSets,
    weights: Float[np.ndarray, " N"],
    coefficients: Float[np.ndarray, " K"],
    edge: tuple[int, int],
) -> tuple[Any, ...]:
    first, last = edge
    n, k = last - first, sets.n_coefficients
    begin, end = sets.person_starts[first], sets.person_starts[last]
    parts = (np.empty(n), np.empty((n, k)), np.zeros((k, k)))
    compiled.log_likelihood_block(
        sets.differences,
        sets.task_starts[begin : end + 1],
        sets.person_starts[first : last + 1] - begin,
        weights[first:last],
        coefficients,
        *parts,
    )
    return (first, last, *parts)
