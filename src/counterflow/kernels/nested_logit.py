"""Nested and cross-nested logit: likelihood and scores over a network of nests, on ragged sets."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.kernels.blocks import MapBlocks, person_blocks
from counterflow.kernels.compiled import nested_logit as compiled


class NestNetwork(NamedTuple):
    """Which nests each kind of alternative and each nest lies in.

    Members are the kinds of alternatives, then the nests: a nest before the nests that it lies in,
    the root last. Member i has the memberships `starts[i]` to `starts[i + 1]`, each in the nest
    `nests[e]`, numbered from 0. The root has none.
    """

    starts: Int[np.ndarray, " members_and_one"]
    nests: Int[np.ndarray, " memberships"]
    n_nests: int


class Entries(NamedTuple):
    """The memberships of the rows of some tasks, in the order of rows, one entry each."""

    rows: Int[np.ndarray, " entries"]
    memberships: Int[np.ndarray, " entries"]
    task_starts: Int[np.ndarray, " tasks_and_one"]
    """The entry at which each task begins."""

    @classmethod
    def of(
        cls,
        kinds: Int[np.ndarray, " rows"],
        task_starts: Int[np.ndarray, " tasks_and_one"],
        network: NestNetwork,
    ) -> Entries:
        """Return the entries of rows of the given kinds."""
        begins = np.asarray(network.starts, dtype=np.int64)
        counts = np.diff(begins)[kinds]
        row_starts = np.append(0, np.cumsum(counts))
        rows = np.repeat(np.arange(len(kinds)), counts)
        within = np.arange(row_starts[-1]) - row_starts[rows]
        return cls(rows, begins[kinds][rows] + within, row_starts[task_starts])


class NestedChoices(NamedTuple):
    """The entries of each task, where tasks and persons begin, and what was chosen.

    The row chosen in task t has the entries `chosen_entries[t]` to `chosen_ends[t]`.
    """

    entries: Entries
    task_starts: Int[np.ndarray, " tasks_and_one"]
    person_starts: Int[np.ndarray, " persons_and_one"]
    chosen_entries: Int[np.ndarray, " tasks"]
    chosen_ends: Int[np.ndarray, " tasks"]

    @property
    def n_persons(self) -> int:
        """Return N."""
        return len(self.person_starts) - 1


def nested_choices(
    kinds: Int[np.ndarray, " rows"],
    task_starts: Int[np.ndarray, " tasks_and_one"],
    person_starts: Int[np.ndarray, " persons_and_one"],
    chosen_rows: Int[np.ndarray, " tasks"],
    network: NestNetwork,
) -> NestedChoices:
    """Return the choices between rows of the given kinds.

    Examples
    --------
    Train and bus in a nest, car alone; the bus, second of three rows, was chosen:

    >>> network = NestNetwork(np.array([0, 1, 2, 3, 4, 4]), np.array([0, 0, 1, 1]), 2)
    >>> made = nested_choices(
    ...     np.array([0, 1, 2]), np.array([0, 3]), np.array([0, 1]), np.array([1]), network)
    >>> made.entries.memberships, made.chosen_entries, made.chosen_ends
    (array([0, 1, 2]), array([1]), array([2]))
    """
    entries = Entries.of(kinds, task_starts, network)
    return NestedChoices(
        entries=entries,
        task_starts=np.array(task_starts, dtype=np.int64),
        person_starts=np.array(person_starts, dtype=np.int64),
        chosen_entries=np.searchsorted(entries.rows, chosen_rows),
        chosen_ends=np.searchsorted(entries.rows, chosen_rows, side="right"),
    )


class NestParameters(NamedTuple):
    """The dissimilarity of each nest, 1 at the root, and the allocation of each membership."""

    lambdas: Float[np.ndarray, " nests"]
    allocations: Float[np.ndarray, " memberships"]


class NestedLogLikelihood(NamedTuple):
    """The log-likelihood of each person with its first derivatives."""

    by_person: Float[np.ndarray, " N"]
    scores: Float[np.ndarray, "N K"]
    """By the parameters of utility."""
    lambda_scores: Float[np.ndarray, "N nests"]
    """By the dissimilarities."""
    allocation_scores: Float[np.ndarray, "N memberships"]
    """By the logarithms of allocations; without columns if they were not asked for."""


def log_likelihood(
    choices: NestedChoices,
    network: NestNetwork,
    parameters: NestParameters,
    utilities: Float[np.ndarray, " rows"],
    jacobian: Float[np.ndarray, "rows K"],
    *,
    with_allocations: bool = False,
    map_blocks: MapBlocks = map,
) -> NestedLogLikelihood:
    """Return log-likelihood and scores; `jacobian` holds the derivatives of `utilities`.

    The result does not depend on `map_blocks`, to the bit.

    Notes
    -----
    The network GEV model of Daly and Bierlaire (Transportation Research Part B 40, 2006, pages 285
    to 305), of which the nested logit (one nest for each member) and the cross-nested logit (two
    levels) are cases. With U_j = V_j of an alternative and U_m = lambda_m I_m of a nest,

        I_m = log sum_c exp(A_cm),  A_cm = (log alpha_cm + U_c) / lambda_m,
        P(c | m) = exp(A_cm - I_m),

    the sum over what is in m and available, and P(j) sums over the ways from the root to j. Let
    w_cm be the probability that the choice came by c in m given what was chosen, w_m = sum_c w_cm
    and H_m the entropy -sum_c P(c | m) log P(c | m). From the root down,

        g_m    = -w_m + lambda_m sum_p d_mp            derivative by I_m, -1 at the root
        d_cm   = (w_cm + g_m P(c | m)) / lambda_m      derivative by U_c through m, and by
                                                       log alpha_cm
        (g_m H_m - sum_c w_cm log P(c | m)) / lambda_m derivative by lambda_m.

    No difference of large numbers is taken but V_j / lambda - I, so utilities may be far apart.

    Examples
    --------
    Train and bus in a nest with lambda = 1/2, car alone, equal utilities. The nest holds
    sqrt(2) / (1 + sqrt(2)) of the choices, and the bus half of that:

    >>> network = NestNetwork(np.array([0, 1, 2, 3, 4, 4]), np.array([0, 0, 1, 1]), 2)
    >>> choices = nested_choices(np.array([0, 1, 2]), np.array([0, 3]), np.array([0, 1]),
    ...                          np.array([1]), network)
    >>> found = log_likelihood(choices, network, NestParameters(np.array([0.5, 1.0]), np.ones(4)),
    ...                        np.zeros(3), np.eye(3))
    >>> np.exp(found.by_person).round(4)
    array([0.2929])
    """
    n = choices.n_persons
    n_allocations = len(network.nests) if with_allocations else 0
    whole = _empty(n, jacobian.shape[1], network.n_nests, n_allocations)
    work = partial(
        _block,
        choices,
        _compiled(network, parameters),
        np.array(utilities, dtype=float),
        np.ascontiguousarray(jacobian, dtype=float),
        n_allocations,
    )
    for first, last, parts in map_blocks(work, person_blocks(n)):
        for all_of_it, part in zip(whole, parts, strict=True):
            all_of_it[first:last] = part
    return whole


def choice_probabilities(
    utilities: Float[np.ndarray, " rows"],
    kinds: Int[np.ndarray, " rows"],
    task_starts: Int[np.ndarray, " tasks_and_one"],
    network: NestNetwork,
    parameters: NestParameters,
) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " tasks"]]:
    """Return the probability of each alternative within its task, and the logsum of each task.

    The logsum is the inclusive value of the root: expected maximum utility up to a constant.

    Examples
    --------
    >>> network = NestNetwork(np.array([0, 1, 2, 3, 4, 4]), np.array([0, 0, 1, 1]), 2)
    >>> shares, logsums = choice_probabilities(
    ...     np.zeros(3), np.arange(3), np.array([0, 3]), network,
    ...     NestParameters(np.array([0.5, 1.0]), np.ones(4)))
    >>> shares.round(4), np.exp(logsums).round(4)
    (array([0.2929, 0.2929, 0.4142]), array([2.4142]))
    """
    probabilities, logsums = np.zeros(len(utilities)), np.empty(len(task_starts) - 1)
    compiled.choice_probabilities(
        np.array(utilities, dtype=float),
        *Entries.of(kinds, task_starts, network),
        *_compiled(network, parameters),
        probabilities,
        logsums,
    )
    return probabilities, logsums


def _compiled(network: NestNetwork, parameters: NestParameters) -> tuple[np.ndarray, ...]:
    with np.errstate(divide="ignore"):
        log_alphas = np.log(np.array(parameters.allocations, dtype=float))
    return (
        np.array(network.starts, dtype=np.int64),
        np.array(network.nests, dtype=np.int64),
        np.array(parameters.lambdas, dtype=float),
        log_alphas,
    )


def _block(
    choices: NestedChoices,
    network: tuple[np.ndarray, ...],
    utilities: Float[np.ndarray, " rows"],
    jacobian: Float[np.ndarray, "rows K"],
    n_allocations: int,
    edge: tuple[int, int],
) -> tuple[int, int, NestedLogLikelihood]:
    first, last = edge
    parts = _empty(last - first, jacobian.shape[1], len(network[2]), n_allocations)
    compiled.log_likelihood_block(
        first,
        last,
        utilities,
        jacobian,
        *choices.entries,
        choices.chosen_entries,
        choices.chosen_ends,
        choices.task_starts,
        choices.person_starts,
        *network,
        *parts,
    )
    return first, last, parts


def _empty(
    n_persons: int, n_coefficients: int, n_nests: int, n_allocations: int
) -> NestedLogLikelihood:
    sizes = (n_coefficients, n_nests, n_allocations)
    return NestedLogLikelihood(np.empty(n_persons), *(np.empty((n_persons, k)) for k in sizes))
