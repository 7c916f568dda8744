"""Box choice: the candidates with the largest scores, so many from each of a few boxes.

Candidates stand in the order of a tree of boxes, so that a box is a run of them. Of the conditions
on lines the choice meets all that can be met box by box; it scores no less than any line that
meets the others too, which makes it a relaxation.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.kernels.line_search import Line, LineProblem

_K = TypeVar("_K")

_MOST_NEEDS = 4
"""Needed sets that a choice meets: its work doubles with each. Further ones are left out of it."""


class Asked(NamedTuple):
    """What is asked of candidates, in the order of a tree."""

    group: Int[np.ndarray, " C"]
    supplies: Int[np.ndarray, " C"]
    """Bit i is set where the candidate is in needed set i."""
    needed: int
    """One bit for each needed set."""
    apart: Bool[np.ndarray, "C_or_none C_or_none"]


class Boxes(NamedTuple):
    """Runs of candidates, with how many are chosen from each."""

    low: Int[np.ndarray, " b"]
    high: Int[np.ndarray, " b"]
    counts: tuple[int, ...]


class Choice(NamedTuple):
    """The candidates with the largest scores, the box of each, and the sum of their scores."""

    line: Line
    boxes: tuple[int, ...]
    score: float


class _Some(NamedTuple):
    """Candidates, and the sum of their scores."""

    score: float
    members: Line


def asked_of(problem: LineProblem) -> Asked:
    """Return what the problem asks of its candidates, as far as a choice can meet it."""
    needs = problem.needs[:_MOST_NEEDS] if problem.needs.size else problem.needs[:0]
    bits = 1 << np.arange(len(needs))
    supplies = bits @ needs if len(needs) else np.zeros(len(problem.group), dtype=np.int64)
    return Asked(problem.group, supplies, int(bits.sum()), problem.apart)


def excluded(asked: Asked, boxes: Boxes) -> Bool[np.ndarray, " C"] | None:
    """Return the candidates of boxes that no line can have; None if nothing keeps any apart.

    They may stand beside no candidate of some other box, of which the line has one at least.
    """
    if not asked.apart.size:
        return None
    out = np.zeros(len(asked.group), dtype=bool)
    runs = [slice(*ends) for ends in zip(boxes.low.tolist(), boxes.high.tolist(), strict=True)]
    for b, box in enumerate(runs):
        for other in runs[:b] + runs[b + 1 :]:
            out[box] |= asked.apart[other, box].all(axis=0)
    return out


def choose(
    scores: Float[np.ndarray, " C"],
    asked: Asked,
    boxes: Boxes,
    without: Bool[np.ndarray, " C"] | None = None,
) -> Choice | None:
    """Return the best candidates of each box, none of `without`; None if there are not enough.

    Within a box at most one of a group is taken; between boxes groups may repeat, and so may those
    that are to stand apart: that scores more lines than there are. Some candidate is taken of each
    needed set.

    Examples
    --------
    Two boxes of two candidates; what is needed costs least in the second box, 4 - 3:

    >>> asked = Asked(np.arange(4), np.array([0, 1, 0, 1]), 1, np.zeros((0, 0), bool))
    >>> boxes = Boxes(np.array([0, 2]), np.array([2, 4]), (1, 1))
    >>> choose(np.array([7.0, 5.0, 4.0, 3.0]), asked, boxes).line
    (0, 3)
    """
    if without is not None:
        scores = np.where(without, -np.inf, scores)
    chosen: list[list[int]] = []
    for first, end, count in _runs(boxes):
        members = best_of_groups(scores[first:end], asked.group[first:end], count)
        if len(members) < count:
            return None
        chosen.append([first + c for c in members])
    line = [c for members in chosen for c in members]
    if asked.needed and np.bitwise_or.reduce(asked.supplies[line]) != asked.needed:
        return _choose_needed(scores, asked, boxes)
    return _choice(scores, boxes, line)


def _choose_needed(scores: Float[np.ndarray, " C"], asked: Asked, boxes: Boxes) -> Choice | None:
    """Return the best choice with one of each needed set: box after box, by what is supplied."""
    reached = {0: _Some(0.0, ())}
    for first, end, count in _runs(boxes):
        run = slice(first, end)
        ways = _ways(scores[run], asked.group[run], asked.supplies[run], count)
        reached = _best(
            (before | supplied, _Some(some.score + way.score, (*some.members, *_at(first, way))))
            for before, some in reached.items()
            for supplied, way in ways.items()
        )
    if asked.needed not in reached:
        return None
    return _choice(scores, boxes, list(reached[asked.needed].members))


def _ways(
    scores: Float[np.ndarray, " n"],
    group: Int[np.ndarray, " n"],
    supplies: Int[np.ndarray, " n"],
    count: int,
) -> dict[int, _Some]:
    """Return the best `count` candidates, one a group, for everything that they can supply.

    Of each kind of candidates, which supply the same, `count` groups are enough: whatever the
    others are, they leave one of these groups free.
    """
    pool: dict[int, list[int]] = {}
    for kind in np.unique(supplies):
        of_kind = np.flatnonzero(supplies == kind)
        for c in of_kind[best_of_groups(scores[of_kind], group[of_kind], count)].tolist():
            pool.setdefault(int(group[c]), []).append(c)
    ways = {(0, 0): _Some(0.0, ())}
    for members in pool.values():
        longer = (
            (
                (n + 1, supplied | int(supplies[c])),
                _Some(some.score + scores[c], (*some.members, c)),
            )
            for (n, supplied), some in ways.items()
            for c in members
            if n < count
        )
        ways = _best([*ways.items(), *longer])
    return {supplied: some for (n, supplied), some in ways.items() if n == count}


def _best(ways: Iterable[tuple[_K, _Some]]) -> dict[_K, _Some]:
    """Return the best of the ways to each key, of equals the first."""
    best: dict[_K, _Some] = {}
    for key, way in ways:
        if key not in best or way.score > best[key].score:
            best[key] = way
    return best


def best_of_groups(
    scores: Float[np.ndarray, " n"], group: Int[np.ndarray, " n"], count: int
) -> list[int]:
    """Return where the `count` largest scores are, one a group; fewer if others are excluded."""
    if count == 1:
        best = int(scores.argmax())
        return [best] if scores[best] > -np.inf else []
    chosen: list[int] = []
    taken: set[int] = set()
    for c in np.argsort(-scores, kind="stable").tolist():
        if len(chosen) == count or scores[c] == -np.inf:
            break
        if group[c] not in taken:
            taken.add(int(group[c]))
            chosen.append(c)
    return chosen


def _choice(scores: Float[np.ndarray, " C"], boxes: Boxes, line: list[int]) -> Choice:
    places = tuple(b for b, count in enumerate(boxes.counts) for _ in range(count))
    return Choice(tuple(line), places, float(scores[line].sum()))


def _runs(boxes: Boxes) -> Iterable[tuple[int, int, int]]:
    return zip(boxes.low.tolist(), boxes.high.tolist(), boxes.counts, strict=True)


def _at(first: int, way: _Some) -> Line:
    return tuple(first + c for c in way.members)
