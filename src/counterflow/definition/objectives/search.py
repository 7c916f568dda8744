"""The search for the best line under a risk: local search, and a bound by duality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.definition.objectives.risk import Risk
from counterflow.definition.objectives.scenarios import Scenarios
from counterflow.kernels.line_bound import PROOF_TOLERANCE
from counterflow.kernels.line_search import Line, LineProblem

_LEAST_GAIN = 1e-10
"""A move must gain more than this share of the value, so that rounding cannot make a cycle."""


class BestLine(NamedTuple):
    """What a search under fixed weights of scenarios found: a line, and what none exceeds."""

    line: Line
    bound: float


SearchWeighed = Callable[[LineProblem], BestLine]
"""Searches one problem; `definition.search` does, with product swaps and branch and bound."""


@dataclass(frozen=True, kw_only=True)
class FoundUnderRisk:
    """The best line under a risk, its value, and a value that no line exceeds (maybe infinite)."""

    line: Line
    value: float
    bound: float
    by_scenario: tuple[float, ...]

    @property
    def gap(self) -> float:
        """Return the relative distance to the bound."""
        return (self.bound - self.value) / max(abs(self.value), 1e-12)

    @property
    def status(self) -> Literal["optimal", "local_optimum"]:
        """Return whether no other line is better."""
        return "optimal" if self.gap <= PROOF_TOLERANCE else "local_optimum"


def search_under_risk(
    scenarios: Scenarios,
    risk: Risk,
    search_weighed: SearchWeighed,
    *,
    starts: Sequence[Line] = (),
    is_allowed: Callable[[Line], bool] | None = None,
    cost_beyond: Callable[[Line], float] | None = None,
    n_rounds: int = 4,
    go_on: Callable[[], bool] = lambda: True,
) -> FoundUnderRisk:
    """Return the best line that was found, and a bound.

    `go_on` is asked from time to time whether there is time left; one round is always searched.

    `is_allowed` says whether a line keeps to rules that the arrays leave out; then `starts` must
    hold a line that does. `cost_beyond` is what a line costs beyond the arrays, in every scenario.

    Notes
    -----
    For weights q that are least favourable at some line, value(S) <= q'r(S) for every line S, so
    the best line under fixed weights bounds all values (weak duality; for CVaR and the worst case
    the value is the least q'r over a convex set of weights, which holds the probabilities). Each of
    `n_rounds` searches takes the mean of the weights that were least favourable so far, as in
    fictitious play (Robinson, Annals of Mathematics 54(2), 1951), and its line is a start of a
    local search by value.
    """
    bound = risk.ceiling
    judge = _Judge(scenarios, risk, is_allowed or _any_line, cost_beyond or _no_cost, go_on)
    ends = [judge.improve(start) for start in starts]
    weights: list[Float[np.ndarray, " S"]] = []
    for searched in range(n_rounds):
        if searched and not go_on():
            break
        mixed = np.mean(weights, axis=0) if weights else scenarios.probability
        found = search_weighed(scenarios.weighed(mixed))
        if judge.is_allowed(found.line):
            ends.append(judge.improve(found.line))
        worst = risk.least_favourable(scenarios.values(found.line), scenarios.probability)
        if worst is None:
            break
        bound = min(bound, found.bound)
        best = max(value for value, _ in ends)
        if bound <= best + PROOF_TOLERANCE * abs(best):
            break
        weights.append(worst)
    value, line = max(ends)
    by_scenario = tuple(judge.by_scenario(line).tolist())
    return FoundUnderRisk(line=line, value=value, bound=max(bound, value), by_scenario=by_scenario)


@dataclass(frozen=True, eq=False)
class _Judge:
    """What a line is worth under the risk, all costs counted, and which lines there may be."""

    scenarios: Scenarios
    risk: Risk
    is_allowed: Callable[[Line], bool]
    cost_beyond: Callable[[Line], float]
    go_on: Callable[[], bool]

    def improve(self, start: Line) -> tuple[float, Line]:
        """Return the value and the line that no swap, addition or removal improves.

        Where time is over, the line is as good as it has become by then.
        """
        line = tuple(start)
        value = self.value(line) if line else -np.inf
        improved = True
        while improved:
            improved = False
            for place in range(self.scenarios.problem.n_offers):
                if line and not self.go_on():
                    return value, tuple(sorted(line))
                better, other = self._best_at(line, place)
                if better > value + _LEAST_GAIN * abs(value) or not line:
                    value, line, improved = better, other, True
        return value, tuple(sorted(line))

    def value(self, line: Line) -> float:
        """Return what the line is worth."""
        return float(self.risk.value(self.by_scenario(line), self.scenarios.probability))

    def by_scenario(self, line: Line) -> Float[np.ndarray, " S"]:
        """Return what the line brings in each scenario."""
        return self.scenarios.values(line) - self.cost_beyond(line)

    def _best_at(self, line: Line, place: int) -> tuple[float, Line]:
        """Return the best line with another candidate, or none, at `place` of the line."""
        others = line[:place] + line[place + 1 :]
        filled = self._best_addition(others)
        if not others or not self.is_allowed(tuple(sorted(others))):
            return filled
        return max(filled, (self.value(others), others))

    def _best_addition(self, others: Line) -> tuple[float, Line]:
        by_scenario = self.scenarios.values_with(others)
        can_be_taken = np.isfinite(by_scenario[0])
        # Costs beyond the arrays are never below 0: what is left out of them bounds the value.
        bounds = np.full(len(can_be_taken), -np.inf)
        bounds[can_be_taken] = self.risk.value(
            by_scenario[:, can_be_taken], self.scenarios.probability
        )
        best: tuple[float, Line] = (-np.inf, others)
        for candidate in np.argsort(-bounds, kind="stable").tolist():
            if bounds[candidate] <= best[0] or np.isneginf(bounds[candidate]):
                break
            line = (*others, candidate)
            members = tuple(sorted(line))
            if self.is_allowed(members):
                brought = by_scenario[:, candidate] - self.cost_beyond(members)
                value = float(self.risk.value(brought, self.scenarios.probability))
                best = max(best, (value, line))
        return best


def _any_line(_line: Line) -> bool:
    return True


def _no_cost(_line: Line) -> float:
    return 0.0
