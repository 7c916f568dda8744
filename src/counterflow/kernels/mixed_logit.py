"""Mixed logit: the likelihood of a person's choices, averaged over people, and its derivatives."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.kernels.aligned import aligned_zeros
from counterflow.kernels.blocks import MapBlocks, person_blocks
from counterflow.kernels.compiled import mixed_logit as compiled
from counterflow.kernels.compiled import mixed_logit_hessian as compiled_hessian
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.mixing import (
    Mixing,
    MixingLists,
    Proposals,
    lists_of,
    most_rows,
    room_for,
    work_of,
)
from counterflow.kernels.nodes import Nodes
from counterflow.kernels.symmetric import from_lower_half


class Evaluation(NamedTuple):
    """What one pass over all persons finds."""

    log_likelihoods: Float[np.ndarray, " N"]
    scores: Float[np.ndarray, "N K_plus_P"]
    """Gradient of each person's log-likelihood by the person's means, then by the estimated
    entries of the factor."""
    effective_shares: Float[np.ndarray, " N"]
    """Effective number of a person's weighted draws, as a share of the draws (0 to 1)."""


def simulated_log_likelihood(
    sets: ChoiceSets,
    mixing: Mixing,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    proposals: Proposals,
    map_blocks: MapBlocks = map,
) -> Evaluation:
    """Return each person's simulated log-likelihood and score.

    The result does not depend on `map_blocks`, to the bit.

    Notes
    -----
    The logarithm of the mean, over nodes e with their weights, of

        prod_t P_t(beta(z)) phi(z) / q(z),    z = centre + spread e,

    with P_t the logit probability of the choice in task t, phi the standard normal density and q
    that of the proposal: importance sampling (Train 2009, sections 9.2.7 and 11.3) of the panel
    likelihood (Train 2009, equation 6.2). Any proposal has the same limit; one that lies where
    the person's choices are likely gets there with fewer draws, which `effective_shares` tells:
    (sum w)^2 / sum w^2 for weights w = prod_t P_t phi / q, over the number of draws.

    Log odds are cut at +-300.

    Examples
    --------
    One choice between two alternatives that differ by 1, and a coefficient N(0, 1) over people:
    half of them choose either.

    >>> from counterflow.kernels.mixing import mixing_of, prior_proposals, with_entries
    >>> from counterflow.kernels.nodes import gauss_hermite_nodes
    >>> sets = ChoiceSets(np.array([[1.0]]), np.array([0, 1]), np.array([0, 1]))
    >>> mixing = with_entries(mixing_of(["normal"], [0], [0], n_random=1), np.ones(1))
    >>> found = simulated_log_likelihood(
    ...     sets, mixing, np.zeros((1, 1)), gauss_hermite_nodes(9, 1), prior_proposals(1, 1)
    ... )
    >>> np.exp(found.log_likelihoods).round(6)
    array([0.5])
    """
    n = sets.n_persons
    n_parameters = len(mixing.kinds) + len(mixing.rows)
    found = Evaluation(np.empty(n), np.empty((n, n_parameters)), np.empty(n))
    fixed = _contiguous(means)
    work = partial(_evaluate, sets, mixing, lists_of(mixing), fixed, nodes, proposals, found)
    for _ in map_blocks(work, person_blocks(n, work_of(sets, nodes))):
        pass
    return found


