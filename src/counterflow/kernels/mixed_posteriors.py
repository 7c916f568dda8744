"""What the choices of a person say of that person's own coefficients."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.kernels.blocks import MapBlocks, person_blocks
from counterflow.kernels.compiled import mixed_posteriors as compiled
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.mixing import Mixing, Proposals, lists_of, most_rows, room_for, work_of
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
    found = _posteriors(
        sets, mixing, means, nodes, proposals, np.empty((sets.n_persons, 0)), map_blocks
    )
    return Posteriors(found.means, found.sds)


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
    return _posteriors(sets, mixing, means, nodes, proposals, uniforms, map_blocks).draws


class _Found(NamedTuple):
    means: Float[np.ndarray, "N K"]
    sds: Float[np.ndarray, "N K"]
    draws: Float[np.ndarray, "S N K"]


def _posteriors(
    sets: ChoiceSets,
    mixing: Mixing,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    proposals: Proposals,
    uniforms: Float[np.ndarray, "N S"],
    map_blocks: MapBlocks,
) -> _Found:
    n, k = sets.n_persons, len(mixing.kinds)
    found = _Found(np.empty((n, k)), np.empty((n, k)), np.empty((uniforms.shape[1], n, k)))
    fixed = np.ascontiguousarray(means, dtype=float)
    numbers = np.ascontiguousarray(uniforms, dtype=float)
    work = partial(_block, sets, mixing, fixed, nodes, proposals, numbers, found)
    for _ in map_blocks(work, person_blocks(n, work_of(sets, nodes))):
        pass
    return found


def _block(
    sets: ChoiceSets,
    mixing: Mixing,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    proposals: Proposals,
    uniforms: Float[np.ndarray, "N S"],
    found: _Found,
    block: tuple[int, int],
) -> None:
    compiled.posteriors(
        sets,
        lists_of(mixing),
        means,
        nodes,
        proposals,
        room_for(mixing, most_rows(sets, *block), nodes),
        np.empty(nodes.weights.shape),
        np.empty(nodes.weights.size),
        uniforms,
        np.empty(uniforms.shape[1], dtype=np.int64),
        *block,
        found,
    )
