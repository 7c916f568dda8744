"""How coefficients spread over people: draws of the population that persons come from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, eq=False, kw_only=True)
class Covariates:
    """How what is known of respondents enters their means: w = (1, (z - centre) root).

    Over the respondents of the fit the columns of w are uncorrelated with variance 1.
    """

    labels: tuple[str, ...]
    centre: Float[np.ndarray, " Z"]
    root: Float[np.ndarray, "Z Z"]

    @classmethod
    def of(cls, labels: tuple[str, ...], values: Float[np.ndarray, "N Z"]) -> Covariates:
        """Return the covariates of these respondents; LinAlgError if some combination is constant.

        Examples
        --------
        >>> Covariates.of(("age",), np.array([[20.0], [40.0]])).weights(np.array([[40.0]]))
        array([[1., 1.]])
        """
        centre = values.mean(axis=0)
        scale = values.std(axis=0)
        if len(labels) and not scale.all():
            raise np.linalg.LinAlgError(labels[int(np.argmin(scale))])
        standard = (values - centre) / np.where(scale > 0.0, scale, 1.0)
        correlation = standard.T @ standard / len(values)
        variances, axes = np.linalg.eigh(correlation)
        if len(labels) and variances[0] < 1e-8:
            raise np.linalg.LinAlgError(labels[int(np.argmax(np.abs(axes[:, 0])))])
        root = (axes / np.sqrt(variances)) @ axes.T / scale[:, None]
        return cls(labels=labels, centre=centre, root=root)

    def weights(self, values: Float[np.ndarray, "N Z"]) -> Float[np.ndarray, "N Q"]:
        """Return w of respondents with covariates z."""
        return np.column_stack([np.ones(len(values)), (values - self.centre) @ self.root])


@dataclass(frozen=True, eq=False, kw_only=True)
class Population:
    """S draws of the distribution of K coefficients over people, in the units of the data.

    Latent values of component c are N(means_c' w, covariance_c), w as in `Covariates`. A latent
    coefficient is the latent value, or, where `signs` is not 0, the sign times the exponential of
    it: lognormal. Coefficients are `steps` times latent coefficients (see `OrderedLevels`).

    Components have no names: in another draw the same people may be found in another one. So only
    figures of the whole mixture are told, of people with average covariates.
    """

    shares: Float[np.ndarray, "S C"]
    component_means: Float[np.ndarray, "S C Q K"]
    component_covariances: Float[np.ndarray, "S C K K"]
    signs: Float[np.ndarray, " K"]
    steps: Float[np.ndarray, "K K"]
    covariates: Covariates

    @property
    def n_components(self) -> int:
        """Return the number of normals that are mixed."""
        return int(self.shares.shape[1])

    @property
    def means(self) -> Float[np.ndarray, "S K"]:
        """Return the mean of the latent values over people."""
        return np.einsum("sc,sck->sk", self.shares, self.component_means[:, :, 0])

    @cached_property
    def covariances(self) -> Float[np.ndarray, "S K K"]:
        """Return the covariance of the latent values over people."""
        return _mixed_covariance(
            self.shares, self.component_means[:, :, 0], self.component_covariances
        )

    @property
    def sds(self) -> Float[np.ndarray, "S K"]:
        """Return the standard deviation of each latent value over people."""
        return np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))

    @property
    def slopes(self) -> Float[np.ndarray, "S Z K"]:
        """Return by how much latent means rise with each covariate, all else equal.

        The mean over components, weighted with their shares.
        """
        by_weight = np.einsum("sc,scqk->sqk", self.shares, self.component_means[:, :, 1:])
        return np.einsum("zq,sqk->szk", self.covariates.root, by_weight)

    def coefficient_means(self) -> Float[np.ndarray, "S K"]:
        """Return the mean of each coefficient over people.

        Notes
        -----
        Of a lognormal: exp(m + v / 2) with mean m and variance v of the logarithm.
        """
        means, _ = self._component_moments
        return np.einsum("sc,sck->sk", self.shares, means)

    def coefficient_covariances(self) -> Float[np.ndarray, "S K K"]:
        """Return the covariance of coefficients over people.

        Notes
        -----
        With means m and covariance V of latent values, a lognormal exp(y) with mean a and another
        exp(z) with mean b have the covariance a b (exp(V_yz) - 1), and with a normal x V_xy a
        (Stein's lemma).
        """
        return _mixed_covariance(self.shares, *self._component_moments)

    def coefficient_sds(self) -> Float[np.ndarray, "S K"]:
        """Return the standard deviation of each coefficient over people."""
        return np.sqrt(np.diagonal(self.coefficient_covariances(), axis1=1, axis2=2))

    def coefficients_of(self, latents: Float[np.ndarray, "... K"]) -> Float[np.ndarray, "... K"]:
        """Return the coefficients that belong to latent values."""
        signed = self.signs != 0.0
        values = np.array(latents, dtype=float)
        values[..., signed] = self.signs[signed] * np.exp(values[..., signed])
        return values @ self.steps.T

    @cached_property
    def _component_moments(
        self,
    ) -> tuple[Float[np.ndarray, "S C K"], Float[np.ndarray, "S C K K"]]:
        """Return mean and covariance of the coefficients of each component."""
        latent, covariances = self.component_means[:, :, 0], self.component_covariances
        variances = np.diagonal(covariances, axis1=2, axis2=3)
        signed = self.signs != 0.0
        with np.errstate(over="ignore"):
            means = np.where(signed, self.signs * np.exp(latent + 0.5 * variances), latent)
            both = signed[:, None] & signed
            spread = np.where(both, np.expm1(np.where(both, covariances, 0.0)), covariances)
        size = np.where(signed, means, 1.0)
        of_latent = spread * size[..., :, None] * size[..., None, :]
        return (
            means @ self.steps.T,
            np.einsum("ik,sckl,jl->scij", self.steps, of_latent, self.steps),
        )


def _mixed_covariance(
    shares: Float[np.ndarray, "S C"],
    means: Float[np.ndarray, "S C K"],
    covariances: Float[np.ndarray, "S C K K"],
) -> Float[np.ndarray, "S K K"]:
    """Return the covariance of a mixture: the mean of covariances, plus that of means."""
    off = means - np.einsum("sc,sck->sk", shares, means)[:, None]
    between = np.einsum("sc,sck,scl->skl", shares, off, off)
    return np.einsum("sc,sckl->skl", shares, covariances) + between
