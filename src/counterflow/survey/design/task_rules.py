"""What must not stand together in one task: copies, a level twice, a product that dominates."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.survey.design.coding import DesignCoding
from counterflow.survey.design.prior import Prior

SURE = 0.95
"""Share of the prior's draws from which on one level counts as better than another."""


@dataclass(frozen=True, eq=False)
class TaskRules:
    """Which two products may stand side by side.

    Parameters
    ----------
    at_least
        For each attribute, whether a level (row) is known to be at least as good as another
        (column); the last row and column stand for an attribute that is not shown.
    once
        Attributes, by position, of which no level may stand twice in a task.
    avoid_dominance
        Whether a product at least as good as another in every attribute is kept away from it.
    """

    at_least: tuple[Bool[np.ndarray, "_ _"], ...]
    once: tuple[int, ...]
    avoid_dominance: bool

    @classmethod
    def of(
        cls,
        coding: DesignCoding,
        prior: Prior,
        *,
        signs: Mapping[str, str],
        once: Iterable[int] = (),
        avoid_dominance: bool = True,
    ) -> TaskRules:
        """Return the rules, with levels ordered by the signs and by what the prior is sure of."""
        draws = _with_signs(prior, signs)
        at_least = []
        for a, table in enumerate(coding.tables):
            worth = table[:-1] @ draws[:, coding.columns_of(a)].T
            is_better = (worth[:, None, :] > worth[None, :, :]).mean(axis=-1) >= SURE
            at_least.append(_with_hidden(is_better))
        return cls(tuple(at_least), tuple(once), avoid_dominance)

    @property
    def orders_levels(self) -> bool:
        """Return whether any level is known to be better than another."""
        return any(table.sum() > len(table) for table in self.at_least)

    def dominates(
        self, one: Int[np.ndarray, "... A"], other: Int[np.ndarray, "... A"]
    ) -> Bool[np.ndarray, "*n"]:
        """Return whether `one` is at least as good in every attribute, and better in some."""
        found = np.ones(np.broadcast_shapes(one.shape, other.shape)[:-1], dtype=bool)
        for a, table in enumerate(self.at_least):
            found &= table[one[..., a], other[..., a]]
        return found & (one != other).any(axis=-1)

    def compatible(
        self, one: Int[np.ndarray, "... A"], other: Int[np.ndarray, "... A"]
    ) -> Bool[np.ndarray, "*n"]:
        """Return whether two products may stand in one task; shapes are broadcast."""
        allowed = (one != other).any(axis=-1)
        for a in self.once:
            is_shown = one[..., a] >= 0
            allowed &= (one[..., a] != other[..., a]) | ~is_shown
        if self.avoid_dominance:
            allowed &= ~self.dominates(one, other) & ~self.dominates(other, one)
        return allowed

    def admits(self, tasks: Int[np.ndarray, "*n J A"]) -> Bool[np.ndarray, "*n"]:
        """Return whether all products of each task may stand together."""
        admitted = np.ones(tasks.shape[:-2], dtype=bool)
        for i, j in itertools.combinations(range(tasks.shape[-2]), 2):
            admitted &= self.compatible(tasks[..., i, :], tasks[..., j, :])
        return admitted

    def n_dominated(self, tasks: Int[np.ndarray, "*n J A"]) -> Int[np.ndarray, "*n"]:
        """Return how many products of each task some other product of it dominates."""
        j = tasks.shape[-2]
        is_dominated = np.zeros(tasks.shape[:-1], dtype=bool)
        for one, other in itertools.permutations(range(j), 2):
            is_dominated[..., other] |= self.dominates(tasks[..., one, :], tasks[..., other, :])
        return is_dominated.sum(axis=-1)


def _with_signs(prior: Prior, signs: Mapping[str, str]) -> Float[np.ndarray, "R K"]:
    """Return the draws with known signs, at one where the prior says nothing of the size."""
    draws = prior.draws.copy()
    for label, sign in signs.items():
        if label in prior.labels:
            k = prior.labels.index(label)
            size = np.where(draws[:, k] == 0, 1.0, np.abs(draws[:, k]))
            draws[:, k] = size if sign == "positive" else -size
    return draws


def _with_hidden(is_better: Bool[np.ndarray, "L L"]) -> Bool[np.ndarray, "L_and_one L_and_one"]:
    """Return the table with equality, and with "not shown", which only equals itself."""
    n = len(is_better)
    table = np.eye(n + 1, dtype=bool)
    table[:n, :n] |= is_better
    return table
