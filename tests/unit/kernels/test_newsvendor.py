"""What to order before the need is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterflow.kernels.newsvendor import (
    critical_ratio,
    expected_excess,
    expected_shortage,
    newsvendor_quantity,
)
from reference import newsvendor as reference

needs = hnp.arrays(float, st.integers(1, 30), elements=st.integers(0, 1000).map(float))
costs = st.integers(0, 100).map(float)


def _order(draws, underage, overage):
    ratio = critical_ratio(np.array([underage]), np.array([overage]))
    return newsvendor_quantity(draws[:, None], ratio)[0]


@given(needs, costs, costs)
def test_no_order_is_expected_to_cost_less(draws, underage, overage):
    order = _order(draws, underage, overage)
    cost = reference.expected_cost(draws, order, underage, overage)
    assert cost == pytest.approx(reference.least_expected_cost(draws, underage, overage))


@given(needs, costs, costs, costs)
def test_a_dearer_shortage_never_lowers_the_order(draws, underage, more, overage):
    assert _order(draws, underage + more, overage) >= _order(draws, underage, overage)


@given(needs, costs, costs, costs)
def test_a_dearer_excess_never_raises_the_order(draws, underage, overage, more):
    assert _order(draws, underage, overage + more) <= _order(draws, underage, overage)


@given(costs, costs)
def test_the_critical_ratio_is_a_share(underage, overage):
    ratio = critical_ratio(np.array([underage]), np.array([overage]))[0]
    assert 0.0 <= ratio <= 1.0


@given(needs, st.floats(0.0, 1.0))
def test_the_order_covers_at_least_the_ratio_of_the_draws(draws, ratio):
    order = newsvendor_quantity(draws[:, None], np.array([ratio]))[0]
    assert (draws <= order).mean() >= ratio


@given(needs, st.integers(0, 1000).map(float))
def test_what_is_ordered_and_missing_is_what_is_needed_and_left(draws, order):
    short = expected_shortage(draws[:, None], np.array([order]))[0]
    over = expected_excess(draws[:, None], np.array([order]))[0]
    assert order + short == pytest.approx(draws.mean() + over)


def test_normal_demand_gives_the_textbook_order():
    # Snyder and Shen 2019, example 4.3: newspapers, demand N(50, 8), h = 0.18, p = 0.70; the
    # order is 50 + 8 z(0.7954...) = 56.6.
    draws = np.random.default_rng(1).normal(50.0, 8.0, 200_000)
    assert _order(draws, 0.70, 0.18) == pytest.approx(56.6, abs=0.1)


def test_several_items_are_ordered_each_at_its_own_ratio():
    draws = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]])
    assert newsvendor_quantity(draws, np.array([0.5, 1.0])).tolist() == [2.0, 40.0]


def test_an_order_of_ratio_0_is_nothing():
    assert newsvendor_quantity(np.array([[5.0], [6.0]]), np.array([0.0])).tolist() == [0.0]
