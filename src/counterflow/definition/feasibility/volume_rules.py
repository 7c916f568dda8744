"""Rules on how many vehicles a line sells: capacity, and volumes below which it is not worth it.

Volumes are those of the buyers that the search looks at, over all regions and periods. In a logit
and by first choice another offer takes buyers from others and adds to their sum, or leaves it,
which says what can still cure a line.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from counterflow.definition.feasibility.line_rules import LineRules
from counterflow.definition.feasibility.rule_on_line import Mask, RuleOnLine
from counterflow.domain.settings import Search
from counterflow.kernels.line_search import Line, LineProblem

_PEOPLE_AT_ONCE = 256


Vehicles = Callable[[Line], Float[np.ndarray, " offers"]]
"""How many vehicles of each offer a line is expected to sell."""


def with_volume_rules(rules: LineRules, vehicles: Vehicles, search: Search) -> LineRules:
    """Return the rules with those of `search` on volumes, at what lines sell of `vehicles`."""
    return replace(rules, rules=(*rules.rules, *_volume_rules(len(rules.group), vehicles, search)))


def vehicles_of(problem: LineProblem, line: Line) -> Float[np.ndarray, " offers"]:
    """Return how many vehicles of each offer the line is expected to sell.

    Examples
    --------
    Ten people whom each of two offers would win from the rest half of the time:

    >>> two = LineProblem(np.ones((1, 2), np.float32), np.zeros((1, 2), np.float32),
    ...     np.array([10.0]), np.array([0, 1]), 0.0, np.zeros(0), np.zeros((2, 0), bool), 2)
    >>> vehicles_of(two, (0,)), vehicles_of(two, (0, 1)).round(3)
    (array([5.]), array([3.333, 3.333]))
    """
    odds = problem.odds[:, list(line)].astype(float)
    return np.asarray((problem.weights / (1.0 + odds.sum(axis=1))) @ odds)


def sold_alone(problem: LineProblem) -> Float[np.ndarray, " C"]:
    """Return how many vehicles each candidate would sell as the only offer.

    Examples
    --------
    >>> two = LineProblem(np.array([[1.0, 3.0]], np.float32), np.zeros((1, 2), np.float32),
    ...     np.array([10.0]), np.array([0, 1]), 0.0, np.zeros(0), np.zeros((2, 0), bool), 2)
    >>> sold_alone(two)
    array([5. , 7.5])
    """
    sold = np.zeros(problem.odds.shape[1])
    # In blocks of people: odds may fill much of the memory, and shares would once more.
    for first in range(0, len(problem.weights), _PEOPLE_AT_ONCE):
        people = slice(first, first + _PEOPLE_AT_ONCE)
        odds = problem.odds[people].astype(float)
        sold += problem.weights[people] @ (odds / (1.0 + odds))
    return sold


def _volume_rules(n: int, vehicles: Vehicles, search: Search) -> Iterator[RuleOnLine]:
    if search.least_vehicles is not None:
        name = f"search.least_vehicles ({search.least_vehicles:,.12g})"
        yield LeastVehicles(name, n, search.least_vehicles, vehicles)
    if search.most_vehicles is not None:
        name = f"search.most_vehicles ({search.most_vehicles:,.12g})"
        yield MostVehicles(name, n, search.most_vehicles, vehicles)
    if search.least_vehicles_per_offer is not None:
        name = f"search.least_vehicles_per_offer ({search.least_vehicles_per_offer:,.12g})"
        yield LeastVehiclesPerOffer(name, n, search.least_vehicles_per_offer, vehicles)


@dataclass(frozen=True, eq=False)
class _OnVolumes(RuleOnLine, ABC):
    """A limit on volumes: no candidate is forbidden before it is counted."""

    limit: float
    vehicles: Vehicles

    def features(self) -> Float[np.ndarray, "C features"]:
        """Return what tells candidates apart."""
        # No two candidates sell alike.
        return np.arange(self.n_candidates, dtype=float)[:, None]

    def _sold(self, line: Line) -> float:
        return float(self.vehicles(line).sum())


class LeastVehicles(_OnVolumes):
    """The line sells at least so many vehicles."""

    def problem(self, line: Line) -> str | None:
        """Return what is wrong with the line, None if nothing."""
        sold = self._sold(line)
        return f"{self.name}: {sold:,.0f} vehicles" if sold < self.limit else None

    def cures(self, line: Line) -> Mask | None:
        """Return the candidates of which one must be added."""
        return np.ones(self.n_candidates, dtype=bool)


class MostVehicles(_OnVolumes):
    """The line sells at most so many vehicles."""

    def problem(self, line: Line) -> str | None:
        """Return what is wrong with the line, None if nothing."""
        sold = self._sold(line)
        return f"{self.name}: {sold:,.0f} vehicles" if sold > self.limit else None


class LeastVehiclesPerOffer(_OnVolumes):
    """Each offer of the line sells at least so many vehicles."""

    def problem(self, line: Line) -> str | None:
        """Return what is wrong with the line, None if nothing."""
        fewest = float(self.vehicles(line).min(initial=np.inf))
        if fewest >= self.limit:
            return None
        return f"{self.name}: {fewest:,.0f} vehicles of an offer"
