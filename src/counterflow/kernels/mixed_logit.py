"""Mixed logit: the likelihood of a person's choices, averaged over people, and its derivatives."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.kernels.compiled import mixed_logit as compiled
from counterflow.kernels.logit import N_BLOCKS, ChoiceSets, MapBlocks
from counterflow.kernels.mixing import Mixing, Proposals, lists_of, most_rows, room_for
from counterflow.kernels.nodes import Nodes


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
    work = partial(_evaluate, sets, mixing, _contiguous(means), nodes, proposals, found)
    for _ in map_blocks(work, blocks_of(n)):
        pass
    return found


def blocks_of(n_persons: int) -> list[tuple[int, int]]:
    """Return the blocks of persons that are worked on as one: first person, last plus one."""
    edges = np.unique(np.linspace(0, n_persons, min(n_persons, N_BLOCKS) + 1).astype(np.int64))
    return list(pairwise(edges.tolist()))


def _contiguous(means: Float[np.ndarray, "N_or_1 K"]) -> Float[np.ndarray, "N_or_1 K"]:
    return np.ascontiguousarray(means, dtype=float)


def _evaluate(
    sets: ChoiceSets,
    mixing: Mixing,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    proposals: Proposals,
    found: Evaluation,
    block: tuple[int, int],
) -> None:
    room = room_for(mixing, most_rows(sets, *block), nodes)
    compiled.evaluate(sets, lists_of(mixing), means, nodes, proposals, room, *block, found)
