"""Draws of a population as vectors of parameters, which everything that takes parameters takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from counterflow.choice.parameter_estimates import CovarianceKind, ParameterEstimates
from counterflow.choice.population import Population
from counterflow.domain.random_streams import random_stream


@dataclass(frozen=True, eq=False, kw_only=True)
class PopulationParameters(ParameterEstimates):
    """P parameters of the population by label, with the draws of their posterior.

    `values` are posterior means and the covariance is that of the posterior. `draws` come from the
    posterior itself, not from a normal distribution. Of a mixture only single draws make sense:
    components change places between draws, and a mean over draws mixes them up.
    """

    posterior: Float[np.ndarray, "S P"]

    def draws(
        self, n_draws: int, seed: int, kind: CovarianceKind | None = None
    ) -> Float[np.ndarray, "n P"]:
        """Return draws of the posterior, each as often as another."""
        n = len(self.posterior)
        random = random_stream(seed, "population parameters")
        rounds = [random.permutation(n) for _ in range(-(-n_draws // n))]
        return self.posterior[np.concatenate([np.empty(0, dtype=int), *rounds])[:n_draws]]


def parameters_of(
    population: Population, labels: tuple[str, ...], n_respondents: int
) -> PopulationParameters:
    """Return the parameters of a population: means, slopes by covariates, spreads, correlations."""
    posterior = _vectors(population)
    names = _names(population, labels)
    covariance = np.cov(posterior.T).reshape(len(names), len(names))
    return PopulationParameters(
        labels=names,
        values=posterior.mean(axis=0),
        covariances={"classical": covariance},
        free_labels=names,
        n_clusters=n_respondents,
        default="classical",
        posterior=posterior,
    )


def population_at(population: Population, parameters: Float[np.ndarray, " P"]) -> Population:
    """Return the one population that a vector of parameters says; `population` says of what kind.

    Examples
    --------
    A mean of 1 and a spread of 2:

    >>> from counterflow.choice.population import Covariates
    >>> population = Population(shares=np.ones((9, 1)), component_means=np.zeros((9, 1, 1, 1)),
    ...     component_covariances=np.ones((9, 1, 1, 1)), signs=np.zeros(1), steps=np.eye(1),
    ...     covariates=Covariates.of((), np.empty((9, 0))))
    >>> found = population_at(population, np.array([1.0, 2.0]))
    >>> found.means, found.covariances
    (array([[1.]]), array([[[4.]]]))
    """
    _, c, q, k = population.component_means.shape
    below = np.tril_indices(k, -1)
    per = q * k + k + len(below[0])
    by_component = np.asarray(parameters, dtype=float)[: c * per].reshape(c, per)
    means = by_component[:, : q * k].reshape(c, q, k).copy()
    # Slopes are stated by covariate; within, they go by uncorrelated combinations of covariates.
    means[:, 1:] = np.einsum("qz,czk->cqk", np.linalg.inv(population.covariates.root), means[:, 1:])
    sds = by_component[:, q * k : q * k + k]
    correlations = np.tile(np.eye(k), (c, 1, 1))
    correlations[:, below[0], below[1]] = by_component[:, q * k + k :]
    correlations[:, below[1], below[0]] = by_component[:, q * k + k :]
    shares = np.ones(1) if c == 1 else np.asarray(parameters, dtype=float)[c * per :]
    return replace(
        population,
        shares=shares[None],
        component_means=means[None],
        component_covariances=(correlations * sds[:, :, None] * sds[:, None, :])[None],
    )


def _vectors(population: Population) -> Float[np.ndarray, "S P"]:
    s, c, _, k = population.component_means.shape
    means = population.component_means.copy()
    means[:, :, 1:] = np.einsum("zq,scqk->sczk", population.covariates.root, means[:, :, 1:])
    covariances = population.component_covariances
    sds = np.sqrt(np.diagonal(covariances, axis1=2, axis2=3))
    correlations = covariances / (sds[..., :, None] * sds[..., None, :])
    below = np.tril_indices(k, -1)
    parts = [means.reshape(s, c, -1), sds, correlations[:, :, below[0], below[1]]]
    vectors = np.concatenate(parts, axis=2).reshape(s, -1)
    return vectors if c == 1 else np.hstack([vectors, population.shares])


def _names(population: Population, labels: tuple[str, ...]) -> tuple[str, ...]:
    names = [f"mean({label})" for label in labels]
    names += [f"{label} by {name}" for name in population.covariates.labels for label in labels]
    names += [f"sd({label})" for label in labels]
    names += [f"correlation({a}, {b})" for i, a in enumerate(labels) for b in labels[:i]]
    c = population.n_components
    if c == 1:
        return tuple(names)
    shares = [f"share of component {i + 1}" for i in range(c)]
    return (*(f"component {i + 1}: {name}" for i in range(c) for name in names), *shares)
