"""What the choices of a person say of that person's own coefficients."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.kernels.compiled import mixed_posteriors as compiled
from counterflow.kernels.logit import ChoiceSets, MapBlocks
from counterflow.kernels.mixed_logit import blocks_of
from counterflow.kernels.mixing import Mixing, Proposals, lists_of, most_rows, room_for
from counterflow.kernels.nodes import Nodes


class Posteriors(NamedTuple):
    """Posterior of each person's coefficients; in willingness-to-pay space, before scaling."""

    means: Float[np.ndarray, "N K"]
    sds: Float[np.ndarray, "N K"]


def person_posteriors(
    sets: ChoiceSets,
    mixing: Mixing,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    proposals: Proposals,
    map_blocks: MapBlocks = map,
) -> Posteriors:
    """Return mean and standard deviation of each person's coefficients, given their choices.

    Notes
    -----
    Weighted moments of the draws behind `simulated_log_likelihood` (Train 2009, equation 11.5).

    Examples
    --------
    A person who chose an alternative that is worse by 1, from a population N(0, 1):

    >>> from counterflow.kernels.mixing import mixing_of, prior_proposals, with_entries
    >>> from counterflow.kernels.nodes import gauss_hermite_nodes
    >>> sets = ChoiceSets(np.array([[1.0]]), np.array([0, 1]), np.array([0, 1]))
    >>> mixing = with_entries(mixing_of(["normal"], [0], [0], n_random=1), np.ones(1))
    >>> found = person_posteriors(
    ...     sets, mixing, np.zeros((1, 1)), gauss_hermite_nodes(20, 1), prior_proposals(1, 1)
    ... )
    >>> [values.round(3) for values in found]
    [array([[-0.413]]), array([[0.911]])]
    """
    n, k = sets.n_persons, len(mixing.kinds)
    found = Posteriors(np.empty((n, k)), np.empty((n, k)))
    fixed = np.ascontiguousarray(means, dtype=float)
    work = partial(_moments, sets, mixing, fixed, nodes, proposals, found)
    for _ in map_blocks(work, blocks_of(n)):
        pass
    return found


def posterior_draws(
    sets: ChoiceSets,
    mixing: Mixing,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    proposals: Proposals,
    uniforms: Float[np.ndarray, "N S"],
    map_blocks: MapBlocks = map,
) -> Float[np.ndarray, "S N K"]:
    """Return draws of each person's coefficients, given their choices.

    A draw is the weighted node that a uniform number falls on (sampling-importance-resampling,
    Rubin 1988): many draws repeat few nodes, so take more nodes than draws.

    Examples
    --------
    With one node, all draws are that node:

    >>> from counterflow.kernels.mixing import mixing_of, prior_proposals, with_entries
    >>> from counterflow.kernels.nodes import gauss_hermite_nodes
    >>> sets = ChoiceSets(np.array([[1.0]]), np.array([0, 1]), np.array([0, 1]))
    >>> mixing = with_entries(mixing_of(["normal"], [0], [0], n_random=1), np.ones(1))
    >>> posterior_draws(
    ...     sets, mixing, np.full((1, 1), 7.0), gauss_hermite_nodes(1, 1), prior_proposals(1, 1),
    ...     np.array([[0.2, 0.9]]),
    ... ).ravel()
    array([7., 7.])
    """
    draws = np.empty((uniforms.shape[1], sets.n_persons, len(mixing.kinds)))
    fixed = np.ascontiguousarray(means, dtype=float)
    numbers = np.ascontiguousarray(uniforms, dtype=float)
    work = partial(_draws, sets, mixing, fixed, nodes, proposals, numbers, draws)
    for _ in map_blocks(work, blocks_of(sets.n_persons)):
        pass
    return draws


def _moments(
    sets: ChoiceSets,
    mixing: Mixing,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    proposals: Proposals,
    found: Posteriors,
    block: tuple[int, int],
) -> None:
    room = room_for(mixing, most_rows(sets, *block), nodes)
    weights = np.empty(nodes.weights.shape)
    compiled.posterior_moments(
        sets, lists_of(mixing), means, nodes, proposals, room, weights, *block, *found
    )


def _draws(
    sets: ChoiceSets,
    mixing: Mixing,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    proposals: Proposals,
    uniforms: Float[np.ndarray, "N S"],
    draws: Float[np.ndarray, "S N K"],
    block: tuple[int, int],
) -> None:
    room = room_for(mixing, most_rows(sets, *block), nodes)
    weights = np.empty(nodes.weights.shape)
    compiled.posterior_draws(
        sets, lists_of(mixing), means, nodes, proposals, room, weights, uniforms, *block, draws
    )
