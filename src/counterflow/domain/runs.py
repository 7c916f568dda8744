"""Runs of entries without padding: where each begins, and how some of them are taken."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int


def taken_runs(
    starts: Int[np.ndarray, " runs_and_one"], taken: Int[np.ndarray, " taken"]
) -> tuple[Int[np.ndarray, " entries"], Int[np.ndarray, " taken_and_one"]]:
    """Return the entries of some runs, run after run, and where each of these then begins.

    Examples
    --------
    >>> taken_runs(np.array([0, 2, 5]), np.array([1, 0, 1]))
    (array([2, 3, 4, 0, 1, 2, 3, 4]), array([0, 3, 5, 8]))
    """
    begins = np.asarray(starts, dtype=np.int64)
    sizes = np.diff(begins)[taken]
    new_starts = np.append(0, np.cumsum(sizes))
    entries = np.arange(new_starts[-1]) + np.repeat(begins[taken] - new_starts[:-1], sizes)
    return entries, new_starts
