"""A partial line: some candidates are taken, some are open, the others are out."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from counterflow.kernels.line_search import Line, LineProblem, may_join

Pairs = Int[np.ndarray, "pairs 2"]


class PartialLine(NamedTuple):
    """All lines that have the candidates taken and, beyond them, only such as are open."""

    taken: Line
    is_open: Bool[np.ndarray, " C"]


def whole_space(problem: LineProblem, preferred: Pairs) -> PartialLine | None:
    """Return the partial line that every line completes; None if there is no line at all."""
    return _settled(problem, preferred, [], np.ones(len(problem.group), dtype=bool))


def taking(
    problem: LineProblem, preferred: Pairs, partial: PartialLine, candidate: int
) -> PartialLine | None:
    """Return the lines that have the candidate as well; None if there is none."""
    return _settled(problem, preferred, [*partial.taken, candidate], partial.is_open)


def leaving(
    problem: LineProblem, preferred: Pairs, partial: PartialLine, candidate: int
) -> PartialLine | None:
    """Return the lines that do not have the candidate; None if there is none."""
    is_open = partial.is_open.copy()
    is_open[candidate] = False
    return _settled(problem, preferred, list(partial.taken), is_open)


def preferred_pairs(problem: LineProblem) -> Pairs:
    """Return pairs (i, j) of candidates such that some best line has j only together with i.

    Notes
    -----
    People like both equally and i earns at least as much from everybody; nothing else tells them
    apart. Then i in place of j leaves all odds as they are and earns no less. Candidates that
    everybody likes equally make one chain.

    Examples
    --------
    >>> odds = np.ones((1, 3), np.float32)
    >>> alike = LineProblem(odds, odds * np.array([[2, 3, 1]], np.float32), np.ones(1),
    ...     np.arange(3), 0.0, np.zeros(0), np.zeros((3, 0), bool), n_offers=3)
    >>> preferred_pairs(alike).tolist()
    [[1, 0], [0, 2]]
    """
    alone = np.bincount(problem.group, minlength=problem.group.max() + 1)[problem.group] == 1
    for named in (problem.forbidden[None], problem.needs, problem.apart):
        alone &= ~named.any(axis=0) if named.size else True
    chains: dict[bytes, list[int]] = {}
    earned = problem.weights @ problem.earnings
    for c in np.lexsort((np.arange(len(alone)), -earned)).tolist():
        if alone[c]:
            like = problem.odds[:, c].tobytes() + problem.uses[c].tobytes()
            chains.setdefault(like, []).append(c)
    pairs = [
        (i, j)
        for chain in chains.values()
        for i, j in itertools.pairwise(chain)
        if (problem.earnings[:, i] >= problem.earnings[:, j]).all()
    ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _settled(
    problem: LineProblem, preferred: Pairs, taken: list[int], is_open: Bool[np.ndarray, " C"]
) -> PartialLine | None:
    """Return the partial line with all that follows; None if no line completes it."""
    is_open = is_open.copy()
    is_open[taken] = False
    while True:
        if len(taken) > problem.n_offers:
            return None
        is_open &= may_join(problem, taken) & (len(taken) < problem.n_offers)
        if not taken and not is_open.any():
            return None
        following = _following(problem, preferred, taken, is_open)
        if following is None:
            return None
        if following < 0:
            return PartialLine(tuple(sorted(taken)), is_open)
        if not is_open[following]:
            return None
        taken = [*taken, following]
        is_open[following] = False


def _following(
    problem: LineProblem, preferred: Pairs, taken: list[int], is_open: Bool[np.ndarray, " C"]
) -> int | None:
    """Return a candidate that every completion has; -1 if none follows, None if they clash.

    Closes, in passing, what can only come with something that is out.
    """
    is_in = np.zeros(len(is_open), dtype=bool)
    is_in[taken] = True
    for first, second in preferred.tolist():
        if not (is_in[first] or is_open[first]):
            is_open[second] = False
    for first, second in preferred.tolist():
        if is_in[second] and not is_in[first]:
            return int(first)
    for need in problem.needs:
        if not (need & is_in).any():
            left = np.flatnonzero(need & is_open)
            if len(left) == 0:
                return None
            if len(left) == 1:
                return int(left[0])
    return -1
