"""A linear relaxation: what no point of it exceeds, and where its best point is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.domain.linear_programme import LinearProgramme


@dataclass(frozen=True, eq=False, kw_only=True)
class Relaxed:
    """A proved upper bound: minus infinity without feasible points, infinity if nothing is proved.

    `x` is near the best point, as a guide to where to look next; empty if there is none.
    """

    bound: float
    x: Float[np.ndarray, " n"]


Relax = Callable[[LinearProgramme, float], Relaxed]
"""Bounds a programme within so many seconds; it need not end at a vertex, or be exact."""
