"""Runs of persons that are worked on as one, so that threads can share the work."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from counterflow.kernels.logit import N_BLOCKS

FEWEST = 8
"""Blocks at least, where there are as many persons: enough for a few threads to end together."""
ENOUGH_WORK = 2e7
"""Multiply-adds in a block, about a millisecond: what handing it over costs is then small."""


def person_blocks(n_persons: int, multiply_adds: float) -> list[tuple[int, int]]:
    """Return runs of persons: the first, and the last plus one.

    They follow from the size of the work alone, so that sums over blocks are the same to the bit
    on any number of threads.

    Examples
    --------
    >>> person_blocks(10, 1e3)[:3], len(person_blocks(10, 1e3)), len(person_blocks(1000, 1e10))
    ([(0, 1), (1, 2), (2, 3)], 8, 64)
    """
    wanted = int(np.clip(multiply_adds / ENOUGH_WORK, FEWEST, N_BLOCKS))
    edges = np.linspace(0, n_persons, min(n_persons, wanted) + 1).astype(np.int64)
    return list(pairwise(edges.tolist()))