def information(
    sets: ChoiceSets,
    mixing: Mixing,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    proposals: Proposals,
    weights: Float[np.ndarray, " N"],
    covariates: Float[np.ndarray, "N Q"] | None = None,
    map_blocks: MapBlocks = map,
) -> Float[np.ndarray, "M M"]:
    """Return minus the Hessian of the weighted sum of the persons' simulated log-likelihoods.

    By the K means, then, where `means` are a common mean plus covariates times K x Q shifts, by
    the shifts of the first covariate, those of the second and so on; last by the estimated entries
    of the factor. The result does not depend on `map_blocks`, to the bit.

    Notes
    -----
    Exact for these nodes. With w_r the share of draw r in a person's likelihood, g_r the gradient
    of its logarithm and s = sum_r w_r g_r the person's score, the Hessian is

        sum_r w_r (g_r g_r' + d2 log p_r) - s s',

    the derivatives by parameters through the logit (Train 2009, section 3.7.1), the scale of
    willingness-to-pay space and the distributions of the coefficients.

    Examples
    --------
    Without heterogeneity it is the information of a logit, here P (1 - P) = 3/16:

    >>> from counterflow.kernels.mixing import mixing_of, prior_proposals
    >>> from counterflow.kernels.nodes import gauss_hermite_nodes
    >>> sets = ChoiceSets(np.array([[1.0]]), np.array([0, 1]), np.array([0, 1]))
    >>> information(sets, mixing_of(["normal"], [], [], n_random=1), np.log([[3.0]]),
    ...             gauss_hermite_nodes(1, 1), prior_proposals(1, 1), np.ones(1))
    array([[0.1875]])
    """
    n, k = sets.n_persons, len(mixing.kinds)
    known = np.ones((n, 1)) if covariates is None else np.column_stack([np.ones(n), covariates])
    work = partial(
        _informations,
        sets,
        mixing,
        lists_of(mixing),
        _contiguous(means),
        nodes,
        proposals,
        np.array(weights, dtype=float),
        known,
    )
    n_parameters = k * known.shape[1] + len(mixing.rows)
    total = np.zeros((n_parameters, n_parameters))
    for part in map_blocks(work, person_blocks(n, work_of(sets, nodes) * k)):
        total += part
    return from_lower_half(total)


def _contiguous(means: Float[np.ndarray, "N_or_1 K"]) -> Float[np.ndarray, "N_or_1 K"]:
    return np.ascontiguousarray(means, dtype=float)


def _evaluate(
    sets: ChoiceSets,
    mixing: Mixing,
    lists: MixingLists,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    proposals: Proposals,
    found: Evaluation,
    block: tuple[int, int],
) -> None:
    room = room_for(mixing, most_rows(sets, *block), nodes)
    compiled.evaluate(sets, lists, means, nodes, proposals, room, *block, found)


class _PairRoom(NamedTuple):
    """Where compiled loops put second derivatives."""

    places: Int[np.ndarray, " K_times_rows"]
    values: Float[np.ndarray, " K_times_rows"]
    ends: Int[np.ndarray, " K_times_tasks"]
    zeros: Float[np.ndarray, " K_times_tasks"]
    task_means: Float[np.ndarray, "K_times_tasks width"]
    pairs: Float[np.ndarray, "K_triangle width"]
    scaled: Float[np.ndarray, "K width"]
    product: Float[np.ndarray, " width"]
    score: Float[np.ndarray, " K_plus_P"]
    information: Float[np.ndarray, "K_plus_P K_plus_P"]
    bend: Float[np.ndarray, " K"]
    starts: Int[np.ndarray, " K_and_one"]
    """Where the parameters of each coefficient begin ..."""
    order: Int[np.ndarray, " K_plus_P"]
    """... among the parameters sorted by coefficient."""


def _informations(
    sets: ChoiceSets,
    mixing: Mixing,
    lists: MixingLists,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    proposals: Proposals,
    weights: Float[np.ndarray, " N"],
    covariates: Float[np.ndarray, "N Q_and_one"],
    block: tuple[int, int],
) -> Float[np.ndarray, "M M"]:
    first, last = block
    n_rows = most_rows(sets, first, last)
    n_tasks = max(1, int(np.diff(sets.person_starts[first : last + 1]).max(initial=1)))
    k, width, n_parameters = len(mixing.kinds), nodes.values.shape[3], len(lists.entries)
    pair_room = _PairRoom(
        places=np.empty(k * n_rows + 1, dtype=np.int64),
        values=np.empty(k * n_rows + 1),
        ends=np.empty(k * n_tasks, dtype=np.int64),
        zeros=np.zeros(k * n_tasks),
        task_means=aligned_zeros(k * n_tasks, width),
        pairs=aligned_zeros(k * (k + 1) // 2, width),
        scaled=aligned_zeros(k, width),
        product=aligned_zeros(width),
        score=np.empty(n_parameters),
        information=np.empty((n_parameters, n_parameters)),
        bend=np.empty(k),
        starts=np.searchsorted(np.sort(lists.entries), np.arange(k + 1)).astype(np.int64),
        order=np.argsort(lists.entries, kind="stable").astype(np.int64),
    )
    n_columns = k * covariates.shape[1] + len(mixing.rows)
    total = np.zeros((n_columns, n_columns))
    room = room_for(mixing, n_rows, nodes)
    compiled_hessian.add_informations(
        sets, lists, means, covariates, nodes, proposals, weights, room, pair_room, *block, total
    )
    return total
