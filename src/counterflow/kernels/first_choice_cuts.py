"""Cuts on what people who take their first choice bring in, given which candidates are offered.

A part of the search is a set of boxes of candidates, with a number of offers from each. Let x_i be
1 where candidate i is offered, and theta the profit that one person brings. Between profits
r_0 < r_1 < ... the profit is r_0 + sum over m of (r_m - r_(m-1)) w_m, where w_m is 1 if what the
person takes earns at least r_m. Call candidates of the person's list with such a profit high and
the others low, and write h_t for the sum of x over the high ones among the first t. For every
place t, in every line of the part:

    w_m <= sum of x over all high ones                       if r_m > 0: somebody must be served;
    w_m <= 1 + h_t - sum of x over a group's first t         of a group at most one is offered;
    w_m <= 1 + h_t - (sum of x over a box's first t) / c     of a box at most c are offered.

For the last: if h_t = 0 and any low one is among the first t, the person takes it, so w_m = 0; the
sum over the box is at most c. If h_t > 0, then 1 + h_t less a number of at most 1 is at least 1.
With a group of one this is the threshold form of the model of Bertsimas and Misic (Operations
Research 67(3), 2019), with the same bound; the box is what makes it tight where many similar
candidates are offered in part. As w_m falls in m, what bounds a lower step bounds the higher ones.
At a given x the least of these bounds for every step is one cut: theta <= constant + slopes x. In a
part where boxes of similar candidates are sure to be offered, lists end where a choice is certain.

The box inequality and the use of lists that end were derived for this module; tests hold the cuts
to every line of small problems.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from counterflow.kernels.compiled import first_choice_cuts as compiled
from counterflow.kernels.first_choice import FirstChoiceProblem


class Boxes(NamedTuple):
    """A part of the search: lines with so many candidates from each box."""

    of: Int[np.ndarray, " C"]
    """The box of each candidate; -1 where it is not offered."""
    counts: Int[np.ndarray, " boxes"]
    """How many candidates of each box a line has; at least one."""
    is_exact: Bool[np.ndarray, " boxes"]
    """Whether a line has exactly as many, or at most."""

    @property
    def sizes(self) -> Int[np.ndarray, " boxes"]:
        """Number of candidates in each box."""
        return np.bincount(self.of[self.of >= 0], minlength=len(self.counts))


class Lists(NamedTuple):
    """People's lists within a part of the search, ended where a choice is certain."""

    starts: Int[np.ndarray, " people_and_one"]
    listed: Int[np.ndarray, " entries"]
    profits: Float[np.ndarray, " entries"]

    @property
    def most(self) -> Float[np.ndarray, " people"]:
        """The most that each person may bring."""
        return _extreme(np.maximum, self)

    @property
    def least(self) -> Float[np.ndarray, " people"]:
        """The least that each person may bring."""
        return _extreme(np.minimum, self)


class Cuts(NamedTuple):
    """Rows theta[person] <= constant + sum of values x[columns], one after the other."""

    person: Int[np.ndarray, " cuts"]
    constants: Float[np.ndarray, " cuts"]
    starts: Int[np.ndarray, " cuts_and_one"]
    columns: Int[np.ndarray, " entries"]
    values: Float32[np.ndarray, " entries"]
    """Rounded up, which keeps the cuts valid."""

    @property
    def rows(self) -> Int[np.ndarray, " entries"]:
        """The cut of each entry."""
        return np.repeat(np.arange(len(self.person)), np.diff(self.starts))


NO_CUTS = Cuts(
    np.zeros(0, np.int64),
    np.zeros(0),
    np.zeros(1, np.int64),
    np.zeros(0, np.int32),
    np.zeros(0, np.float32),
)


def lists_within(problem: FirstChoiceProblem, boxes: Boxes) -> Lists:
    """Return the people's lists of candidates that are in boxes, ended where a choice is certain.

    A person who has a whole box in the list, of which some must be offered, takes nothing that is
    worse than the worst of the box.
    """
    listed = np.empty(len(problem.listed), np.int32)
    profits = np.empty(len(problem.listed))
    starts = np.zeros(problem.n_people + 1, np.int64)
    length = compiled.restrict(
        problem.starts, problem.listed, problem.profits, boxes.of, boxes.is_exact, boxes.sizes,
        starts, listed, profits,
    )  # fmt: skip
    return Lists(starts, listed[:length].copy(), profits[:length].copy())


