"""The design of a choice model in comparable units, after checking that the choices identify it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.choice.parameter_space import ParameterSpace
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import NotIdentifiedError
from counterflow.domain.utility import Utility, design_columns
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.logit import ChoiceSets, pair_spread

_DEPENDENT = 1e-10
"""A column whose variance within tasks is explained up to this share by others is one of them."""
_MATERIAL = 1e-6
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class ScaledDesign:
    """Choice sets whose K columns have been divided by `scales`.

    A scale is the typical difference between two alternatives of a task, so a scaled coefficient
    is the utility of a typical difference: estimates and priors no longer depend on units.
    """

    utility: Utility
    sets: ChoiceSets
    scales: Float[np.ndarray, " K"]

    @classmethod
    def of(
        cls,
        data: ChoiceData,
        utility: Utility,
        map_blocks: MapBlocks = map,
        space: ParameterSpace | None = None,
    ) -> ScaledDesign:
        """Return the scaled design; NotIdentifiedError if some combination of columns is empty.

        Where a `space` says which coefficients are free, only they need to be told apart. Columns
        are made, differenced and stored one after the other, so that no more than one whole design
        is ever in memory.
        """
        sets = _differenced(data, utility)
        spread = pair_spread(sets, map_blocks)
        if space is None:
            _check_identified(spread, utility.labels)
        else:
            # Up to a factor, the spread is the information where all alternatives are alike.
            _check_identified(space.free_information(spread), space.free_labels)
        scales = np.sqrt(np.diag(spread))
        scales[scales == 0.0] = 1.0
        np.divide(sets.differences, scales, out=sets.differences)
        return cls(utility, sets, scales)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each coefficient."""
        return self.utility.labels


def _differenced(data: ChoiceData, utility: Utility) -> ChoiceSets:
    """Return the choice sets, in the units of the data."""
    sizes = np.diff(data.task_starts)
    is_chosen = np.zeros(data.n_rows, dtype=bool)
    is_chosen[data.chosen_rows] = True
    others = np.flatnonzero(~is_chosen)
    chosen = np.repeat(np.asarray(data.chosen_rows, dtype=np.int64), sizes - 1)
    differences = np.empty((len(others), len(utility.labels)))
    for k, column in enumerate(design_columns(utility, data)):
        np.subtract(column[others], column[chosen], out=differences[:, k])
        # A column that is constant within tasks may leave rounding behind; it is none the less
        # empty.
        largest = np.abs(column).max(initial=0.0)
        if np.abs(differences[:, k]).max(initial=0.0) <= _ROUNDING * largest:
            differences[:, k] = 0.0
    return ChoiceSets(
        differences=differences,
        task_starts=(data.task_starts - np.arange(len(data.task_starts))).astype(np.int64),
        person_starts=np.array(data.respondent_starts, dtype=np.int64),
    )


def _check_identified(spread: Float[np.ndarray, "K K"], labels: tuple[str, ...]) -> None:
    """Raise NotIdentifiedError for the first column that earlier ones explain within tasks.

    In order of columns, because that names the shortest combination: the null vectors of an
    eigenvalue routine mix everything that is wrong.
    """
    scales = np.sqrt(np.diag(spread))
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
