"""Logit shares: the compiled loops keep the laws, and agree with the formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.kernels.shares import LOG_ODDS_CEILING, candidate_odds, log_sums, mean_shares
from reference import shares as reference


class Market:
    """N people, M regions, A alternatives, some of which are not sold everywhere."""

    def __init__(self, seed, n=5, m=2, a=4, k=3, dtype=float):
        random = np.random.default_rng(seed)
        self.part_worths = random.normal(size=(n, k)).astype(dtype)
        weights = random.random(n) + 0.1
        self.weights = weights / weights.sum()
        self.rows = random.normal(size=(m, a, k))
        self.offsets = np.where(random.random((m, a)) < 0.3, -np.inf, random.normal(size=(m, a)))
        self.offsets[:, -1] = 0.0

    def shares(self, **changed):
        parts = {**vars(self), **changed}
        return mean_shares(parts["part_worths"], parts["weights"], parts["rows"], parts["offsets"])


markets = st.builds(
    Market,
    st.integers(0, 10**6),
    n=st.integers(1, 7),
    m=st.integers(1, 3),
    a=st.integers(1, 6),
    k=st.integers(1, 4),
    dtype=st.sampled_from([np.float32, np.float64]),
)


@given(markets)
def test_shares_are_those_of_the_formula(market):
    expected = reference.mean_shares(
        market.part_worths.astype(float), market.weights, market.rows, market.offsets
    )
    np.testing.assert_allclose(market.shares(), expected, rtol=1e-12)


@given(markets)
def test_shares_lie_between_0_and_1_and_sum_to_1_in_each_region(market):
    shares = market.shares()
    assert (shares >= 0.0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-12)


@given(markets)
def test_what_is_not_sold_has_no_share(market):
    assert (market.shares()[np.isneginf(market.offsets)] == 0.0).all()


@given(markets, st.randoms(use_true_random=False))
def test_shares_follow_their_alternatives_into_any_order(market, shuffler):
    order = list(range(market.rows.shape[1]))
    shuffler.shuffle(order)
    turned = market.shares(rows=market.rows[:, order], offsets=market.offsets[:, order])
    np.testing.assert_allclose(turned, market.shares()[:, order], rtol=1e-12)


@given(markets)
def test_an_extra_alternative_never_raises_the_share_of_another(market):
    more = market.shares(
        rows=np.concatenate([market.rows, market.rows[:, :1]], axis=1),
        offsets=np.concatenate([market.offsets, np.zeros((len(market.rows), 1))], axis=1),
    )
    assert (more[:, :-1] <= market.shares() + 1e-15).all()


@given(markets, st.floats(-500.0, 500.0))
def test_a_constant_added_to_every_utility_changes_no_share(market, constant):
    shifted = market.shares(offsets=market.offsets + constant)
    np.testing.assert_allclose(shifted, market.shares(), rtol=1e-9, atol=1e-15)


def test_utilities_that_overflow_the_exponential_still_give_shares():
    shares = mean_shares(
        np.array([[1.0]]), np.ones(1), np.array([[[2000.0], [1999.0], [-2000.0]]]), np.zeros((1, 3))
    )
    np.testing.assert_allclose(shares, [[1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1)), 0.0]])


@given(markets)
def test_logsums_are_those_of_the_formula(market):
    found = log_sums(market.part_worths, market.rows, market.offsets)
    expected = reference.log_sums(market.part_worths.astype(float), market.rows, market.offsets)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


def test_the_logsum_of_nothing_is_minus_infinity():
    found = log_sums(np.zeros((2, 1)), np.zeros((1, 0, 1)), np.zeros((1, 0)))
    np.testing.assert_array_equal(found, np.full((1, 2), -np.inf))


@given(st.integers(0, 10**6), st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_odds_and_earnings_are_those_of_the_formula(seed, n_variants):
    random = np.random.default_rng(seed)
    starts = np.cumsum([0, *n_variants])
    part_worths, rows = random.normal(size=(4, 2)), random.normal(size=(starts[-1], 2))
    margins, log_rest = random.normal(size=starts[-1]), random.normal(size=4)
    found = candidate_odds(part_worths, rows, starts, margins, log_rest)
    odds, earnings = reference.candidate_odds(part_worths, rows, starts, margins, log_rest)
    np.testing.assert_allclose(found.odds, odds, rtol=1e-6)
    np.testing.assert_allclose(found.earnings, earnings, rtol=1e-5, atol=1e-6)


def test_identical_variants_change_neither_odds_nor_earnings():
    part_worths, log_rest = np.array([[1.0], [-2.0]]), np.array([0.3, 0.4])
    one = candidate_odds(part_worths, np.ones((1, 1)), np.array([0, 1]), np.array([7.0]), log_rest)
    five = candidate_odds(part_worths, np.ones((5, 1)), np.array([0, 5]), np.full(5, 7.0), log_rest)
    np.testing.assert_allclose(five.odds, one.odds, rtol=1e-6)
    np.testing.assert_allclose(five.earnings, one.earnings, rtol=1e-6)


def test_variety_is_worth_something_where_tastes_differ():
    # One likes red by 2, the other by -2: a choice of red and white beats white alone for both
    # together: mean of exp(2) and 1 is 4.2, mean of exp(-2) and 1 is 0.57; white alone is 1 and 1.
    tastes, log_rest = np.array([[2.0], [-2.0]]), np.zeros(2)
    both = candidate_odds(
        tastes, np.array([[0.0], [1.0]]), np.array([0, 2]), np.ones(2), log_rest
    ).odds
    np.testing.assert_allclose(both[:, 0], [(1 + np.exp(2)) / 2, (1 + np.exp(-2)) / 2], rtol=1e-6)
    # So 0.807 and 0.362 of each would take it, against a half each.
    assert (both / (1 + both)).sum() > 1.0


@pytest.mark.parametrize("utility", [61.0, 1e3, 1e6])
def test_log_odds_are_cut_where_single_precision_would_end(utility):
    found = candidate_odds(
        np.array([[utility]]), np.ones((1, 1)), np.array([0, 1]), np.array([1e6]), np.zeros(1)
    )
    assert found.odds[0, 0] == pytest.approx(np.exp(LOG_ODDS_CEILING), rel=1e-6)
    assert np.isfinite(found.earnings).all()
