"""How coefficients spread over people: draws of the population that persons come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, eq=False, kw_only=True)
class Population:
    """S draws of the distribution of K coefficients over people, in the units of the data.

    Latent values are normal over people. A coefficient is its latent value, or, where `signs` is
    not 0, the sign times the exponential of it: lognormal.
    """

    means: Float[np.ndarray, "S K"]
    """Of the latent values."""
    covariances: Float[np.ndarray, "S K K"]
    signs: Float[np.ndarray, " K"]

    @classmethod
    def of_scaled(
        cls,
        means: Float[np.ndarray, "S K"],
        covariances: Float[np.ndarray, "S K K"],
        *,
        signs: Float[np.ndarray, " K"],
        scales: Float[np.ndarray, " K"],
    ) -> Population:
        """Return the population of coefficients / scales, given that of scaled coefficients.

        A normal coefficient is divided; of a lognormal one the logarithm is shifted.
        """
        factors = np.where(signs == 0.0, 1.0 / scales, 1.0)
        shifts = np.where(signs == 0.0, 0.0, -np.log(scales))
        return cls(
            means=means * factors + shifts,
            covariances=covariances * np.outer(factors, factors),
            signs=signs,
        )

    @property
    def sds(self) -> Float[np.ndarray, "S K"]:
        """Return the standard deviation of each latent value over people."""
        return np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))

    def coefficient_medians(self) -> Float[np.ndarray, "S K"]:
        """Return the median of each coefficient over people."""
        return np.where(self.signs == 0.0, self.means, self.signs * np.exp(self.means))

    def coefficient_means(self) -> Float[np.ndarray, "S K"]:
        """Return the mean of each coefficient over people.

        Notes
        -----
        Of a lognormal: exp(m + v / 2) with mean m and variance v of the logarithm.
        """
        lognormal = self.signs * np.exp(self.means + 0.5 * self.sds**2)
        return np.where(self.signs == 0.0, self.means, lognormal)

    def coefficient_sds(self) -> Float[np.ndarray, "S K"]:
        """Return the standard deviation of each coefficient over people.

        Notes
        -----
        Of a lognormal: its mean times sqrt(exp(v) - 1).
        """
        lognormal = np.abs(self.coefficient_means()) * np.sqrt(np.expm1(self.sds**2))
        return np.where(self.signs == 0.0, self.sds, lognormal)
