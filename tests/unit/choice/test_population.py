"""Populations in the units of the data: moments of normal and lognormal coefficients."""

import numpy as np
import pytest

from counterflow.choice.population import Covariates, Population

SCALES = np.array([2.0, 5.0, 0.1])
"""Units of the coefficients, of which the second is lognormal below zero and the third above."""
FACTORS = np.array([0.5, 1.0, 1.0])
"""What scaled latent values are multiplied by; logarithms are shifted instead."""


@pytest.fixture
def population():
    covariance = np.array([[0.64, 0.1, 0.0], [0.1, 0.25, -0.05], [0.0, -0.05, 0.36]])
    means = np.array([0.25, -1.0 - np.log(5.0), 0.2 - np.log(0.1)])
    return Population(
        shares=np.ones((1, 1)),
        component_means=means[None, None, None],
        component_covariances=(covariance * np.outer(FACTORS, FACTORS))[None, None],
        signs=np.array([0.0, -1.0, 1.0]),
        steps=np.eye(3),
        covariates=Covariates.of((), np.zeros((1, 0))),
    )


def test_moments_are_those_of_simulated_people(population):
    random = np.random.default_rng(0)
    scaled = random.multivariate_normal(
        [0.5, -1.0, 0.2], [[0.64, 0.1, 0.0], [0.1, 0.25, -0.05], [0.0, -0.05, 0.36]], 400_000
    )
    people = np.column_stack([scaled[:, 0], -np.exp(scaled[:, 1]), np.exp(scaled[:, 2])])
    people /= SCALES
    np.testing.assert_allclose(population.coefficient_means()[0], people.mean(axis=0), rtol=0.01)
    np.testing.assert_allclose(population.coefficient_sds()[0], people.std(axis=0), rtol=0.02)


def test_latent_values_are_those_of_coefficients_in_their_units(population):
    # The logarithm of a price coefficient per 5 units is shifted, not divided.
    np.testing.assert_allclose(population.means[0], [0.25, -1.0 - np.log(5.0), 0.2 - np.log(0.1)])
    np.testing.assert_allclose(population.sds[0], [0.4, 0.5, 0.6])
