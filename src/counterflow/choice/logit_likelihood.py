"""The likelihood of multinomial logits as a function of their parameters, person by person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.choice.maximum_likelihood import (
    PanelLikelihood,
    PanelSlope,
    information_by_differences,
)
from counterflow.choice.scaled_design import ScaledDesign
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.utility import Utility, linearised_at
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.logit import log_likelihood, logsums


@dataclass(frozen=True, eq=False)
class LinearLogitLikelihood:
    """Utility x'b: the log-likelihood is globally concave, and its derivatives are exact."""

    design: ScaledDesign
    map_blocks: MapBlocks = map

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each coefficient."""
        return self.design.labels

    def slope(self, theta: Float[np.ndarray, " P"]) -> PanelSlope:
        """Return the log-likelihood and score of each person, in the units of the data."""
        scales, sets = self.design.scales, self.design.sets
        found = log_likelihood(sets, np.zeros(sets.n_persons), theta * scales, self.map_blocks)
        return PanelSlope(found.by_person, found.scores * scales)

    def information(
        self, theta: Float[np.ndarray, " P"], weights: Float[np.ndarray, " N"]
    ) -> Float[np.ndarray, "P P"]:
        """Return minus the Hessian of the weighted sum of the persons' log-likelihoods."""
        scales = self.design.scales
        found = log_likelihood(self.design.sets, weights, theta * scales, self.map_blocks)
        return found.information * np.outer(scales, scales)


@dataclass(frozen=True, eq=False)
class LogitLikelihood:
    """Any utility, bent or scaled by its parameters."""

    utility: Utility
    data: ChoiceData

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter."""
        return self.utility.labels

    def slope(self, theta: Float[np.ndarray, " P"]) -> PanelSlope:
        """Return the log-likelihood and score of each person.

        Notes
        -----
        The score of a task is sum_j (y_j - P_j) dV_j / d theta, y_j being 1 for the choice.
        """
        data = self.data
        utilities, slopes = linearised_at(self.utility, data, theta)
        inclusive = logsums(utilities, data.task_starts)
        by_task = utilities[data.chosen_rows] - inclusive
        surprise = -np.exp(utilities - np.repeat(inclusive, np.diff(data.task_starts)))
        surprise[data.chosen_rows] += 1.0
        first_tasks = data.respondent_starts[:-1]
        return PanelSlope(
            np.add.reduceat(by_task, first_tasks),
            np.add.reduceat(surprise[:, None] * slopes, data.task_starts[first_tasks]),
        )

    def information(
        self, theta: Float[np.ndarray, " P"], weights: Float[np.ndarray, " N"]
    ) -> Float[np.ndarray, "P P"]:
        """Return minus the Hessian of the weighted sum of the persons' log-likelihoods."""
        return information_by_differences(self, theta, weights)


@dataclass(frozen=True, eq=False)
class StraightenedLikelihood:
    """A likelihood over phi instead of theta, with phi_k = theta_k exp(sum_e bends[k, e] theta_e).

    A coefficient b of x^lambda and the exponent form a narrow, curved valley; b exp(m lambda), with
    m the mean logarithm of x, and lambda do not.
    """

    bent: PanelLikelihood
    bends: Float[np.ndarray, "P P"]

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter."""
        return self.bent.labels

    def phi(self, theta: Float[np.ndarray, " P"]) -> Float[np.ndarray, " P"]:
        """Return the straightened parameters; exponents are the same in both."""
        return theta * np.exp(self.bends @ theta)

    def theta(self, phi: Float[np.ndarray, " P"]) -> Float[np.ndarray, " P"]:
        """Return the parameters of the likelihood that was straightened."""
        return phi * np.exp(-self.bends @ phi)

    def slope(self, theta: Float[np.ndarray, " P"]) -> PanelSlope:
        """Return the log-likelihood and score of each person, in straightened parameters."""
        bent_at = self.theta(theta)
        found = self.bent.slope(bent_at)
        jacobian = np.diag(np.exp(-self.bends @ theta)) - bent_at[:, None] * self.bends
        return PanelSlope(found.by_person, found.scores @ jacobian)

    def information(
        self, theta: Float[np.ndarray, " P"], weights: Float[np.ndarray, " N"]
    ) -> Float[np.ndarray, "P P"]:
        """Return minus the Hessian of the weighted sum of the persons' log-likelihoods."""
        return information_by_differences(self, theta, weights)
