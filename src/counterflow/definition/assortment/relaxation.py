"""The linear relaxation of all lines that complete a partial one.

The candidates taken join the outside option: person t then has odds o_i on each open candidate i,
the outside option with what is taken has the share y, and candidate i the share q_i = o_i x_i y.
With D = 1 + sum of o_i x_i, y = 1 / D, and x_i either 0 or 1, the product x_i y lies between the
limits that D has with the candidate, and y (1 - x_i) between those that it has without:

    x_i / D(most, with i) <= q_i / o_i <= x_i / D(least, with i)
    (1 - x_i) / D(most, without i) <= y - q_i / o_i <= (1 - x_i) / D(least, without i)

which, with y + sum of q_i = 1 and x_i in [0, 1], is the relaxation: the convex hull of each product
alone (McCormick, Mathematical Programming 10, 1976; Mendez-Diaz, Miranda-Bront, Vulcano and Zabala,
Discrete Applied Mathematics 164, 2014, who have the limits for an empty line), here with limits for
each partial line. Of the second pair there is one a group, with the sums over its candidates, as at
most one of them is chosen. The convexity of 1 / D adds y >= 2 / d - D / d^2 for one d a person.

Only one row of each pair matters, by whether the candidate earns more or less than what the person
brings on the mean of all choices; the others are left out, which halves the time of a bound and
loosens it by a hundredth of a percent.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.definition.assortment.partial_line import Pairs, PartialLine
from counterflow.definition.assortment.sparse_rows import SparseRows
from counterflow.domain.linear_programme import LinearProgramme
from counterflow.kernels.line_search import LineProblem, fixed_cost

_LEAST_ODDS = 1e-9
"""Candidates that a person likes less than this have no second pair of rows: it says nothing."""

_NEAR = 0.1
"""Candidates whose margins are so near to a person's mean have both rows of each pair."""


class Relaxation(NamedTuple):
    """A programme whose objective, times `scale` and plus `constant`, bounds the profit of lines.

    Its first variables are the open candidates, in their order.
    """

    programme: LinearProgramme
    scale: float
    constant: float
    open_candidates: Int[np.ndarray, " k"]


class _Limits(NamedTuple):
    """D, in units of the outside option with what is taken."""

    most: Float[np.ndarray, " m"]
    most_with: Float[np.ndarray, "m k"]
    most_without: Float[np.ndarray, "m groups"]


class _Model(NamedTuple):
    """Open candidates as numbers of one partial line; m people, k candidates."""

    odds: Float[np.ndarray, "m k"]
    margins: Float[np.ndarray, "m k"]
    earned: Float[np.ndarray, " m"]
    """What is earned with each unit of the share y."""
    group: Int[np.ndarray, " k"]
    """From 0 on."""
    most_more: int
    """How many candidates may be added."""


def relaxation(
    problem: LineProblem,
    partial: PartialLine,
    preferred: Pairs,
    likely: Float[np.ndarray, " C"],
) -> Relaxation:
    """Return the relaxation; `likely` says how much of each candidate is expected in the best."""
    candidates = np.flatnonzero(partial.is_open)
    taken = list(partial.taken)
    model = _model(problem, taken, candidates)
    m, k = model.odds.shape
    paid = problem.uses[taken].any(axis=0)
    due = np.flatnonzero((problem.fees > 0.0) & ~paid & problem.uses[candidates].any(axis=0))
    weights = problem.weights
    scale = float(weights @ np.abs(model.margins).max(axis=1, initial=0.0)) or 1.0
    limits = _limits(model)
    rows = SparseRows()
    _add_sums(rows, model)
    earns_more, earns_less = _around_the_mean(model, likely[candidates])
    _add_products(rows, model, limits, earns_more, earns_less)
    _add_tangents(rows, model, likely[candidates])
    _add_conditions(rows, problem, model, candidates, taken)
    _add_preferences(rows, preferred, candidates)
    _add_packages(rows, problem, model, candidates, due)
    objective = [
        np.full(k, -problem.fixed_per_offer),
        weights * model.earned,
        (weights[:, None] * model.margins).ravel(),
        -problem.fees[due],
    ]
    most_share = (model.odds / (1.0 + model.odds)).ravel()
    lower = [np.zeros(k), 1.0 / limits.most, np.zeros(m * k + len(due))]
    upper = [np.ones(k + m), most_share, np.ones(len(due))]
    return Relaxation(
        rows.programme(
            np.concatenate(objective) / scale, np.concatenate(lower), np.concatenate(upper)
        ),
        scale,
        -fixed_cost(problem, taken) if taken else 0.0,
        candidates,
    )


