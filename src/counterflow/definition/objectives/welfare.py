"""Buyers' welfare: what a line is worth to those who choose from it, in money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from counterflow.definition.objectives.search import BestLine
from counterflow.kernels.line_search import Line, LineProblem

_PEOPLE_AT_ONCE = 1024
_LEAST_GAIN = 1e-10


@dataclass(frozen=True, eq=False)
class Welfare:
    """What lines of a problem are worth to its people, over the market without them.

    `money_per_utility` is one over minus the price coefficient of each person, above 0.

    Notes
    -----
    sum over n of w_n m_n log(1 + sum of odds): the change of the logsum in money, the compensating
    variation where utility is linear in price (Small and Rosen, Econometrica 49(1), 1981,
    equation 5.5; Train 2009, section 3.5).

    Examples
    --------
    An offer as good as all the rest together, to one person for whom a unit of utility is 100:

    >>> problem = LineProblem(np.ones((1, 1), np.float32), np.ones((1, 1), np.float32),
    ...     np.ones(1), np.array([0]), 0.0, np.zeros(0), np.zeros((1, 0), bool), 1)
    >>> round(Welfare(problem, np.array([100.0])).value((0,)), 3)
    69.315
    """

    problem: LineProblem
    money_per_utility: Float[np.ndarray, " people"]

    def __post_init__(self) -> None:
        if not (self.money_per_utility > 0.0).all():
            share = np.mean(self.money_per_utility <= 0.0)
            raise ValueError(
                f"expected money that buys utility for everybody, found none for {share:.1%} of "
                "people: their price coefficient is not below 0. Estimate with a sign constraint."
            )

    def value(self, line: Sequence[int]) -> float:
        """Return what the line is worth to all people together."""
        return float(self._weights @ np.log1p(self._odds(line)))

    def values_with(self, line: Sequence[int]) -> Float[np.ndarray, " C"]:
        """Return the worth of the line with each candidate; minus infinity if it has no place."""
        base, totals = self._weights, 1.0 + self._odds(line)
        values = np.zeros(self.problem.odds.shape[1])
        for first in range(0, len(base), _PEOPLE_AT_ONCE):
            people = slice(first, first + _PEOPLE_AT_ONCE)
            odds: Float32[np.ndarray, "block C"] = self.problem.odds[people]
            values += base[people] @ np.log(totals[people, None] + odds)
        taken = np.isin(self.problem.group, self.problem.group[list(line)])
        return np.where(taken, -np.inf, values)

    def best(self, *, go_on: Callable[[], bool] = lambda: True) -> BestLine:
        """Return the line that greedy additions and swaps end at, and a bound.

        After `go_on` says no, nothing more is swapped.

        Notes
        -----
        The value is submodular: what a candidate adds falls as the line grows. So no line is worth
        more than S and the `n_offers` largest additions to S, one a group, for any S (Nemhauser,
        Wolsey and Fisher, Mathematical Programming 14(1), 1978, proposition 2.3); the least over
        the greedy lines is returned. Greedy alone reaches at least half of the best (Fisher,
        Nemhauser and Wolsey, Mathematical Programming Study 8, 1978, theorem 2.1: one a group is a
        matroid).
        """
        line: Line = ()
        bound = np.inf
        for _ in range(self.problem.n_offers + 1):
            added = self.values_with(line)
            bound = min(bound, self._bound_above(line, added))
            if len(line) == self.problem.n_offers or np.isinf(added.max()):
                break
            line = (*line, int(added.argmax()))
        line = self._swapped(line, go_on)
        bound = min(bound, self._bound_above(line, self.values_with(line)))
        value = self.value(line)
        return BestLine(tuple(sorted(line)), max(bound, value))

    def _swapped(self, line: Line, go_on: Callable[[], bool]) -> Line:
        value, improved = self.value(line), True
        while improved:
            improved = False
            for place in range(len(line)):
                if not go_on():
                    return line
                others = line[:place] + line[place + 1 :]
                values = self.values_with(others)
                best = int(values.argmax())
                if values[best] > value + _LEAST_GAIN * abs(value):
                    line, value, improved = (*others, best), float(values[best]), True
        return line

    def _bound_above(self, line: Line, added: Float[np.ndarray, " C"]) -> float:
        """Return the value of the line and of the largest additions to it, one a group."""
        value = self.value(line)
        gains: dict[int, float] = {}
        # A candidate that shares a group with the line adds to it all the same in the bound.
        alone = self._gains_of_taken(line, value)
        gain = np.where(np.isinf(added), alone, added - value)
        for group, more in zip(self.problem.group.tolist(), gain.tolist(), strict=True):
            gains[group] = max(gains.get(group, 0.0), more)
        return value + sum(sorted(gains.values(), reverse=True)[: self.problem.n_offers])

    def _gains_of_taken(self, line: Line, value: float) -> Float[np.ndarray, " C"]:
        members = np.zeros(self.problem.odds.shape[1], dtype=bool)
        members[list(line)] = True
        same_group = np.isin(self.problem.group, self.problem.group[list(line)]) & ~members
        gains = np.zeros(len(members))
        totals = self._odds(line)
        for c in np.flatnonzero(same_group).tolist():
            more = totals + self.problem.odds[:, c].astype(float)
            gains[c] = self._weights @ np.log1p(more) - value
        return gains

    @property
    def _weights(self) -> Float[np.ndarray, " people"]:
        return self.problem.weights * self.money_per_utility

    def _odds(self, line: Sequence[int]) -> Float[np.ndarray, " people"]:
        return np.asarray(self.problem.odds[:, list(line)].sum(axis=1, dtype=float))
