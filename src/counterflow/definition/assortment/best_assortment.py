"""The best assortment: found by swaps from many starts, then proved, or bounded."""

from __future__ import annotations

import math
import time

from counterflow.definition.assortment.kinds import best_of_kinds, count_numbers, kinds_of
from counterflow.definition.assortment.partial_line import preferred_pairs
from counterflow.definition.assortment.proof import OnProgress, prove_line
from counterflow.domain.linear_relaxation import Relax
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.line_bound import PROOF_TOLERANCE, LineBound
from counterflow.kernels.line_search import LineProblem
from counterflow.kernels.line_starts import search_from_starts

N_RANDOM = 16
"""Random starts, besides the four that follow from the problem."""

_MOST_NUMBERS = 200_000
"""Lines of best earners of each kind that are tried one by one rather than bounded."""


def best_assortment(
    problem: LineProblem,
    *,
    relax: Relax,
    seed: int,
    n_random: int = N_RANDOM,
    gap: float = PROOF_TOLERANCE,
    seconds: float = math.inf,
    map_blocks: MapBlocks = map,
    on_progress: OnProgress | None = None,
) -> LineBound:
    """Return the best line found and a profit that no line exceeds.

    It ends when the bound is within `gap` of the best line, as a share of its profit, or after
    `seconds`; without a limit of time the result depends neither on time nor on threads. The
    profit is minus infinity if no line meets the conditions of the problem.
    """
    ends_at = time.monotonic() + seconds
    best = search_from_starts(
        problem,
        n_random=n_random,
        seed=seed,
        seconds=seconds,
        map_blocks=map_blocks,
        on_line=None if on_progress is None else lambda line: on_progress(line, math.inf),
    )
    kinds = kinds_of(problem, preferred_pairs(problem))
    n_lines = count_numbers(kinds)
    if n_lines <= _MOST_NUMBERS:
        of_kinds = best_of_kinds(problem, kinds)
        if of_kinds is not None:
            return LineBound(of_kinds.profit, of_kinds, n_lines)
    return prove_line(
        problem,
        best,
        relax=relax,
        gap=gap,
        seconds=ends_at - time.monotonic(),
        map_blocks=map_blocks,
        on_progress=on_progress,
    )