def _model(problem: LineProblem, taken: list[int], candidates: Int[np.ndarray, " k"]) -> _Model:
    odds = problem.odds[:, candidates].astype(float)
    earnings = problem.earnings[:, candidates].astype(float)
    outside = 1.0 + problem.odds[:, taken].sum(axis=1, dtype=float)
    return _Model(
        odds=odds / outside[:, None],
        margins=np.divide(earnings, odds, out=np.zeros_like(odds), where=odds > 0.0),
        earned=problem.earnings[:, taken].sum(axis=1, dtype=float) / outside,
        group=np.unique(problem.group[candidates], return_inverse=True)[1],
        most_more=problem.n_offers - len(taken),
    )


def _limits(model: _Model) -> _Limits:
    n_groups = int(model.group.max(initial=-1)) + 1
    best = np.zeros((n_groups, len(model.odds)))
    np.maximum.at(best, model.group, model.odds.T)
    best = best.T
    ranked = -np.sort(-best, axis=1)
    more = min(model.most_more, n_groups)
    most = 1.0 + ranked[:, :more].sum(axis=1)
    # Without a group that is among the largest, the next in rank takes its place.
    last = ranked[:, more - 1 : more]
    following = ranked[:, more] if more < n_groups else np.zeros(len(best))
    without = np.where(best >= last, (most + following)[:, None] - best, most[:, None])
    others = 1.0 + ranked[:, : more - 1].sum(axis=1)
    return _Limits(
        most=most,
        most_with=np.minimum(most[:, None], others[:, None] + model.odds),
        most_without=np.maximum(without, 1.0) + _LEAST_ODDS,
    )


def _add_sums(rows: SparseRows, model: _Model) -> None:
    """Add that the shares of each person sum to one."""
    m, k = model.odds.shape
    shares = (np.repeat(np.arange(m), k), k + m + np.arange(m * k), np.ones(m * k))
    rows.add(m, [(np.arange(m), k + np.arange(m), np.ones(m)), shares], least=1.0, most=1.0)


def _around_the_mean(
    model: _Model, likely: Float[np.ndarray, " k"]
) -> tuple[Bool[np.ndarray, "m k"], Bool[np.ndarray, "m k"]]:
    """Return who of the candidates earn more, and who less, than a person does; some do both.

    More of a candidate that earns less than the person's mean does harm, so that only its least
    share matters, and of the others only the most.
    """
    earned = model.earned + (model.odds * model.margins) @ likely
    mean = (earned / (1.0 + model.odds @ likely))[:, None]
    near = _NEAR * np.abs(mean)
    return model.margins > mean - near, model.margins < mean + near


def _add_products(
    rows: SparseRows,
    model: _Model,
    limits: _Limits,
    earns_more: Bool[np.ndarray, "m k"],
    earns_less: Bool[np.ndarray, "m k"],
) -> None:
    """Add that shares lie within the hull of candidate times outside share, where it matters."""
    m, k = model.odds.shape
    n_groups = limits.most_without.shape[1]
    for matters, share_of_one, at_most in (
        (earns_more, model.odds / (1.0 + model.odds), True),
        (earns_less, model.odds / limits.most_with, False),
    ):
        person, x = np.nonzero(matters)
        row, one = np.arange(len(x)), np.ones(len(x))
        entries = [(row, k + m + person * k + x, one), (row, x, -share_of_one[person, x])]
        rows.add(len(x), entries, **{"most" if at_most else "least": 0.0})
        # A group's row has all its candidates, whichever of them it matters for.
        groups = np.zeros((m, n_groups), dtype=bool)
        groups[person, model.group[x]] = True
        without = limits.most_without if at_most else np.ones((m, n_groups))
        _add_rest(rows, model, groups, 1.0 / without, is_least=at_most)


