"""Blocks of work: where they run, and runs of persons that are worked on as one.

Which persons make a block follows from the size of the work alone, and sums over blocks are taken
in the order of blocks: so they are the same to the bit on any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

MapBlocks = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]
"""Where blocks of work run; the builtin `map` runs them here, one after the other."""

MOST_BLOCKS = 64
"""Blocks into which persons are cut, where there are as many."""
FEWEST_BLOCKS = 8
"""Blocks at least, where there are as many persons: enough for a few threads to end together."""
ENOUGH_WORK = 2e7
"""Multiply-adds in a block, about a millisecond: what handing it over costs is then small."""


def person_blocks(n_persons: int, multiply_adds: float = np.inf) -> list[tuple[int, int]]:
    """Return runs of persons of about the same length: the first, and the last plus one.

    Blocks are as many as so much work is worth; the most if it is not said.

    Examples
    --------
    >>> person_blocks(10, 1e3)[:3], len(person_blocks(10, 1e3)), len(person_blocks(1000))
    ([(0, 1), (1, 2), (2, 3)], 8, 64)
    """
    n_blocks = int(np.clip(multiply_adds / ENOUGH_WORK, FEWEST_BLOCKS, MOST_BLOCKS))
    edges = np.linspace(0, n_persons, min(n_persons, n_blocks) + 1).astype(np.int64)
    return list(pairwise(edges.tolist()))
