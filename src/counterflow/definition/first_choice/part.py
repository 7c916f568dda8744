"""A part of the search: which lines are in it, and what is known of the best of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.kernels.first_choice import FirstChoiceProblem
from counterflow.kernels.first_choice_cuts import NO_CUTS, Boxes, Cuts
from counterflow.kernels.line_search import Line

_LEAST_WEIGHT = 1e-6
"""Candidates that the point does not offer count as much in the direction of a split."""

_PLACE_DIMENSIONS = 24

_MOST_FEES = 4
"""Fees that parts are made by; 2 to this power is the most parts. Bounds leave smaller ones out."""

_FULL = 0.01
"""A box that is offered up to less than this below its count is full."""


@dataclass(frozen=True, eq=False)
class Part:
    """Lines with so many candidates from each box, and where the last programme on them stood."""

    boxes: Boxes
    bound: float
    """No line of the part earns more."""
    point: Float[np.ndarray, " C"]
    """How much of each candidate the linear programme offered, here or in the part above."""
    cuts: Cuts
    columns: Int[np.ndarray, " active"]
    """Candidates that the linear programme held."""
    fee: float = 0.0
    """What every line of the part pays once."""


def roots(problem: FirstChoiceProblem, start: Line) -> list[Part]:
    """Return parts that hold all lines: one for each set of fees that a line may pay.

    A part charges all fees of its set, and has the candidates that use no others. A line is in the
    part of just the fees that it pays; where it stands in a larger one it is charged too much.
    """
    largest = np.argsort(-problem.fees, kind="stable")[:_MOST_FEES]
    dear = largest[problem.fees[largest] > 0.0] if problem.uses.size else largest[:0]
    uses = problem.uses[:, dear] if len(dear) else np.zeros((len(problem.group), 0), bool)
    parts = []
    kept = list(problem.kept)
    for choice in itertools.product((False, True), repeat=len(dear)):
        paid = np.array(choice, dtype=bool)
        offered = np.atleast_1d(~uses[:, ~paid].any(axis=1))
        used = np.atleast_1d(
            np.concatenate([uses[problem.is_allowed & offered], uses[kept]]).any(axis=0)
        )
        if offered[kept].all() and used[paid].all():
            fee = float(problem.fees[dear][paid].sum())
            parts.append(_part_of(problem, start, offered, fee))
    return parts


def _part_of(
    problem: FirstChoiceProblem, start: Line, offered: Bool[np.ndarray, " C"], fee: float
) -> Part:
    """Return the lines of some candidates as one part; each kept candidate is a box of its own."""
    others = problem.is_allowed & offered
    others[list(problem.kept)] = False
    n_kept = len(problem.kept)
    box = np.where(others, n_kept, -1)
    box[list(problem.kept)] = np.arange(n_kept)
    counts, is_exact = np.ones(n_kept, np.int64), np.ones(n_kept, bool)
    n_free = min(problem.n_offers - n_kept, int(others.sum()))
    if n_free > 0:
        counts, is_exact = np.append(counts, n_free), np.append(is_exact, False)
    else:
        box[others] = -1
    point = np.zeros(len(box))
    begun = np.array([c for c in start if box[c] >= 0], np.int64)
    point[begun] = 1.0
    return Part(Boxes(box, counts, is_exact), np.inf, point, NO_CUTS, begun, fee)


def only_line(part: Part) -> Line | None:
    """Return the line of a part that has a single one; None if it has more."""
    boxes = part.boxes
    if (boxes.sizes == boxes.counts).all() and boxes.is_exact.all():
        return tuple(np.flatnonzero(boxes.of >= 0).tolist())
    return None


def places(problem: FirstChoiceProblem) -> Float[np.ndarray, "C dimensions"]:
    """Return where candidates lie: near to one another where the same people like them alike.

    Notes
    -----
    Each person is a direction and the candidate's place in the list, from 1 for the first to 0,
    the coordinate, times the profit at stake. Random projection to a few dimensions keeps
    distances (Johnson and Lindenstrauss, Contemporary Mathematics 26, 1984).
    """
    lengths = np.diff(problem.starts)
    person = np.repeat(np.arange(problem.n_people), lengths)
    place = np.arange(len(person)) - np.repeat(problem.starts[:-1], lengths)
    liking = (1.0 - place / np.repeat(lengths, lengths)) * np.sqrt(problem.weights)[person]
    directions = np.random.default_rng(0).normal(size=(problem.n_people, _PLACE_DIMENSIONS))
    found = np.empty((len(problem.group), _PLACE_DIMENSIONS + 1))
    for d in range(_PLACE_DIMENSIONS):
        found[:, d] = np.bincount(
            problem.listed, weights=liking * directions[person, d], minlength=len(found)
        )
    found[:, :-1] /= np.sqrt(_PLACE_DIMENSIONS)
    n_listed = np.maximum(1, np.bincount(problem.listed, minlength=len(found)))
    profit = np.bincount(problem.listed, weights=problem.profits, minlength=len(found)) / n_listed
    spread = profit[problem.is_allowed].std() if problem.is_allowed.any() else 0.0
    found[:, -1] = profit / spread * found[:, :-1].std() if spread > 0.0 else 0.0
    return found


def split(part: Part, places: Float[np.ndarray, "C dimensions"]) -> list[Part]:
    """Return parts that together hold all lines of the part; it must have more than one line.

    The box in which the point is spread widest is cut in two, across the direction in which it is
    spread; the parts say how many of its offers are on either side. Where a line may have fewer
    offers than the box allows, that is decided first; but if the point itself has fewer, their
    number matters little, and the parts have the candidate on which the point is least decided,
    or do not have it.
    """
    boxes = part.boxes
    box, left = _widest(part, places)
    count = int(boxes.counts[box])
    if not boxes.is_exact[box]:
        is_full = part.point[boxes.of == box].sum() > count - _FULL
        return _fewer(part, box) if is_full else _with_and_without(part, box)
    n_left, n_right = int(left.sum()), int((boxes.of == box).sum() - left.sum())
    return [
        _with_counts(part, box, left, in_left, count - in_left)
        for in_left in range(count + 1)
        if in_left <= n_left and count - in_left <= n_right
    ]


def _widest(part: Part, places: Float[np.ndarray, "C dimensions"]) -> tuple[int, np.ndarray]:
    """Return the box to split, and which candidates are on its left side."""
    best, widest, side = -1, -np.inf, np.zeros(0, bool)
    sizes = part.boxes.sizes
    for box, count in enumerate(part.boxes.counts.tolist()):
        if sizes[box] == count and part.boxes.is_exact[box]:
            continue
        members = np.flatnonzero(part.boxes.of == box)
        weights = part.point[members] + _LEAST_WEIGHT
        centred = places[members] - np.average(places[members], axis=0, weights=weights)
        variances, directions = np.linalg.eigh((centred * weights[:, None]).T @ centred)
        if variances[-1] > widest:
            best, widest = box, float(variances[-1])
            is_left = centred @ directions[:, -1] <= 0.0
            if is_left.all() or not is_left.any():
                is_left = np.arange(len(members)) < len(members) // 2
            side = np.zeros(len(part.point), bool)
            side[members[is_left]] = True
    return best, side


def _fewer(part: Part, box: int) -> list[Part]:
    """Return the lines with as many offers of the box as it allows, and those with fewer."""
    exact, fewer = part.boxes.is_exact.copy(), part.boxes.counts.copy()
    exact[box] = True
    fewer[box] -= 1
    full = replace(part, boxes=part.boxes._replace(is_exact=exact))
    if fewer[box] > 0:
        return [full, replace(part, boxes=part.boxes._replace(counts=fewer))]
    return [full, replace(part, boxes=_without(part.boxes._replace(counts=fewer)))]


def _with_and_without(part: Part, box: int) -> list[Part]:
    members = np.flatnonzero(part.boxes.of == box)
    candidate = members[np.abs(part.point[members] - 0.5).argmin()]
    without = part.boxes.of.copy()
    without[candidate] = -1
    fewer = part.boxes.counts.copy()
    has, counts = part.boxes.of.copy(), np.append(part.boxes.counts, 1)
    has[candidate] = len(fewer)
    counts[box] -= 1
    # A box that has become empty allows nothing more.
    fewer[box] = min(fewer[box], len(members) - 1)
    counts[box] = min(counts[box], len(members) - 1)
    exact = np.append(part.boxes.is_exact, True)
    return [
        replace(part, boxes=_without(Boxes(has, counts, exact))),
        replace(part, boxes=_without(part.boxes._replace(of=without, counts=fewer))),
    ]


def _with_counts(part: Part, box: int, left: np.ndarray, in_left: int, in_right: int) -> Part:
    boxes = part.boxes
    of, counts = boxes.of.copy(), np.append(boxes.counts, in_right)
    of[(of == box) & ~left] = len(boxes.counts)
    counts[box] = in_left
    return replace(part, boxes=_without(Boxes(of, counts, np.append(boxes.is_exact, True))))


def _without(boxes: Boxes) -> Boxes:
    """Return the boxes without those of which nothing is offered."""
    stays = boxes.counts > 0
    number = np.where(stays, np.cumsum(stays) - 1, -1)
    of = np.where(boxes.of >= 0, number[boxes.of], -1)
    return Boxes(of, boxes.counts[stays], boxes.is_exact[stays])
