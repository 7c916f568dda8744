"""Line search: which few candidates together earn most from people who choose by logit."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from counterflow.kernels.compiled import line_search as compiled

Line = tuple[int, ...]
"""Candidates of a line, ascending."""

_NOTHING = np.zeros((0, 0), dtype=bool)


class LineProblem(NamedTuple):
    """Candidates and people; money in one currency. At most one candidate of a group in a line.

    `odds` and `earnings` are those of `kernels.shares.candidate_odds`. `weights` says how many
    buyers each person stands for. Each offer costs `fixed_per_offer`; each package that some
    candidate of the line uses costs its fee once. The last three fields are conditions on lines;
    where one is empty it asks for nothing.
    """

    odds: Float32[np.ndarray, "people C"]
    earnings: Float32[np.ndarray, "people C"]
    weights: Float[np.ndarray, " people"]
    group: Int[np.ndarray, " C"]
    fixed_per_offer: float
    fees: Float[np.ndarray, " packages"]
    uses: Bool[np.ndarray, "C packages"]
    n_offers: int
    """Most offers in a line."""
    forbidden: Bool[np.ndarray, " C_or_none"] = _NOTHING[0:0].ravel()
    """Candidates that no line has."""
    needs: Bool[np.ndarray, "needs C_or_none"] = _NOTHING
    """Sets of candidates of which a line must have one each; a set of one must be kept."""
    apart: Bool[np.ndarray, "C_or_none C_or_none"] = _NOTHING
    """Pairs of candidates that may not stand in one line, given both ways."""


class ValuedLine(NamedTuple):
    """A line and what it earns after fixed costs."""

    profit: float
    line: Line


def line_profit(problem: LineProblem, line: Sequence[int]) -> float:
    """Return what the line earns from all people, less fixed costs.

    Notes
    -----
    sum over n of w_n (sum of earnings_ni over i in S) / (1 + sum of odds_ni over i in S), the
    expected profit of assortment S under a mixture of logits (Rusmevichientong, Shmoys, Tong and
    Topaloglu, Production and Operations Management 23(11), 2014), less fixed costs.

    Examples
    --------
    One person whom each offer would win from the rest half of the time, at a margin of 12:

    >>> two = LineProblem(np.ones((1, 2), np.float32), np.full((1, 2), 12.0, np.float32),
    ...     np.ones(1), np.array([0, 1]), 0.5, np.zeros(0), np.zeros((2, 0), bool), 2)
    >>> line_profit(two, (0,)), line_profit(two, (0, 1))
    (5.5, 7.0)
    """
    contribution = compiled.contribution(problem.weights, *_totals(problem, line))
    return float(contribution) - fixed_cost(problem, line)


def fixed_cost(problem: LineProblem, line: Sequence[int]) -> float:
    """Return what the line costs whatever is sold."""
    used = problem.uses[list(line)].any(axis=0)
    return problem.fixed_per_offer * len(line) + float(problem.fees[used].sum())


def of_candidates(problem: LineProblem, those: Int[np.ndarray, " c"]) -> LineProblem:
    """Return the problem with only these candidates, in this order."""
    return renumbered(problem, those)._replace(
        odds=problem.odds[:, those], earnings=problem.earnings[:, those]
    )


def renumbered(problem: LineProblem, those: Int[np.ndarray, " c"]) -> LineProblem:
    """Return the problem with costs and conditions of these candidates, but all odds as before."""
    return problem._replace(
        group=problem.group[those],
        uses=problem.uses[those],
        forbidden=problem.forbidden[those] if problem.forbidden.size else problem.forbidden,
        needs=problem.needs[:, those] if problem.needs.size else problem.needs,
        apart=problem.apart[np.ix_(those, those)] if problem.apart.size else problem.apart,
    )


def profits_with(
    problem: LineProblem, line: Sequence[int], *, first: int = 0
) -> Float[np.ndarray, " C"]:
    """Return the profit of the line with each candidate added to it, in one pass over people.

    It is minus infinity for a candidate before `first`, and for one that may not join the line.
    """
    profits = np.empty(len(problem.group))
    compiled.contributions_with(
        problem.odds, problem.earnings, problem.weights, *_totals(problem, line), first, profits
    )
    used = problem.uses[list(line)].any(axis=0)
    profits -= problem.fixed_per_offer * (len(line) + 1)
    profits -= ((problem.uses | used) * problem.fees).sum(axis=1)
    profits[:first] = -np.inf
    profits[~may_join(problem, line)] = -np.inf
    return profits


def may_join(problem: LineProblem, line: Sequence[int]) -> Bool[np.ndarray, " C"]:
    """Return the candidates that may stand beside those of the line: not themselves."""
    members = np.array(line, dtype=np.int64)
    joining = ~np.isin(problem.group, problem.group[members])
    if problem.forbidden.size:
        joining &= ~problem.forbidden
    if problem.apart.size:
        joining &= ~problem.apart[members].any(axis=0)
    return joining


def is_allowed(problem: LineProblem, line: Sequence[int]) -> bool:
    """Return whether a line meets all conditions of the problem.

    Examples
    --------
    >>> pair = LineProblem(np.ones((1, 2), np.float32), np.ones((1, 2), np.float32), np.ones(1),
    ...     np.array([0, 1]), 0.0, np.zeros(0), np.zeros((2, 0), bool), n_offers=2,
    ...     needs=np.array([[False, True]]))
    >>> is_allowed(pair, (0,)), is_allowed(pair, (0, 1))
    (False, True)
    """
    members = np.array(line, dtype=np.int64)
    return bool(
        0 < len(members) <= problem.n_offers
        and len(np.unique(problem.group[members])) == len(members)
        and not (problem.forbidden.size and problem.forbidden[members].any())
        and not (problem.apart.size and problem.apart[np.ix_(members, members)].any())
        and _is_complete(problem, members)
    )


def local_search(problem: LineProblem, start: Sequence[int] = ()) -> ValuedLine:
    """Return a line that no swap, addition or removal of one candidate improves.

    From an empty start the first additions are the greedy heuristic. If candidates of the start
    may not stand together, later ones are left out. If conditions are met by no line that was
    found, the profit is minus infinity and the line empty.

    Notes
    -----
    Product swapping: one place after the other is filled with the best of all candidates, or with
    none, given the rest of the line (Belloni, Freund, Selove and Simester, Management Science
    54(9), 2008). All candidates for a place are valued in one pass, as each adds to two sums a
    person. Sums are made anew for each place, so rounding does not add up. A line that meets more
    of `needs` counts as better than any that meets fewer.
    """
    line = np.zeros(problem.n_offers, dtype=np.int64)
    kept = _standing_together(problem, start)
    line[: len(kept)] = kept
    never = problem.forbidden if problem.forbidden.size else np.zeros(len(problem.group), bool)
    group = np.unique(problem.group, return_inverse=True)[1]
    n_offers = compiled.swap_until_stuck(
        *(problem.odds, problem.earnings, problem.weights, group),
        *(float(problem.fixed_per_offer), problem.fees, problem.uses),
        *(never, problem.needs, problem.apart, line, len(kept)),
    )
    found = tuple(sorted(line[:n_offers].tolist()))
    if not is_allowed(problem, found):
        return ValuedLine(-np.inf, ())
    return ValuedLine(line_profit(problem, found), found)


def neighbours(problem: LineProblem, line: Sequence[int], *, most: int) -> list[ValuedLine]:
    """Return the best lines that differ from `line` by one candidate, one each set of groups."""
    found: list[ValuedLine] = []
    for others in _without_one(line):
        if is_allowed(problem, others):
            found.append(ValuedLine(line_profit(problem, others), others))
        found += _best_additions(problem, others, profits_with(problem, others), most)
    if len(line) < problem.n_offers:
        found += _best_additions(problem, line, profits_with(problem, line), most)
    return best_lines(problem, found, most=most)


def count_lines(group: Int[np.ndarray, " C"], n_offers: int) -> int:
    """Return how many lines of 1 to `n_offers` candidates there are, one a group at most.

    Other conditions are not counted: they leave fewer.

    Examples
    --------
    Groups of two and one candidates: three lines of one, two lines of two.

    >>> count_lines(np.array([0, 0, 1]), 2)
    5
    """
    # The elementary symmetric polynomials of the group sizes, one group at a time.
    lines = [1] + [0] * n_offers
    for size in np.unique(group, return_counts=True)[1].tolist():
        for k in range(n_offers, 0, -1):
            lines[k] += size * lines[k - 1]
    return sum(lines[1:])


def prefixes(group: Int[np.ndarray, " C"], n_offers: int) -> Iterator[Line]:
    """Yield each ascending line of 0 to `n_offers` - 1 candidates, one a group at most.

    Together with one more candidate beyond their last they make every line exactly once.

    Examples
    --------
    >>> list(prefixes(np.array([0, 0, 1]), 2))
    [(), (0,), (1,), (2,)]
    """
    open_ends: list[Line] = [()]
    while open_ends:
        line = open_ends.pop()
        yield line
        if len(line) < n_offers - 1:
            first = line[-1] + 1 if line else 0
            taken = set(group[list(line)].tolist())
            open_ends += [
                (*line, c) for c in range(len(group) - 1, first - 1, -1) if group[c] not in taken
            ]


def best_with_prefix(problem: LineProblem, prefix: Line, *, most: int) -> list[ValuedLine]:
    """Return the best lines of the prefix and one more candidate beyond its last."""
    if prefix and not is_allowed(problem._replace(needs=_NOTHING), prefix):
        return []
    profits = profits_with(problem, prefix, first=prefix[-1] + 1 if prefix else 0)
    return _best_additions(problem, prefix, profits, most)


def best_lines(problem: LineProblem, lines: Iterable[ValuedLine], *, most: int) -> list[ValuedLine]:
    """Return the best lines, best first: of each set of groups only the best line."""
    by_groups: dict[frozenset[int], ValuedLine] = {}
    for valued in lines:
        groups = frozenset(problem.group[list(valued.line)].tolist())
        known = by_groups.get(groups)
        if known is None or _rank(valued) < _rank(known):
            by_groups[groups] = valued
    return heapq.nsmallest(most, by_groups.values(), key=_rank)


def _rank(valued: ValuedLine) -> tuple[float, Line]:
    return (-valued.profit, valued.line)


def _totals(
    problem: LineProblem, line: Sequence[int]
) -> tuple[Float[np.ndarray, " people"], Float[np.ndarray, " people"]]:
    """Return each person's sums of odds and earnings over the line."""
    odds, earnings = np.zeros(len(problem.weights)), np.zeros(len(problem.weights))
    members = np.array(line, dtype=np.int64)
    compiled.add_to_line(problem.odds, problem.earnings, members, odds, earnings)
    return odds, earnings


