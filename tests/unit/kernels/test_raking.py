"""Raking: the compiled loop keeps the laws, and agrees with the formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.kernels.raking import design_effect, rake
from reference import raking as reference


class Sample:
    """People in two margins of which every cell has somebody, so that weights exist."""

    def __init__(self, seed, sizes=(2, 3), n=40, share_unknown=0.0):
        random = np.random.default_rng(seed)
        grid = np.stack(np.meshgrid(*map(np.arange, sizes)), axis=0).reshape(len(sizes), -1)
        more = np.stack([random.integers(size, size=n) for size in sizes])
        self.categories = np.concatenate([grid, more], axis=1)
        is_unknown = random.random(self.categories.shape) < share_unknown
        is_unknown[:, : grid.shape[1]] = False
        self.categories[is_unknown] = -1
        self.targets = np.zeros((len(sizes), max(sizes)))
        for q, size in enumerate(sizes):
            self.targets[q, :size] = random.dirichlet(np.full(size, 5.0))
        self.start = random.uniform(0.5, 2.0, self.categories.shape[1])

    def raked(self, **options):
        return rake(self.categories, self.targets, self.start, **options)


samples = st.builds(
    Sample,
    st.integers(0, 10**6),
    sizes=st.sampled_from([(2, 3), (2, 2), (3, 4, 2), (5,)]),
    n=st.integers(0, 60),
    share_unknown=st.sampled_from([0.0, 0.3]),
)


@given(samples)
def test_weights_are_those_of_the_formula(sample):
    expected = reference.rake(sample.categories, sample.targets, sample.start)
    np.testing.assert_allclose(sample.raked(tolerance=1e-13).weights, expected, rtol=1e-6)


@given(samples, st.floats(0.0, 0.6), st.floats(1.5, 3.0))
def test_bounded_weights_are_those_of_the_formula(sample, least, most):
    expected = reference.rake(
        sample.categories, sample.targets, sample.start, least=least, most=most, rounds=3
    )
    found = sample.raked(least=least, most=most, max_iterations=3, tolerance=0.0)
    np.testing.assert_allclose(found.weights, expected, rtol=1e-6)


@given(samples)
def test_every_margin_is_met_among_those_who_answered(sample):
    weights = sample.raked(tolerance=1e-10).weights
    for margin, shares in zip(sample.categories, sample.targets, strict=True):
        answered = weights[margin >= 0].sum()
        reached = [weights[margin == c].sum() / answered for c in range(len(shares))]
        np.testing.assert_allclose(reached, shares, atol=1e-9)


@given(samples)
def test_weights_have_mean_1_and_are_above_0(sample):
    weights = sample.raked().weights
    assert weights.mean() == pytest.approx(1.0)
    assert (weights > 0.0).all()


@given(samples, st.randoms(use_true_random=False))
def test_weights_follow_people_into_any_order(sample, shuffler):
    order = list(range(len(sample.start)))
    shuffler.shuffle(order)
    turned = rake(sample.categories[:, order], sample.targets, sample.start[order])
    np.testing.assert_allclose(turned.weights, sample.raked().weights[order], rtol=1e-6)


@given(samples)
def test_what_is_raked_already_stays_as_it_is(sample):
    once = sample.raked(tolerance=1e-12).weights
    twice = rake(sample.categories, sample.targets, once)
    np.testing.assert_allclose(twice.weights, once, rtol=1e-6)
    assert twice.n_iterations == 0


@given(samples)
def test_people_who_answer_alike_are_weighted_alike(sample):
    factors = sample.raked().weights / sample.start
    _, cell = np.unique(sample.categories, axis=1, return_inverse=True)
    for c in range(cell.max() + 1):
        np.testing.assert_allclose(factors[cell.ravel() == c], factors[cell.ravel() == c][0])


@given(st.lists(st.floats(1.0, 50.0), min_size=4, max_size=4), st.floats(0.2, 0.8))
def test_raking_keeps_the_odds_ratio_of_a_table(cells, share):
    # Factors of rows and columns cancel in a d / (b c): association is not what weights change.
    a, b, c, d = cells
    found = rake(
        np.array([[0, 0, 1, 1], [0, 1, 0, 1]]),
        np.array([[share, 1 - share], [0.5, 0.5]]),
        np.array(cells),
        tolerance=1e-12,
    ).weights
    ratio = found[0] * found[3] / (found[1] * found[2])
    assert ratio == pytest.approx(a * d / (b * c), rel=1e-6)


@given(samples, st.floats(0.0, 0.9), st.floats(1.1, 4.0))
def test_no_weight_passes_its_bounds(sample, least, most):
    weights = sample.raked(least=least, most=most, max_iterations=30).weights
    assert weights.min() >= least * (1.0 - 1e-6)
    assert weights.max() <= most * (1.0 + 1e-6)


def test_bounds_that_cannot_be_kept_leave_a_deviation():
    # One man in ten is to stand for half: a weight of 5, where 2 is allowed.
    categories = np.array([[0] * 9 + [1]])
    found = rake(categories, np.array([[0.5, 0.5]]), np.ones(10), most=2.0, max_iterations=100)
    assert found.n_iterations == 100
    assert found.weights[9] == pytest.approx(2.0, rel=1e-6)
    # 2 of 10 is 0.2, where 0.5 was asked for.
    assert found.deviation == pytest.approx(0.3, rel=1e-6)


def test_margins_that_contradict_an_empty_corner_leave_a_deviation():
    # Nobody is old and a woman, yet seven in ten are to be women and seven in ten old.
    categories = np.array([[0, 1, 1], [0, 0, 1]])
    found = rake(categories, np.array([[0.7, 0.3], [0.3, 0.7]]), np.ones(3), max_iterations=200)
    assert found.deviation > 0.1


@given(samples)
def test_the_design_effect_is_1_plus_the_squared_coefficient_of_variation(sample):
    weights = sample.start
    expected = 1.0 + weights.var() / weights.mean() ** 2
    assert design_effect(weights) == pytest.approx(expected)
