"""The design of a choice model in comparable units, after checking that the choices identify it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.errors import NotIdentifiedError
from counterflow.kernels.logit import ChoiceSets, choice_sets

_DEPENDENT = 1e-10
"""A column whose variance within tasks is explained up to this share by others is one of them."""
_MATERIAL = 1e-6


@dataclass(frozen=True, eq=False)
class ScaledDesign:
    """Choice sets whose K columns have been divided by `scales`.

    A scale is the typical difference between two alternatives of a task, so a scaled coefficient
    is the utility of a typical difference: estimates and priors no longer depend on units.
    """

    coding: UtilityCoding
    sets: ChoiceSets
    scales: Float[np.ndarray, " K"]

    @classmethod
    def of(cls, data: ChoiceData, coding: UtilityCoding) -> ScaledDesign:
        """Return the scaled design; NotIdentifiedError if some combination of columns is empty."""
        design = coding.encode(data.columns, data.is_outside)
        spread = _spread_within_tasks(design, np.asarray(data.task_starts))
        scales = np.sqrt(np.diag(spread))
        _check_identified(spread, scales, coding.labels)
        sets = choice_sets(
            design / scales,
            np.asarray(data.task_starts),
            np.asarray(data.respondent_starts),
            np.asarray(data.chosen_rows),
        )
        return cls(coding, sets, scales)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each coefficient."""
        return self.coding.labels


def _spread_within_tasks(
    design: Float[np.ndarray, "rows K"], task_starts: Int[np.ndarray, " tasks_and_one"]
) -> Float[np.ndarray, "K K"]:
    """Return the mean product of differences between two alternatives of a task."""
    sizes = np.diff(task_starts)
    means = np.add.reduceat(design, task_starts[:-1]) / sizes[:, None]
    # Each task counts once: over its pairs the mean product is 2 / (J - 1) times the scatter.
    weights = np.sqrt(2.0 / (sizes - 1.0) / len(sizes))
    centred = (design - np.repeat(means, sizes, axis=0)) * np.repeat(weights, sizes)[:, None]
    # A column that is constant within tasks may leave rounding behind; it is none the less empty.
    rounding = 1e-12 * np.abs(design).max(axis=0, initial=0.0)
    centred[:, np.abs(centred).max(axis=0) <= rounding] = 0.0
    return np.einsum("rk,rl->kl", centred, centred)


def _check_identified(
    spread: Float[np.ndarray, "K K"], scales: Float[np.ndarray, " K"], labels: tuple[str, ...]
) -> None:
    """Raise NotIdentifiedError for the first column that earlier ones explain within tasks.

    In order of columns, because that names the shortest combination: the null vectors of an
    eigenvalue routine mix everything that is wrong.
    """
    if not scales.all():
        raise NotIdentifiedError({labels[int(np.flatnonzero(scales == 0.0)[0])]: 1.0})
    correlation = spread / np.outer(scales, scales)
    for k in range(1, len(labels)):
        earlier, column = correlation[:k, :k], correlation[:k, k]
        weights = np.linalg.solve(earlier, column)
        if 1.0 - column @ weights < _DEPENDENT:
            direction = np.append(-weights, 1.0)
            direction /= np.abs(direction).max()
            raise NotIdentifiedError(material(direction, labels))


def material(direction: Float[np.ndarray, " K"], labels: tuple[str, ...]) -> dict[str, float]:
    """Return the entries of a direction that are not zero but for rounding, by label."""
    return {
        label: float(weight)
        for label, weight in zip(labels, direction, strict=False)
        if abs(weight) > _MATERIAL
    }