def _add_rest(
    rows: SparseRows,
    model: _Model,
    groups: Bool[np.ndarray, "m groups"],
    share: Float[np.ndarray, "m groups"],
    *,
    is_least: bool,
) -> None:
    """Add y - sum of q_i / o_i >= share (1 - sum of x_i), over groups, or <= if not `is_least`."""
    m, k = model.odds.shape
    those, group = np.nonzero(groups)
    number = np.cumsum(groups.ravel()).reshape(groups.shape) - 1
    person, x = np.nonzero(groups[:, model.group] & (model.odds >= _LEAST_ODDS))
    odds, row = model.odds[person, x], number[person, model.group[x]]
    # Rows are scaled by the least odds of the group, so that no coefficient is large.
    size = np.ones(len(those))
    np.minimum.at(size, row, odds)
    limit = size * share[those, group]
    rows.add(
        len(those),
        [
            (np.arange(len(those)), k + those, size),
            (row, k + m + person * k + x, -size[row] / odds),
            (row, x, limit[row]),
        ],
        **{"least" if is_least else "most": limit},
    )


def _add_tangents(rows: SparseRows, model: _Model, likely: Float[np.ndarray, " k"]) -> None:
    """Add d y + D / d >= 2, where d is the D of the likely line."""
    m, k = model.odds.shape
    d = 1.0 + model.odds @ likely
    person, x = np.repeat(np.arange(m), k), np.tile(np.arange(k), m)
    rows.add(
        m,
        [(np.arange(m), k + np.arange(m), d), (person, x, (model.odds / d[:, None]).ravel())],
        least=2.0 - 1.0 / d,
    )


def _add_conditions(
    rows: SparseRows,
    problem: LineProblem,
    model: _Model,
    candidates: Int[np.ndarray, " k"],
    taken: list[int],
) -> None:
    """At least one offer, at most so many; one a group; what is needed; what stands apart."""
    k = len(candidates)
    x, one = np.arange(k), np.ones(k)
    n_groups = int(model.group.max(initial=-1)) + 1
    rows.add(1, [(0 * x, x, one)], least=0.0 if taken else 1.0, most=float(model.most_more))
    if n_groups < k:
        rows.add(n_groups, [(model.group, x, one)], most=1.0)
    for need in problem.needs:
        if not need[taken].any():
            those = np.flatnonzero(need[candidates])
            rows.add(1, [(0 * those, those, np.ones(len(those)))], least=1.0)
    if problem.apart.size:
        first, second = np.nonzero(problem.apart[np.ix_(candidates, candidates)])
        # One row for each candidate and each group that has some candidate apart from it.
        pair, row = np.unique(first * n_groups + model.group[second], return_inverse=True)
        alone = np.arange(len(pair))
        entries = [(alone, pair // n_groups, np.ones(len(pair))), (row, second, np.ones(len(row)))]
        rows.add(len(pair), entries, most=1.0)


def _add_preferences(rows: SparseRows, preferred: Pairs, candidates: Int[np.ndarray, " k"]) -> None:
    both = preferred[np.isin(preferred, candidates).all(axis=1)]
    first, second = np.searchsorted(candidates, both).T
    row, one = np.arange(len(both)), np.ones(len(both))
    rows.add(len(both), [(row, first, one), (row, second, -one)], least=0.0)


def _add_packages(
    rows: SparseRows,
    problem: LineProblem,
    model: _Model,
    candidates: Int[np.ndarray, " k"],
    due: Int[np.ndarray, " packages"],
) -> None:
    """Add that a package is paid as far as the candidates of any one group use it."""
    m, k = model.odds.shape
    n_groups = int(model.group.max(initial=-1)) + 1
    for p, package in enumerate(due.tolist()):
        users = np.flatnonzero(problem.uses[candidates, package])
        paid = np.full(n_groups, k + m + m * k + p)
        rows.add(
            n_groups,
            [
                (np.arange(n_groups), paid, np.ones(n_groups)),
                (model.group[users], users, -np.ones(len(users))),
            ],
            least=0.0,
        )
