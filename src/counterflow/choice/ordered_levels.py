"""Levels whose order of worth is known: part-worths as sums of steps that are never negative."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.utility import Utility, design_columns


@dataclass(frozen=True, eq=False)
class OrderedLevels:
    """K coefficients as linear combinations of K others, some of which are known to be positive.

    Of levels a < b < c with base a, the part-worths of b and c are d1 and d1 + d2 with d1, d2 > 0.
    So the design columns of d1 and d2 are x_b + x_c and x_c, and nothing else need know of order.
    """

    labels: tuple[str, ...]
    """Of the coefficients that are combined: `range[400] over range[300]` for a step."""
    matrix: Float[np.ndarray, "K K"]
    """coefficients = matrix @ steps; the identity where no order is known."""
    is_step: tuple[bool, ...]

    @classmethod
    def of(cls, labels: tuple[str, ...], order: Mapping[str, Sequence[str]]) -> OrderedLevels:
        """Return the combination that keeps the levels of each attribute in order, worst first.

        One of the levels may be the base, which has no coefficient.

        Raises
        ------
        InputError
            If an order names fewer than two levels, or more than one that have no coefficient.

        Examples
        --------
        >>> found = OrderedLevels.of(("range[400]", "range[500]"), {"range": ("300", "400", "500")})
        >>> found.matrix
        array([[1., 0.],
               [1., 1.]])
        >>> found.labels
        ('range[400] over range[300]', 'range[500] over range[400]')
        """
        named, matrix = list(labels), np.eye(len(labels))
        is_step, problems = [False] * len(labels), []
        for attribute, levels in order.items():
            names = [f"{attribute}[{level}]" for level in levels]
            absent = [name for name in names if name not in labels]
            if len(set(names)) < max(len(names), 2) or len(absent) > 1:
                problems.append(_problem(attribute, levels, labels))
                continue
            _set_steps(names, labels, matrix, named, is_step)
        if problems:
            raise InputError(problems)
        return cls(tuple(named), matrix, tuple(is_step))

    def utility(self, utility: Utility) -> Utility:
        """Return the utility whose coefficients are the steps."""
        return utility if not any(self.is_step) else _StepUtility(utility, self)


def _set_steps(
    names: Sequence[str],
    labels: tuple[str, ...],
    matrix: Float[np.ndarray, "K K"],
    named: list[str],
    is_step: list[bool],
) -> None:
    """Let the coefficients of the levels named, worst first, be sums of steps."""
    base = next((i for i, name in enumerate(names) if name not in labels), None)
    # Without a base among them the worst level is free, and the others stand above it.
    level = 0 if base is None else base
    places = [labels.index(name) if name in labels else -1 for name in names]
    steps = [place for i, place in enumerate(places) if i != level]
    for place in steps:
        matrix[place, place] = 0.0
    for j, step in enumerate(steps):
        better, worse = names[j + 1], names[j]
        named[step], is_step[step] = f"{better} over {worse}", True
        for i, place in enumerate(places):
            if level < j + 1 <= i:
                matrix[place, step] = 1.0
            elif i < j + 1 <= level:
                matrix[place, step] = -1.0
    if base is None:
        for i, place in enumerate(places):
            if i != level:
                matrix[place, places[level]] = 1.0


def _problem(attribute: str, levels: Sequence[str], labels: tuple[str, ...]) -> Problem:
    known = ", ".join(label for label in labels if label.startswith(f"{attribute}[")) or "none"
    return Problem(
        expected=f"two levels or more, worst first, at most one of them the base "
        f"(levels with a coefficient: {known})",
        found=", ".join(map(str, levels)),
        key=f"order.{attribute}",
    )


@dataclass(frozen=True)
class _StepUtility:
    """A utility with columns combined so that coefficients are steps."""

    utility: Utility
    order: OrderedLevels

    @property
    def labels(self) -> tuple[str, ...]:
        return self.order.labels

    def design(self, data: ChoiceData) -> Float[np.ndarray, "rows K"]:
        return self.utility.design(data) @ self.order.matrix

    def design_columns(self, data: ChoiceData) -> Iterator[Float[np.ndarray, " rows"]]:
        columns = list(design_columns(self.utility, data))
        for weights in self.order.matrix.T:
            combined = np.zeros(data.n_rows)
            for place in np.flatnonzero(weights):
                combined += weights[place] * columns[place]
            yield combined
