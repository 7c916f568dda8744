"""All parameters of a model, and the free ones among them that an optimiser moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.kernels.trust_region import Bounds


@dataclass(frozen=True, eq=False, kw_only=True)
class ParameterSpace:
    """P parameters as base + spread @ F free ones.

    A row of `spread` is zero for a fixed parameter and has a one for the free parameter that
    this one is, or is tied to.
    """

    labels: tuple[str, ...]
    free_labels: tuple[str, ...]
    base: Float[np.ndarray, " P"]
    spread: Float[np.ndarray, "P F"]
    lower: Float[np.ndarray, " F"]
    upper: Float[np.ndarray, " F"]

    @property
    def bounds(self) -> Bounds:
        """Return the bounds of the free parameters."""
        return Bounds(self.lower, self.upper)

    def full(self, free: Float[np.ndarray, " F"]) -> Float[np.ndarray, " P"]:
        """Return all parameters."""
        return self.base + self.spread @ free

    def free(self, full: Float[np.ndarray, " P"]) -> Float[np.ndarray, " F"]:
        """Return the free parameters; tied ones start from their mean, within the bounds."""
        mean = (self.spread.T @ full) / np.maximum(self.spread.sum(axis=0), 1.0)
        return np.clip(mean, self.lower, self.upper)

    def free_scores(self, scores: Float[np.ndarray, "N P"]) -> Float[np.ndarray, "N F"]:
        """Return the gradients by the free parameters.

        Added up column by column: a product of matrices would take its order from BLAS threads.
        """
        if len(self.free_labels) == len(self.labels):
            return scores
        found = np.zeros((len(scores), len(self.free_labels)))
        for p, f in zip(*np.nonzero(self.spread), strict=True):
            found[:, f] += scores[:, p]
        return found

    def free_information(self, information: Float[np.ndarray, "P P"]) -> Float[np.ndarray, "F F"]:
        """Return the information about the free parameters, given that about all."""
        return self.spread.T @ information @ self.spread

    def covariance(self, free: Float[np.ndarray, "F F"]) -> Float[np.ndarray, "P P"]:
        """Return the covariance of all parameters, given that of the free ones."""
        return self.spread @ free @ self.spread.T
