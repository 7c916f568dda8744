"""Where each person's draws should lie: at the mode of their posterior, as wide as it is there."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.kernels.blocks import MapBlocks, person_blocks
from counterflow.kernels.compiled import person_modes as compiled
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.mixing import Mixing, MixingLists, Proposals, lists_of, most_rows

INFLATION = 1.15
"""How much wider than the posterior's normal approximation a proposal is, so that it has draws
where the posterior's tails are longer."""
STEPS_EXPECTED = 5


def centre_on_modes(
    sets: ChoiceSets,
    mixing: Mixing,
    means: Float[np.ndarray, "N_or_1 K"],
    proposals: Proposals,
    inflation: float = INFLATION,
    map_blocks: MapBlocks = map,
) -> None:
    """Move the proposals to the modes of the persons' posteriors, in place.

    Notes
    -----
    The mode of log-likelihood less z'z / 2, and around it the normal density whose precision is
    1 + J' I J, with I the information of the person's choices about the coefficients (Train 2009,
    section 3.7.1) and J their derivative by z (Laplace's method; Tierney and Kadane 1986).
    Newton's method goes on from the present centres, so the next call is quick.

    Examples
    --------
    Whoever chooses an alternative that is better by 1 hardly says anything new; whoever chooses
    one that is worse by 1 says that the coefficient is low:

    >>> from counterflow.kernels.mixing import mixing_of, prior_proposals, with_entries
    >>> sets = ChoiceSets(np.array([[-1.0], [1.0]]), np.array([0, 1, 2]), np.array([0, 1, 2]))
    >>> mixing = with_entries(mixing_of(["normal"], [0], [0], n_random=1), np.ones(1))
    >>> proposals = prior_proposals(2, 1)
    >>> centre_on_modes(sets, mixing, np.ones((1, 1)), proposals)
    >>> proposals.centres.ravel().round(2)
    array([ 0.22, -0.61])
    """
    fixed = np.ascontiguousarray(means, dtype=float)
    work = partial(_find_modes, sets, lists_of(mixing), fixed, float(inflation), proposals)
    k, rows = sets.n_coefficients, len(sets.differences)
    steps = float(STEPS_EXPECTED) * (rows * k * k + sets.n_persons * k**3)
    for _ in map_blocks(work, person_blocks(sets.n_persons, steps)):
        pass


def normal_moments(
    proposals: Proposals, weights: Float[np.ndarray, " N"], inflation: float = INFLATION
) -> tuple[Float[np.ndarray, " D"], Float[np.ndarray, "D D"]]:
    """Return the weighted means over persons of z and of z z', each under their own proposal.

    The proposals are taken back to the posteriors' normal approximations by `inflation`: an
    expectation step by Laplace's method. With latent values m + F z, the population's next mean
    is m + F E[z] and its covariance F (E[z z'] - E[z] E[z]') F' (Train 2009, section 14.3.1).

    Examples
    --------
    >>> from counterflow.kernels.mixing import prior_proposals
    >>> normal_moments(prior_proposals(3, 1), np.ones(3), inflation=1.0)
    (array([0.]), array([[1.]]))
    """
    n_random = proposals.centres.shape[1]
    shares = weights / weights.sum()
    mean = np.einsum("n,nd->d", shares, proposals.centres)
    second = np.einsum("n,nd,ne->de", shares, proposals.centres, proposals.centres)
    starts = np.cumsum(np.arange(n_random + 1))
    for d in range(n_random):
        for e in range(d + 1):
            # Row d of the factor times row e, as far as both reach.
            a = proposals.spreads[:, starts[d] : starts[d] + e + 1]
            b = proposals.spreads[:, starts[e] : starts[e] + e + 1]
            covariance = np.einsum("n,nm,nm->", shares, a, b, dtype=float) / inflation**2
            second[d, e] += covariance
            second[e, d] = second[d, e]
    return mean, second


class _Room(NamedTuple):
    coefficients: Float[np.ndarray, " K"]
    jacobian: Float[np.ndarray, "K D"]
    odds: Float[np.ndarray, " rows"]
    mean: Float[np.ndarray, " K"]
    gradient: Float[np.ndarray, " K"]
    information: Float[np.ndarray, "K K"]
    trial: Float[np.ndarray, " D"]
    step: Float[np.ndarray, " D"]
    slope: Float[np.ndarray, " D"]
    product: Float[np.ndarray, " D"]
    curvature: Float[np.ndarray, "D D"]
    lower: Float[np.ndarray, "D D"]
    inverse: Float[np.ndarray, "D D"]


def _find_modes(
    sets: ChoiceSets,
    lists: MixingLists,
    means: Float[np.ndarray, "N_or_1 K"],
    inflation: float,
    proposals: Proposals,
    block: tuple[int, int],
) -> None:
    k, d = len(lists.kinds), len(lists.spread_ends)
    sizes = [k, (k, d), most_rows(sets, *block), k, k, (k, k), d, d, d, d, (d, d), (d, d), (d, d)]
    room = _Room(*[np.zeros(size) for size in sizes])
    compiled.find_modes(sets, lists, means, inflation, room, *block, proposals)
