"""Likelihoods of panels: the compiled loops agree with the formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.kernels.random_answers import LEAST_SHARE, panel_likelihoods, shares_by_draw
from reference import random_answers as reference


@given(
    st.integers(0, 10**6), st.lists(st.integers(2, 5), min_size=1, max_size=6), st.integers(1, 70)
)
def test_shares_and_likelihoods_are_those_of_the_formula(seed, sizes, n_draws):
    random = np.random.default_rng(seed)
    starts = np.cumsum([0, *sizes])
    utilities = random.normal(size=(starts[-1], n_draws)) * 3
    shares = shares_by_draw(utilities, starts)
    np.testing.assert_allclose(
        shares, np.maximum(reference.shares_by_draw(utilities, starts), LEAST_SHARE), rtol=1e-12
    )
    rows = starts[:-1] + (random.random((9, len(sizes))) * sizes).astype(int)
    panels = np.arange(0, rows.size + 1, len(sizes))
    np.testing.assert_allclose(
        panel_likelihoods(shares, rows.ravel(), panels),
        reference.panel_likelihoods(shares, rows.ravel(), panels),
        rtol=1e-12,
    )


@given(st.integers(0, 10**6))
def test_likelihoods_of_all_ways_to_answer_sum_to_1(seed):
    random = np.random.default_rng(seed)
    starts = np.array([0, 2, 5])
    shares = shares_by_draw(random.normal(size=(5, 8)), starts)
    ways = np.array([[i, j] for i in range(2) for j in range(2, 5)])
    found = panel_likelihoods(shares, ways.ravel(), np.arange(0, 13, 2))
    assert found.sum() == pytest.approx(1.0)


def test_thirty_tasks_answered_against_all_odds_do_not_underflow():
    starts = np.arange(0, 61, 2)
    utilities = np.tile([[0.0], [1000.0]], (30, 1))
    likelihoods = panel_likelihoods(
        shares_by_draw(utilities, starts), starts[:-1], np.array([0, 30])
    )
    assert likelihoods[0] > 0.0