def separate(
    lists: Lists,
    boxes: Boxes,
    group: Int[np.ndarray, " C"],
    x: Float[np.ndarray, " C"],
    *,
    at: Float[np.ndarray, " C"],
    theta: Float[np.ndarray, " people"],
    least: float,
) -> Cuts:
    """Return the cuts made at `x` that cut the point (`at`, `theta`) off by more than `least`.

    Cuts are made at an inner point and judged at another to make fewer of them do: in-out
    separation (Ben-Ameur and Neto, Networks 49(1), 2007).

    Examples
    --------
    One person prefers candidate 0, which earns 1, to candidate 1, which earns 3. Both are offered:
    theta <= 3 - 2 x_0.

    >>> lists = Lists(np.array([0, 2]), np.array([0, 1], np.int32), np.array([1.0, 3.0]))
    >>> boxes = Boxes(np.array([0, 0]), np.array([2]), np.array([False]))
    >>> both = np.ones(2)
    >>> cuts = separate(lists, boxes, np.arange(2), both, at=both, theta=np.array([3.0]), least=0.0)
    >>> cuts.constants.tolist(), cuts.columns.tolist(), cuts.values.tolist()
    ([3.0], [0], [-2.0])
    """
    n_people, n_entries = len(theta), len(lists.listed)
    person, starts = np.empty(n_people, np.int64), np.empty(n_people + 1, np.int64)
    constants = np.empty(n_people)
    columns, values = np.empty(n_entries, np.int32), np.empty(n_entries)
    n_cuts, length = compiled.separate(
        *lists, boxes.of, boxes.counts, group, x, at, theta, least,
        (person, constants, starts, columns, values),
    )  # fmt: skip
    return Cuts(
        person[:n_cuts].copy(),
        constants[:n_cuts].copy(),
        starts[: n_cuts + 1].copy(),
        columns[:length].copy(),
        _rounded_up(values[:length]),
    )


def priced(
    cuts: Cuts, prices: Float[np.ndarray, " cuts"], n_candidates: int
) -> Float[np.ndarray, " C"]:
    """Return the sum over cuts of price times slope, for each candidate."""
    total = np.zeros(n_candidates)
    compiled.add_rows(cuts.starts, cuts.columns, cuts.values, prices, total)
    return total


def selected(cuts: Cuts, is_wanted: Bool[np.ndarray, " cuts"]) -> Cuts:
    """Return some of the cuts."""
    lengths = np.diff(cuts.starts)
    entries = np.repeat(is_wanted, lengths)
    return Cuts(
        cuts.person[is_wanted],
        cuts.constants[is_wanted],
        np.concatenate([[0], np.cumsum(lengths[is_wanted])]),
        cuts.columns[entries],
        cuts.values[entries],
    )


def within(cuts: Cuts, is_offered: Bool[np.ndarray, " C"]) -> Cuts:
    """Return the cuts without the candidates that are not offered."""
    entries = is_offered[cuts.columns]
    lengths = np.bincount(cuts.rows[entries], minlength=len(cuts.person))
    return cuts._replace(
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        columns=cuts.columns[entries],
        values=cuts.values[entries],
    )


def joined(first: Cuts, second: Cuts) -> Cuts:
    """Return the cuts of both, in order."""
    return Cuts(
        np.concatenate([first.person, second.person]),
        np.concatenate([first.constants, second.constants]),
        np.concatenate([first.starts, first.starts[-1] + second.starts[1:]]),
        np.concatenate([first.columns, second.columns]),
        np.concatenate([first.values, second.values]),
    )


def _extreme(pick: np.ufunc, lists: Lists) -> Float[np.ndarray, " people"]:
    """Return the extreme of each list's profits and 0, which who takes nothing brings."""
    found = np.zeros(len(lists.starts) - 1)
    pick.at(found, np.repeat(np.arange(len(found)), np.diff(lists.starts)), lists.profits)
    return found


def _rounded_up(values: Float[np.ndarray, " entries"]) -> Float32[np.ndarray, " entries"]:
    single = values.astype(np.float32)
    above: Float32[np.ndarray, " entries"] = np.nextafter(single, np.float32(np.inf))
    return np.where(single < values, above, single)
