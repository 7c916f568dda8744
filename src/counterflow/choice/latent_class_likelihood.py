"""The likelihood of a latent class logit as a function of its parameters."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from counterflow.choice.latent_class_parameters import ClassParameters
from counterflow.choice.maximum_likelihood import PanelSlope
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.latent_class import (
    Classes,
    ClassSlope,
    StartSlopes,
    class_information,
    class_slope,
    start_slopes,
)
from counterflow.kernels.logit import ChoiceSets

MOST_UTILITY = 1_000.0
"""Utility of a typical difference within a task that is as good as infinite."""
MOST_LOGIT = 50.0
"""Logit of membership that is as good as infinite: odds of 2e-22."""


@dataclass(frozen=True, eq=False, kw_only=True)
class LatentClassLikelihood:
    """Log-likelihood, score and Hessian of N persons' choices, and EM's view of them."""

    parameters: ClassParameters
    sets: ChoiceSets
    scales: Float[np.ndarray, " K"]
    """What each column of the design was divided by."""
    traits: Float[np.ndarray, "N traits"]
    map_blocks: MapBlocks = field(default=map)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter."""
        return self.parameters.labels

    def with_classes(self, n_classes: int) -> LatentClassLikelihood:
        """Return the likelihood of the same choices with another number of classes."""
        return LatentClassLikelihood(
            parameters=ClassParameters(
                coefficients=self.parameters.coefficients,
                traits=self.parameters.traits,
                n_classes=n_classes,
            ),
            sets=self.sets,
            scales=self.scales,
            traits=self.traits,
            map_blocks=self.map_blocks,
        )

    def scaled_classes(self, theta: Float[np.ndarray, " P"]) -> Classes:
        """Return the classes, with coefficients in units of the scaled design."""
        classes = self.parameters.classes(theta)
        return Classes(classes.coefficients * self.scales, classes.memberships)

    def evaluate(self, theta: Float[np.ndarray, " P"]) -> ClassSlope:
        """Return likelihood, posterior shares and scores, these by the entries of the kernel."""
        return class_slope(self.sets, self.traits, self.scaled_classes(theta), self.map_blocks)

    def slope(self, theta: Float[np.ndarray, " P"]) -> PanelSlope:
        """Return the log-likelihood and score of each person."""
        found = self.evaluate(theta)
        scores = found.scores[:, self.parameters.positions]
        scores *= self._units
        return PanelSlope(found.by_person, scores)

    def information(
        self, theta: Float[np.ndarray, " P"], weights: Float[np.ndarray, " N"]
    ) -> Float[np.ndarray, "P P"]:
        """Return minus the Hessian of the weighted log-likelihood."""
        found = class_information(
            self.sets, self.traits, weights, self.scaled_classes(theta), self.map_blocks
        )
        at = self.parameters.positions
        return found[np.ix_(at, at)] * np.outer(self._units, self._units)

    def starts(
        self, thetas: Float[np.ndarray, "starts P"], weights: Float[np.ndarray, " N"]
    ) -> StartSlopes:
        """Return likelihood, gradient and complete-data information of several parameters."""
        found = start_slopes(
            self.sets,
            self.traits,
            weights,
            np.array([self.scaled_classes(theta).flat for theta in thetas]),
            self.parameters.n_classes,
            self.map_blocks,
        )
        at = self.parameters.positions
        return StartSlopes(
            found.log_likelihoods,
            found.gradients[:, at] * self._units,
            found.complete[:, at[:, None], at] * np.outer(self._units, self._units),
        )

    @property
    def limits(self) -> Float[np.ndarray, " P"]:
        """Return how far from zero each parameter is looked for: as good as infinity.

        Where a class predicts perfectly, its coefficients grow without end, and would overflow.
        """
        traits = self.traits
        spread, middle = traits.std(axis=0), np.abs(traits.mean(axis=0))
        by_trait = MOST_LOGIT / np.where(spread > 0.0, spread, 1.0)
        # The constant also has to make up for where the other traits lie.
        by_trait[0] = MOST_LOGIT + np.sum(by_trait[1:] * middle[1:])
        return np.concatenate(
            [
                np.tile(MOST_UTILITY / self.scales, self.parameters.n_classes),
                np.tile(by_trait, self.parameters.n_classes - 1),
            ]
        )

    @property
    def _units(self) -> Float[np.ndarray, " P"]:
        """Return the change of the kernel's entries with the parameters."""
        members = (self.parameters.n_classes - 1) * len(self.parameters.traits)
        return np.concatenate([np.tile(self.scales, self.parameters.n_classes), np.ones(members)])
