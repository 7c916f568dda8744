"""Standard normal nodes: where integrals over people are evaluated, and with which weights.

Persons share groups of nodes: person n uses group n % G. With one group for all, the errors of all
persons would point the same way; with many, and each turned for those who share it, they cancel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from scipy.special import ndtri, roots_hermitenorm

from counterflow.kernels.aligned import aligned_zeros

AT_ONCE = 64
"""Most nodes that a compiled loop works on together: what a person needs then stays in the first
caches."""
LANE = 8
"""Nodes are filled up to a multiple of this: the width of a vector of doubles."""
MOST_DIMENSIONS_OF_PRODUCT_RULE = 3
MOST_POINTS = 128
"""Outer points of longer rules lie where densities of fifteen standard deviations underflow."""
_INSIDE = 1e-12
_BITS = 30
"""Binary digits of a scrambled Sobol point."""


class Nodes(NamedTuple):
    """R nodes in D dimensions for each of G groups, cut into blocks of equal width.

    The last block is filled up with copies of the last node, of weight 0.
    """

    values: Float[np.ndarray, "G blocks D width"]
    weights: Float[np.ndarray, "blocks width"]
    """Of each node in every group; they sum to 1."""
    is_turned: bool = False
    """Whether persons who share a group take its dimensions in another order, with other signs."""

    @property
    def n_draws(self) -> int:
        """Return R."""
        return int(np.count_nonzero(self.weights))

    @property
    def n_random(self) -> int:
        """Return D."""
        return int(self.values.shape[2])


def sobol_nodes(n_draws: int, n_random: int, n_groups: int, seed: int) -> Nodes:
    """Return a scrambled Sobol sequence, with other binary digits turned over in each group.

    Best in blocks of 2**m draws.

    Notes
    -----
    Owen 1995 for the scrambling; a digital shift for each group (L'Ecuyer and Lemieux 2002), which
    keeps 2**m points a net. The shift modulo 1 of other sequences does not: on Train's electricity
    data the error of a person's log-likelihood was a quarter larger with it.

    Examples
    --------
    >>> nodes = sobol_nodes(64, 2, n_groups=3, seed=1)
    >>> nodes.values.shape, bool(abs(nodes.values.mean()) < 0.02)
    ((3, 1, 2, 64), True)
    """
    random = _stream(seed)
    power = int(np.ceil(np.log2(max(n_draws, 1))))
    points = scipy.stats.qmc.Sobol(n_random, scramble=True, rng=random).random_base2(power)[
        :n_draws
    ]
    digits = (points * 2.0**_BITS).astype(np.int64)
    flipped = random.integers(0, 2**_BITS, (n_groups, 1, n_random))
    values = ndtri(((digits ^ flipped) + 0.5) / 2.0**_BITS)
    return _blocked(values, np.full(len(points), 1.0 / len(points)))


def halton_nodes(n_draws: int, n_random: int, n_groups: int, seed: int) -> Nodes:
    """Return a scrambled Halton sequence, moved as a whole by another random vector in each group.

    Notes
    -----
    Owen 2017 ("A randomized Halton algorithm") for the scrambling, without which dimensions beyond
    the first dozen are nearly collinear (Train 2009, section 9.3.3 to 9.3.4).

    Examples
    --------
    >>> halton_nodes(100, 3, n_groups=2, seed=1).n_draws
    100
    """
    random = _stream(seed)
    points = scipy.stats.qmc.Halton(n_random, scramble=True, rng=random).random(n_draws)
    return _shifted(points, n_groups, random)


def mlhs_nodes(n_draws: int, n_random: int, n_groups: int, seed: int) -> Nodes:
    """Return modified Latin hypercube samples: evenly spaced in each dimension, shuffled.

    Notes
    -----
    Hess, Train and Polak, Transportation Research Part B 40, 2006: (r + shift) / R with one random
    shift and one random order for each dimension and group.

    Examples
    --------
    >>> from scipy.special import ndtr
    >>> evenly = np.sort(ndtr(mlhs_nodes(8, 1, n_groups=1, seed=1).values[0, 0, 0]))
    >>> bool(np.allclose(np.diff(evenly), 1 / 8))
    True
    """
    random = _stream(seed)
    values = np.empty((n_groups, n_draws, n_random))
    for group in values:
        shifted = (np.arange(n_draws)[:, None] + random.random(n_random)) / n_draws
        group[:] = _normal(random.permuted(shifted, axis=0))
    return _blocked(values, np.full(n_draws, 1.0 / n_draws))


def random_nodes(n_draws: int, n_random: int, n_groups: int, seed: int) -> Nodes:
    """Return independent pseudo-random nodes.

    Examples
    --------
    >>> random_nodes(1000, 1, n_groups=1, seed=1).values.shape
    (1, 16, 1, 64)
    """
    values = _stream(seed).standard_normal((n_groups, n_draws, n_random))
    return _blocked(values, np.full(n_draws, 1.0 / n_draws))


def gauss_hermite_nodes(n_points: int, n_random: int) -> Nodes:
    """Return the product rule that is exact for polynomials of degree 2 `n_points` - 1.

    Raises
    ------
    ValueError
        If there are more than three dimensions: the rule has `n_points` ** `n_random` nodes.

    Examples
    --------
    The fourth moment of a standard normal is 3:

    >>> nodes = gauss_hermite_nodes(3, 1)
    >>> float(np.sum(nodes.weights[0] * nodes.values[0, 0, 0] ** 4).round(12))
    3.0
    """
    if not 1 <= n_random <= MOST_DIMENSIONS_OF_PRODUCT_RULE:
        raise ValueError(
            f"a product rule takes 1 to {MOST_DIMENSIONS_OF_PRODUCT_RULE} random coefficients, "
            f"got {n_random}: use sobol_nodes"
        )
    if n_points > MOST_POINTS:
        raise ValueError(
            f"a product rule takes at most {MOST_POINTS} points a random coefficient, got "
            f"{n_points}: further ones lie where no weight is left"
        )
    points, weights = roots_hermitenorm(n_points)
    weights = weights / weights.sum()
    values = np.stack(np.meshgrid(*[points] * n_random, indexing="ij"), axis=-1)
    product = np.ones(())
    for _ in range(n_random):
        product = np.multiply.outer(product, weights)
    return _blocked(values.reshape(1, -1, n_random), product.ravel())


def _stream(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def _shifted(points: Float[np.ndarray, "R D"], n_groups: int, random: np.random.Generator) -> Nodes:
    values = np.empty((n_groups, *points.shape))
    for group, shift in zip(values, random.random((n_groups, points.shape[1])), strict=True):
        group[:] = _normal((points + shift) % 1.0)
    return _blocked(values, np.full(len(points), 1.0 / len(points)))


def _normal(uniform: Float[np.ndarray, "R D"]) -> Float[np.ndarray, "R D"]:
    return ndtri(np.clip(uniform, _INSIDE, 1.0 - _INSIDE))


def _blocked(values: Float[np.ndarray, "G R D"], weights: Float[np.ndarray, " R"]) -> Nodes:
    n_groups, n_draws, n_random = values.shape
    n_blocks = -(-n_draws // AT_ONCE)
    width = -(-n_draws // (n_blocks * LANE)) * LANE
    # By the last node: what fills up is then no more likely than what counts.
    surplus = ((0, 0), (0, n_blocks * width - n_draws), (0, 0))
    padded = np.pad(values, surplus, mode="edge")
    filled = np.zeros(n_blocks * width)
    filled[:n_draws] = weights
    by_block = aligned_zeros(n_groups, n_blocks, n_random, width)
    by_block[:] = padded.reshape(n_groups, n_blocks, width, n_random).transpose(0, 1, 3, 2)
    return Nodes(by_block, filled.reshape(n_blocks, width), is_turned=n_groups > 1)
