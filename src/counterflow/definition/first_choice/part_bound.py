"""The bound of a part of the search: a linear programme with cuts and columns added as needed."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.definition.first_choice.part import Part
from counterflow.domain.cutting import Columns, GrowingProgramme, OpenProgramme, Rows, Vertex
from counterflow.domain.linear_programme import LinearProgramme
from counterflow.kernels.first_choice import FirstChoiceProblem
from counterflow.kernels.first_choice_cuts import (
    Cuts,
    joined,
    lists_within,
    priced,
    selected,
    separate,
    within,
)

_LEAST_VIOLATION = 1e-6
"""A cut must cut this off, as a share of the largest profit."""

_FEW_CUTS = 5
_TOWARDS_THE_POINT = 0.4
"""Where cuts are made: this far from the inner point to the last vertex."""

_FIRST_COLUMNS = 30
_COLUMNS_AT_ONCE = 100
_ROUNDS_BETWEEN_DROPS = 4
_STALLED_ROUNDS = 2
_SLACK = 1e-6


@dataclass(frozen=True, kw_only=True)
class Effort:
    """When to leave a part: at a bound, after rounds of cuts, as little is gained, or in time."""

    target: float
    """A bound as low as this is enough."""
    n_rounds: int
    least_gain: float
    """What the last rounds must have taken off the bound."""
    until_s: float
    """On the clock of `time.perf_counter`."""


def bound_part(
    problem: FirstChoiceProblem, part: Part, open_programme: OpenProgramme, effort: Effort
) -> Part:
    """Return the part with its bound, where the programme stood, and the cuts that held it there.

    The problem's weights should sum to about 1 and its profits be at most about 1, as tolerances
    of the engine are absolute. The bound needs no trust in the engine: it is computed from the
    prices of the rows, whatever they are (`_price_bound`).
    """
    return _PartProgramme(problem, part, open_programme).lowered(effort)


class _PartProgramme:
    """The linear programme of a part, with the candidates and cuts that it holds so far.

    Variables are theta of each person, then candidates. Rows are boxes, groups, then cuts.
    """

    def __init__(
        self, problem: FirstChoiceProblem, part: Part, open_programme: OpenProgramme
    ) -> None:
        self.problem = problem
        self.part = part
        self.boxes = part.boxes
        self.is_offered: Bool[np.ndarray, " C"] = part.boxes.of >= 0
        self.lists = lists_within(problem, part.boxes)
        self.cuts = within(part.cuts, self.is_offered)
        self.group_rows = _group_rows(problem, self.is_offered)
        self.n_groups = int(self.group_rows.max(initial=-1)) + 1
        self.most = self.lists.most
        self.worth = np.bincount(
            problem.listed,
            weights=problem.profits * np.repeat(problem.weights, np.diff(problem.starts)),
            minlength=len(problem.group),
        )
        self.column = np.full(len(problem.group), -1)
        self.engine = self._open(open_programme)

    def lowered(self, effort: Effort) -> Part:
        bound = self.part.bound
        inner = self._inner_point()
        vertex_x = self.part.point
        bounds: list[float] = []
        held = self.cuts
        for number in range(effort.n_rounds):
            vertex, prices, found = self._priced_vertex(effort)
            bound = min(bound, found)
            if vertex is None:
                break
            held = selected(self.cuts, prices > 0.0)
            theta, vertex_x = self._point(vertex)
            bounds.append(bound)
            if bound <= effort.target or _is_stalled(bounds, effort):
                break
            if number % _ROUNDS_BETWEEN_DROPS == _ROUNDS_BETWEEN_DROPS - 1:
                self._drop_slack(theta, vertex_x)
            new = self._new_cuts(inner, vertex_x, theta)
            if len(new.person) == 0:
                break
            inner = 0.5 * inner + 0.5 * vertex_x
            self._add_cuts(new)
        columns = np.flatnonzero(self.column >= 0)
        return replace(self.part, bound=bound, point=vertex_x, cuts=held, columns=columns)

    def _open(self, open_programme: OpenProgramme) -> GrowingProgramme:
        problem, counts = self.problem, self.boxes.counts
        n_rows = len(counts) + self.n_groups
        empty = LinearProgramme(
            objective=problem.weights,
            lower=self.lists.least,
            upper=self.most,
            row_starts=np.zeros(n_rows + 1, np.int64),
            columns=np.zeros(0, np.int64),
            values=np.zeros(0),
            row_lower=np.append(
                np.where(self.boxes.is_exact, counts, -np.inf), np.full(self.n_groups, -np.inf)
            ),
            row_upper=np.append(counts.astype(float), np.ones(self.n_groups)),
        )
        self.engine = open_programme(empty)
        inherited, self.cuts = self.cuts, selected(self.cuts, np.zeros(len(self.cuts.person), bool))
        self._add_columns(self._first_columns())
        self._add_cuts(inherited)
        return self.engine

    def _first_columns(self) -> Int[np.ndarray, " n"]:
        wanted = np.zeros(len(self.column), bool)
        wanted[self.part.columns] = True
        for box in range(len(self.boxes.counts)):
            members = np.flatnonzero(self.boxes.of == box)
            n_first = max(_FIRST_COLUMNS, int(self.boxes.counts[box]))
            wanted[members[np.argsort(-self.worth[members], kind="stable")[:n_first]]] = True
        return np.flatnonzero(wanted & self.is_offered)

    def _inner_point(self) -> Float[np.ndarray, " C"]:
        """Return the point of the part above, made to offer as many of each box."""
        inner = np.where(self.is_offered, self.part.point, 0.0)
        for box, count in enumerate(self.boxes.counts.tolist()):
            active = np.flatnonzero((self.boxes.of == box) & (self.column >= 0))
            inner[active] += max(0.05, count - inner[active].sum()) / len(active)
        return inner

    def _priced_vertex(
        self, effort: Effort
    ) -> tuple[Vertex | None, Float[np.ndarray, " cuts"], float]:
        """Return the vertex over all candidates, the prices of cuts, and the bound they prove."""
        bound = np.inf
        while True:
            left_s = effort.until_s - time.perf_counter()
            vertex = self.engine.solve(time_limit_s=left_s) if left_s > 0.0 else "not found"
            if not isinstance(vertex, Vertex):
                known = bound if vertex == "not found" else -np.inf
                return None, np.zeros(len(self.cuts.person)), known
            n_boxes, n_fixed = len(self.boxes.counts), len(self.boxes.counts) + self.n_groups
            group_prices = np.maximum(vertex.row_prices[n_boxes:n_fixed], 0.0)
            cut_prices = self._within_weights(np.maximum(vertex.row_prices[n_fixed:], 0.0))
            scores = self._scores(cut_prices, group_prices)
            bound = min(bound, self._price_bound(cut_prices, group_prices, scores))
            gains = np.where(
                self.is_offered & (self.column < 0),
                scores - vertex.row_prices[:n_boxes][self.boxes.of],
                -np.inf,
            )
            better = np.flatnonzero(gains > _SLACK * 0.1)
            if len(better) == 0:
                return vertex, cut_prices, bound
            order = np.argsort(-gains[better], kind="stable")
            self._add_columns(np.sort(better[order[:_COLUMNS_AT_ONCE]]))

    def _within_weights(self, prices: Float[np.ndarray, " cuts"]) -> Float[np.ndarray, " cuts"]:
        """Return the prices, lowered so that those of a person sum to the weight at most."""
        weights, person = self.problem.weights, self.cuts.person
        total = np.bincount(person, weights=prices, minlength=len(weights))
        factor = np.divide(weights, total, out=np.ones(len(weights)), where=total > weights)
        return prices * factor[person]

    def _scores(
        self, cut_prices: Float[np.ndarray, " cuts"], group_prices: Float[np.ndarray, " groups"]
    ) -> Float[np.ndarray, " C"]:
        scores = priced(self.cuts, cut_prices, len(self.column)) - self.problem.fixed_costs
        in_group = self.group_rows >= 0
        scores[in_group] -= group_prices[self.group_rows[in_group]]
        return scores

    def _price_bound(
        self,
        cut_prices: Float[np.ndarray, " cuts"],
        group_prices: Float[np.ndarray, " groups"],
        scores: Float[np.ndarray, " C"],
    ) -> float:
        """Return what no line of the part exceeds, at any prices that are not negative.

        Notes
        -----
        Lagrangian relaxation: cuts and groups enter the profit at their prices; what remains is
        largest for the candidates of each box with the largest scores.
        """
        weights, person = self.problem.weights, self.cuts.person
        unpriced = weights - np.bincount(person, weights=cut_prices, minlength=len(weights))
        bound = float(cut_prices @ self.cuts.constants + np.maximum(unpriced, 0.0) @ self.most)
        bound += float(group_prices.sum()) - self.part.fee
        for box, count in enumerate(self.boxes.counts.tolist()):
            members = scores[self.boxes.of == box]
            best = np.partition(members, len(members) - count)[len(members) - count :]
            bound += float((best if self.boxes.is_exact[box] else np.maximum(best, 0.0)).sum())
        return bound

    def _point(
        self, vertex: Vertex
    ) -> tuple[Float[np.ndarray, " people"], Float[np.ndarray, " C"]]:
        n_people = self.problem.n_people
        x = np.zeros(len(self.column))
        active = np.flatnonzero(self.column >= 0)
        x[active] = np.clip(vertex.x[n_people + self.column[active]], 0.0, 1.0)
        return vertex.x[:n_people], x

    def _new_cuts(
        self,
        inner: Float[np.ndarray, " C"],
        x: Float[np.ndarray, " C"],
        theta: Float[np.ndarray, " people"],
    ) -> Cuts:
        between = _TOWARDS_THE_POINT * x + (1.0 - _TOWARDS_THE_POINT) * inner
        for made_at in (between, x):
            cuts = separate(
                self.lists,
                self.boxes,
                self.problem.group,
                made_at,
                at=x,
                theta=theta,
                least=_LEAST_VIOLATION,
            )
            if len(cuts.person) >= _FEW_CUTS:
                break
        return cuts

    def _add_cuts(self, new: Cuts) -> None:
        """Add rows theta - slopes x <= constant, of the candidates that are columns."""
        n_people, n_cuts = self.problem.n_people, len(new.person)
        if n_cuts == 0:
            return
        is_active = self.column[new.columns] >= 0
        lengths = np.bincount(new.rows[is_active], minlength=n_cuts)
        starts = np.concatenate([[0], np.cumsum(lengths + 1)])
        columns, values = np.empty(starts[-1], np.int64), np.empty(starts[-1])
        is_theta = np.zeros(starts[-1], bool)
        is_theta[starts[:-1]] = True
        columns[is_theta], values[is_theta] = new.person, 1.0
        columns[~is_theta] = n_people + self.column[new.columns[is_active]]
        values[~is_theta] = -new.values[is_active].astype(np.float64)
        lower = np.full(n_cuts, -np.inf)
        self.engine.add_rows(Rows(starts, columns, values, lower, new.constants))
        self.cuts = joined(self.cuts, new)

    def _add_columns(self, candidates: Int[np.ndarray, " n"]) -> None:
        first = int(self.column.max()) + 1
        n_boxes, n_new = len(self.boxes.counts), len(candidates)
        self.column[candidates] = first + np.arange(n_new)
        position = self.column[self.cuts.columns] - first
        is_new = position >= 0
        in_group = self.group_rows[candidates] >= 0
        rows = np.concatenate(
            [
                self.boxes.of[candidates],
                n_boxes + self.group_rows[candidates][in_group],
                n_boxes + self.n_groups + self.cuts.rows[is_new],
            ]
        )
        owner = np.concatenate([np.arange(n_new), np.flatnonzero(in_group), position[is_new]])
        slopes = -self.cuts.values[is_new].astype(np.float64)
        values = np.concatenate([np.ones(n_new + int(in_group.sum())), slopes])
        order = np.argsort(owner, kind="stable")
        self.engine.add_columns(
            Columns(
                objective=-self.problem.fixed_costs[candidates],
                lower=np.zeros(n_new),
                upper=np.ones(n_new),
                starts=np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n_new))]),
                rows=rows[order],
                values=values[order],
            )
        )

    def _drop_slack(self, theta: Float[np.ndarray, " people"], x: Float[np.ndarray, " C"]) -> None:
        """Take away the cuts that the vertex is far from."""
        slopes = np.bincount(
            self.cuts.rows,
            weights=self.cuts.values * x[self.cuts.columns],
            minlength=len(self.cuts.person),
        )
        slack = self.cuts.constants + slopes - theta[self.cuts.person]
        is_slack = slack > _SLACK
        if is_slack.any():
            n_fixed = len(self.boxes.counts) + self.n_groups
            self.engine.drop_rows(np.append(np.zeros(n_fixed, bool), is_slack))
            self.cuts = selected(self.cuts, ~is_slack)


def _group_rows(
    problem: FirstChoiceProblem, is_offered: Bool[np.ndarray, " C"]
) -> Int[np.ndarray, " C"]:
    """Return the row of each candidate's group; -1 where the group has no other candidate."""
    sizes = np.bincount(problem.group[is_offered], minlength=int(problem.group.max(initial=0)) + 1)
    number = np.where(sizes > 1, np.cumsum(sizes > 1) - 1, -1)
    return np.where(is_offered, number[problem.group], -1)


def _is_stalled(bounds: list[float], effort: Effort) -> bool:
    if len(bounds) <= _STALLED_ROUNDS:
        return False
    return bounds[-1 - _STALLED_ROUNDS] - bounds[-1] < effort.least_gain
