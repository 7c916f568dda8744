"""Populations in the units of the data: moments of normal and lognormal coefficients."""

import numpy as np
import pytest

from counterflow.choice.population import Population


@pytest.fixture
def population():
    return Population.of_scaled(
        np.array([[0.5, -1.0, 0.2]]),
        np.array([[[0.64, 0.1, 0.0], [0.1, 0.25, -0.05], [0.0, -0.05, 0.36]]]),
        signs=np.array([0.0, -1.0, 1.0]),
        scales=np.array([2.0, 5.0, 0.1]),
    )


def test_moments_are_those_of_simulated_people(population):
    random = np.random.default_rng(0)
    scaled = random.multivariate_normal(
        [0.5, -1.0, 0.2], [[0.64, 0.1, 0.0], [0.1, 0.25, -0.05], [0.0, -0.05, 0.36]], 400_000
    )
    people = np.column_stack([scaled[:, 0], -np.exp(scaled[:, 1]), np.exp(scaled[:, 2])])
    people /= [2.0, 5.0, 0.1]
    np.testing.assert_allclose(population.coefficient_means()[0], people.mean(axis=0), rtol=0.01)
    np.testing.assert_allclose(population.coefficient_sds()[0], people.std(axis=0), rtol=0.02)
    np.testing.assert_allclose(
        population.coefficient_medians()[0], np.median(people, axis=0), rtol=0.01
    )


def test_latent_values_are_those_of_coefficients_in_their_units(population):
    # The logarithm of a price coefficient per 5 units is shifted, not divided.
    np.testing.assert_allclose(population.means[0], [0.25, -1.0 - np.log(5.0), 0.2 - np.log(0.1)])
    np.testing.assert_allclose(population.sds[0], [0.4, 0.5, 0.6])
