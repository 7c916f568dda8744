"""Nodes are standard normal, differ between groups, and integrate what they promise."""

import numpy as np
import pytest
from scipy.stats import norm

from counterflow.kernels.nodes import (
    gauss_hermite_nodes,
    halton_nodes,
    mlhs_nodes,
    random_nodes,
    sobol_nodes,
)

DRAWN = [sobol_nodes, halton_nodes, mlhs_nodes, random_nodes]


def flat(nodes, group):
    values = nodes.values[group].transpose(0, 2, 1).reshape(-1, nodes.n_random)
    return values[nodes.weights.ravel() > 0]


@pytest.mark.parametrize("made", DRAWN)
def test_nodes_have_the_moments_of_standard_normals(made):
    nodes = made(1000, 4, n_groups=5, seed=3)
    assert nodes.n_draws == 1000
    assert nodes.weights.sum() == pytest.approx(1.0)
    values = np.concatenate([flat(nodes, group) for group in range(5)])
    np.testing.assert_allclose(values.mean(axis=0), 0.0, atol=0.06)
    np.testing.assert_allclose(np.cov(values.T), np.eye(4), atol=0.08)


@pytest.mark.parametrize("made", DRAWN)
def test_the_seed_decides_and_groups_differ(made):
    first, again, other = (made(64, 2, n_groups=3, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.values, again.values)
    assert (first.values != other.values).all()
    assert (first.values[0] != first.values[1]).all()


@pytest.mark.parametrize("made", [sobol_nodes, halton_nodes, mlhs_nodes])
def test_evenly_spread_nodes_integrate_better_than_random_ones(made):
    def error(nodes):
        # E[exp(z1 / 2)] E[exp(z2 / 2)] = exp(1 / 4)
        values = np.array([np.exp(flat(nodes, g).sum(axis=1) / 2).mean() for g in range(40)])
        return np.sqrt(np.mean((values - np.exp(0.25)) ** 2))

    random = error(random_nodes(256, 2, n_groups=40, seed=1))
    assert error(made(256, 2, n_groups=40, seed=1)) < 0.5 * random


def test_draws_that_fill_no_block_are_filled_up_with_weightless_nodes():
    nodes = sobol_nodes(100, 2, n_groups=1, seed=1)
    assert nodes.values.shape == (1, 2, 2, 56)
    assert np.count_nonzero(nodes.weights) == 100


def test_the_product_rule_is_exact_for_polynomials():
    nodes = gauss_hermite_nodes(4, 3)
    x, y, z = flat(nodes, 0).T
    weights = nodes.weights[nodes.weights > 0]
    # E[x^6] = 15, E[y^4] = 3, E[z^2] = 1
    assert np.sum(weights * x**6 * y**4 * z**2) == pytest.approx(45.0)
    # A logistic curve, against the trapezoid rule.
    grid = np.linspace(-9.0, 9.0, 4001)
    exact = np.trapezoid(norm.pdf(grid) / (1.0 + np.exp(-1.0 - grid)), grid)
    nodes = gauss_hermite_nodes(30, 1)
    values = 1.0 / (1.0 + np.exp(-1.0 - flat(nodes, 0)[:, 0]))
    assert nodes.weights[nodes.weights > 0] @ values == pytest.approx(exact, rel=1e-9)


def test_a_product_rule_in_many_dimensions_is_refused():
    with pytest.raises(ValueError, match="1 to 3 random coefficients, got 4"):
        gauss_hermite_nodes(3, 4)
