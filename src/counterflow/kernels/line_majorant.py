"""Line majorant: a score for each candidate, whose sum over a line no profit of the line exceeds.

A line S has so many offers from each of a few boxes of candidates: count[b] from box b. One person
has odds e_i and earnings r_i of offer i, and y = 1 / (1 + sum of e_i) is what S leaves to the rest
of the market, so that sum of e_i y = 1 - y. For any mu, and any a and b of each box with

    sum over boxes of count a = 1    and    sum over boxes of count b = 0,

the person's contribution is

    sum over S of r_i y = sum over S of phi_i(y),
    phi_i(y) = (r_i - b) y - mu (e_i y - a (1 - y)):

an offer that takes more of the share 1 - y than its part a pays mu for what it takes beyond, one
that takes less is paid, and that is nothing together. Whatever S is,

    contribution of S <= sum over S of max over y of phi_i(y),

where y runs over what a line of the node with offer i can leave; and mu may be different for each
y. It is taken linear in y, which makes phi_i a parabola: its highest point is known. The two
numbers of mu are chosen for each person such that the sum over a mean line is least; a mean line
has so much of each candidate, such as the mean of some good lines. For a and b the mean line is
taken too: a the part that an offer of the box has in its odds, b what an offer of the box earns
beyond that part of its earnings. Then small changes of y do not matter where boxes are small.

At the mean line this is nearly the concave envelope of what the person brings: the page on line
search has how near. It was derived for this module; tests hold it to enumeration.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int

from counterflow.kernels.compiled import line_majorant as compiled
from counterflow.kernels.line_search import LineProblem, renumbered

_PEOPLE_AT_ONCE = 256

_ROUNDING = 4.8e-7
"""Eight units in the last place of single precision: what sums of a person may be wrong by."""

_LEAST_MASS = 1e-3
"""Candidates of which the mean line has less do not count in it: they only take time."""


class Packed(NamedTuple):
    """Candidates in some order, people in groups of equal size."""

    pairs: Float32[np.ndarray, "groups C 2 people"]
    """Odds and earnings; zeros where the last group is not full."""
    weights: Float[np.ndarray, "groups people"]
    problem: LineProblem
    """Its candidates are in this order, but for odds and earnings."""


class Majorant(NamedTuple):
    """A constant and a score for each candidate: no line contributes more than their sum."""

    constant: float
    scores: Float[np.ndarray, " C"]

    def mixed(self, other: Majorant, share: float) -> Majorant:
        """Return the mean of two majorants, which is one too; `share` is that of this one."""
        return Majorant(
            share * self.constant + (1.0 - share) * other.constant,
            share * self.scores + (1.0 - share) * other.scores,
        )


class Members(NamedTuple):
    """Candidates of which lines are made: so many of each box."""

    runs: tuple[Int[np.ndarray, " _"], ...]
    """The candidates of each box, those of a group side by side."""
    counts: tuple[int, ...]
    """How many of each box a line has."""

    @property
    def has_choice(self) -> bool:
        """Whether there is more than one line."""
        return any(len(run) > n for run, n in zip(self.runs, self.counts, strict=True))


class Tangent:
    """Majorants at mean lines that are near one another. State: where the last one's mu ended."""

    def __init__(self, packed: Packed, members: Members) -> None:
        self._packed = packed
        self._members = members
        group = packed.problem.group
        self._all = np.concatenate(members.runs)
        sizes = [len(run) for run in members.runs]
        self._starts = np.cumsum([0, *sizes])
        self._box = np.full(len(group), -1)
        self._box[self._all] = np.repeat(np.arange(len(sizes)), sizes)
        changes = np.append(group[self._all][1:] != group[self._all][:-1], True)
        changes[self._starts[1:] - 1] = True
        self._ends = changes
        self.mu = np.full((len(packed.pairs), 2, packed.pairs.shape[3]), np.nan)
        """Each person's mu of the last majorant at the least y and at the most."""
        self.spread = np.zeros(len(sizes))
        """By how much the odds of the last mean line's candidates vary within each box."""
        self.work = 0
        """Multiply-adds or so: how often a candidate was looked at with a person's eyes."""

    def at(self, mean: Float[np.ndarray, " C"], *, steps: int) -> Majorant:
        """Return a majorant that is nearly the least there is at the mean line."""
        some = np.flatnonzero(mean > _LEAST_MASS)
        some = some[np.argsort(self._box[some], kind="stable")]
        scores = np.empty(len(mean))
        rounded = compiled.majorise(
            *(self._packed.pairs, self._packed.weights),
            *(self._all, self._ends, self._starts, np.array(self._members.counts)),
            *(some, self._box[some], mean[some].astype(np.float32), steps),
            *(self.mu, scores, self.spread),
        )
        people = self._packed.weights.size
        self.work += people * (len(self._all) + steps * len(some))
        return Majorant(_ROUNDING * rounded, scores)


def pack(problem: LineProblem, order: Int[np.ndarray, " C"]) -> Packed:
    """Return the problem as the compiled loops read it fastest, its candidates in this order."""
    n, n_candidates = problem.odds.shape
    n_groups = -(-n // _PEOPLE_AT_ONCE)
    pairs = np.zeros((n_groups, n_candidates, 2, _PEOPLE_AT_ONCE), np.float32)
    weights = np.zeros((n_groups, _PEOPLE_AT_ONCE))
    for g in range(n_groups):
        people = slice(g * _PEOPLE_AT_ONCE, min((g + 1) * _PEOPLE_AT_ONCE, n))
        size = people.stop - people.start
        pairs[g, :, 0, :size] = problem.odds[people].T[order]
        pairs[g, :, 1, :size] = problem.earnings[people].T[order]
        weights[g, :size] = problem.weights[people]
    return Packed(pairs, weights, renumbered(problem, order))


def members_of(
    group: Int[np.ndarray, " C"],
    runs: Sequence[Int[np.ndarray, " _"]],
    counts: tuple[int, ...],
) -> Members:
    """Return the candidates of each box with those of a group side by side.

    Examples
    --------
    >>> members_of(np.array([1, 0, 1]), [np.arange(3)], (2,)).runs
    (array([1, 0, 2]),)
    """
    return Members(tuple(run[np.argsort(group[run], kind="stable")] for run in runs), counts)


def contributions(packed: Packed, lines: Int[np.ndarray, "lines n"]) -> Float[np.ndarray, " lines"]:
    """Return what each line earns from all people before fixed costs."""
    return np.asarray(compiled.contributions(packed.pairs, packed.weights, lines))