def _standing_together(problem: LineProblem, start: Sequence[int]) -> list[int]:
    kept: list[int] = []
    for candidate in start:
        if len(kept) < problem.n_offers and may_join(problem, kept)[candidate]:
            kept.append(candidate)
    return kept


def _is_complete(problem: LineProblem, line: Sequence[int] | Int[np.ndarray, " members"]) -> bool:
    """Return whether a line has one of each set that is needed."""
    return not problem.needs.size or bool(problem.needs[:, line].any(axis=1).all())


def _without_one(line: Sequence[int]) -> list[Line]:
    return [tuple(line[:place]) + tuple(line[place + 1 :]) for place in range(len(line))]


def _best_additions(
    problem: LineProblem, line: Sequence[int], profits: Float[np.ndarray, " C"], most: int
) -> list[ValuedLine]:
    """Return the best lines with one candidate added, one each group, best first."""
    found: list[ValuedLine] = []
    groups: set[int] = set()
    for candidate in np.argsort(-profits, kind="stable").tolist():
        if len(found) == most or math.isinf(profits[candidate]):
            break
        members = tuple(sorted((*line, candidate)))
        if problem.group[candidate] not in groups and _is_complete(problem, members):
            groups.add(int(problem.group[candidate]))
            found.append(ValuedLine(float(profits[candidate]), members))
    return found
