"""Scenarios: people of a line problem by the draw, or the model, that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from counterflow.kernels.line_search import LineProblem, line_profit, profits_with


@dataclass(frozen=True, eq=False, kw_only=True)
class Scenarios:
    """A line problem whose people stand scenario after scenario.

    Parameters
    ----------
    problem
        Weights are buyers as they are in the scenario, not times its probability.
    first
        People of scenario s are `first[s]` to `first[s + 1]`.
    probability
        Of each scenario; they sum to 1.
    """

    problem: LineProblem
    first: Int[np.ndarray, " S_and_one"]
    probability: Float[np.ndarray, " S"]

    def __post_init__(self) -> None:
        n = len(self.problem.weights)
        if self.first[0] != 0 or self.first[-1] != n or (np.diff(self.first) <= 0).any():
            raise ValueError(f"first must rise from 0 to {n}, the number of people")
        if len(self.probability) != len(self.first) - 1:
            raise ValueError(f"probability needs {len(self.first) - 1} entries, one a scenario")
        if not np.isclose(self.probability.sum(), 1.0) or (self.probability < 0.0).any():
            raise ValueError("probabilities must be at least 0 and sum to 1")

    @property
    def n_scenarios(self) -> int:
        """Return S."""
        return len(self.probability)

    def values(self, line: Sequence[int]) -> Float[np.ndarray, " S"]:
        """Return what the line earns in each scenario, after fixed costs."""
        return np.array([line_profit(self._only(s), line) for s in range(self.n_scenarios)])

    def values_with(self, line: Sequence[int]) -> Float[np.ndarray, "S C"]:
        """Return what the line and each candidate earn in each scenario.

        Minus infinity for candidates that the line cannot take.
        """
        return np.array([profits_with(self._only(s), line) for s in range(self.n_scenarios)])

    def weighed(self, weights: Float[np.ndarray, " S"]) -> LineProblem:
        """Return the problem whose profit is the weighted sum over scenarios.

        The weights sum to 1, so that fixed costs are counted once.
        """
        by_person = np.repeat(weights, np.diff(self.first))
        return self.problem._replace(weights=self.problem.weights * by_person)

    def _only(self, s: int) -> LineProblem:
        people = slice(int(self.first[s]), int(self.first[s + 1]))
        return self.problem._replace(
            odds=self.problem.odds[people],
            earnings=self.problem.earnings[people],
            weights=self.problem.weights[people],
        )
