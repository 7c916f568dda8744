"""How evenly a design shows levels, pairs of levels, and levels side by side."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, Int16

from counterflow.domain.choice_design import NOT_SHOWN, ChoiceDesign


@dataclass(frozen=True)
class LevelBalance:
    """How often each level of an attribute is shown, over all versions and in the worst one.

    Parameters
    ----------
    attribute
        Name of the attribute.
    counts
        Products that show each level, over all versions.
    least_in_a_version, most_in_a_version
        Fewest and most times that a version shows any level.
    """

    attribute: str
    counts: Mapping[str, int]
    least_in_a_version: int
    most_in_a_version: int

    @property
    def shares(self) -> dict[str, float]:
        """Return the share of products with each level, of those that show the attribute."""
        total = max(1, sum(self.counts.values()))
        return {level: count / total for level, count in self.counts.items()}


def level_balance(design: ChoiceDesign) -> tuple[LevelBalance, ...]:
    """Return the one-way counts of every attribute.

    Examples
    --------
    >>> design = ChoiceDesign(levels={"a": ("x", "y")}, alternatives=("1", "2"), has_outside=False,
    ...     codes=np.array([[[[0], [1]], [[0], [0]]]], dtype=np.int16))
    >>> level_balance(design)[0].counts
    {'x': 3, 'y': 1}
    """
    return tuple(
        _balance(name, names, design.codes[..., a])
        for a, (name, names) in enumerate(design.levels.items())
    )


def pair_counts(design: ChoiceDesign) -> dict[tuple[str, str], Int[np.ndarray, "L M"]]:
    """Return how many products show each pair of levels of two attributes.

    Examples
    --------
    >>> design = ChoiceDesign(levels={"a": ("x", "y"), "b": ("u", "v")}, alternatives=("1", "2"),
    ...     has_outside=False, codes=np.array([[[[0, 0], [1, 0]]]], dtype=np.int16))
    >>> pair_counts(design)["a", "b"].tolist()
    [[1, 0], [1, 0]]
    """
    codes = design.codes.reshape(-1, len(design.levels)).astype(np.int64)
    sizes = [len(names) for names in design.levels.values()]
    found = {}
    for (a, one), (b, other) in itertools.combinations(enumerate(design.levels), 2):
        is_shown = (codes[:, a] != NOT_SHOWN) & (codes[:, b] != NOT_SHOWN)
        cell = codes[is_shown, a] * sizes[b] + codes[is_shown, b]
        found[one, other] = np.bincount(cell, minlength=sizes[a] * sizes[b]).reshape(
            sizes[a], sizes[b]
        )
    return found


def overlap_of(design: ChoiceDesign) -> dict[str, float]:
    """Return for each attribute the share of alternatives that repeat a level of their task.

    An alternative repeats a level if one before it in the task shows it; the first never does. Of
    J alternatives with the same level J - 1 repeat it: 1 is full overlap, 0 is none. Tasks that do
    not show the attribute in two alternatives do not count.
    """
    return {name: _overlap(design.codes[..., a]) for a, name in enumerate(design.levels)}


def tasks_with_copies(codes: Int16[np.ndarray, "*tasks J A"]) -> Bool[np.ndarray, "*tasks"]:
    """Return which tasks show a product twice."""
    found = np.zeros(codes.shape[:-2], dtype=bool)
    for i, j in itertools.combinations(range(codes.shape[-2]), 2):
        found |= (codes[..., i, :] == codes[..., j, :]).all(axis=-1)
    return found


def _balance(name: str, levels: tuple[str, ...], codes: Int16[np.ndarray, "V T J"]) -> LevelBalance:
    by_version = np.stack([(codes == code).sum(axis=(1, 2)) for code in range(len(levels))], axis=1)
    totals = by_version.sum(axis=0).tolist()
    return LevelBalance(
        attribute=name,
        counts=dict(zip(levels, totals, strict=True)),
        least_in_a_version=int(by_version.min()),
        most_in_a_version=int(by_version.max()),
    )


def _overlap(codes: Int16[np.ndarray, "V T J"]) -> float:
    by_task = codes.reshape(-1, codes.shape[-1])
    n_shown = (by_task != NOT_SHOWN).sum(axis=1)
    ordered = np.sort(by_task, axis=1)
    repeats = ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] != NOT_SHOWN)).sum(axis=1)
    most = (n_shown - 1).clip(min=0).sum()
    return float(repeats.sum() / most) if most else 0.0
