"""Market shares by rule: the compiled loops keep the laws, and agree with the formula."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from counterflow.kernels.market_shares import (
    Alternatives,
    ChoiceSets,
    LevelErrors,
    market_shares,
)
from counterflow.runners.threads import ThreadRunner
from reference import market_shares as reference

KEY = np.array([3, 4], dtype=np.uint64)


class Market:
    """S draws of N people, M regions, A alternatives that are not all sold, some sets of them."""

    def __init__(self, seed, s=2, n=5, m=2, a=4, k=3, n_sets=3, dtype=float):
        random = np.random.default_rng(seed)
        self.part_worths = random.normal(size=(s, n, k)).astype(dtype)
        weights = random.random((s, n)) + 0.1
        self.weights = weights / weights.sum(axis=1, keepdims=True)
        self.rows = random.integers(-1, 2, size=(m, a, k)).astype(float)
        draws = random.choice([1, s])
        self.offsets = np.where(
            random.random((draws, m, a)) < 0.3, -np.inf, random.normal(size=(draws, m, a))
        )
        self.offsets[:, :, -1] = 0.0
        self.tie_weights = random.random((m, a)) + 0.1
        self.members = random.random((random.choice([1, s]), n_sets, a)) < 0.6
        self.members[:, :, -1] = True
        self.set_weights = random.dirichlet(np.ones(n_sets))

    @property
    def alternatives(self):
        return Alternatives(self.rows, self.offsets, self.tie_weights)

    @property
    def sets(self):
        return ChoiceSets(self.members, self.set_weights)

    def shares(self, **how):
        return market_shares(
            self.part_worths, self.weights, self.alternatives, sets=self.sets, **how
        )


markets = st.builds(
    Market,
    st.integers(0, 10**6),
    s=st.integers(1, 3),
    n=st.integers(1, 70),
    m=st.integers(1, 3),
    a=st.integers(1, 6),
    k=st.integers(1, 4),
    n_sets=st.integers(1, 3),
    dtype=st.sampled_from([np.float32, np.float64]),
)


@given(markets, st.booleans())
def test_shares_are_those_of_the_formula(market, is_first_choice):
    expected = reference.market_shares(
        market.part_worths.astype(float),
        market.weights,
        market.rows,
        market.offsets,
        market.tie_weights,
        market.members,
        market.set_weights,
        is_first_choice=is_first_choice,
    )
    found = market.shares(is_first_choice=is_first_choice)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)


@given(markets, st.booleans())
def test_shares_lie_between_0_and_1_and_sum_to_1(market, is_first_choice):
    shares = market.shares(is_first_choice=is_first_choice)
    assert (shares >= 0.0).all()
    np.testing.assert_allclose(shares.sum(axis=2), 1.0, rtol=1e-12)


@given(markets)
def test_what_is_not_sold_has_no_share(market):
    unsold = np.broadcast_to(np.isneginf(market.offsets), market.shares().shape)
    assert (market.shares()[unsold] == 0.0).all()


@given(markets, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_alternatives_changes_no_share(market, is_first_choice, random):
    before = market.shares(is_first_choice=is_first_choice)
    order = list(range(market.rows.shape[1] - 1))
    random.shuffle(order)
    order.append(market.rows.shape[1] - 1)
    for name in ("rows", "offsets", "tie_weights", "members"):
        axis = 1 if name in ("rows", "tie_weights") else 2
        setattr(market, name, np.take(getattr(market, name), order, axis=axis))
    after = market.shares(is_first_choice=is_first_choice)
    np.testing.assert_allclose(after, before[:, :, order], atol=1e-12)


@given(st.integers(0, 10**6))
def test_first_choice_is_the_limit_of_logit_as_the_scale_grows(seed):
    market = Market(seed, k=5, n_sets=1)
    market.rows = np.random.default_rng(seed).normal(size=market.rows.shape)
    market.offsets = np.zeros_like(market.offsets)
    market.members[:] = True
    best = market.shares(is_first_choice=True)
    market.rows *= 1e9
    np.testing.assert_allclose(market.shares(), best, atol=1e-12)


def test_the_same_bits_come_back_on_any_number_of_threads():
    market = Market(1, s=3, n=40_000, a=5)
    errors = LevelErrors(np.random.default_rng(2).random((2, 5, 3)), 2, KEY)
    alone = market.shares(errors=errors)
    assert (market.shares(errors=errors, map_blocks=ThreadRunner(1).map) == alone).all()
    assert (market.shares(errors=errors, map_blocks=ThreadRunner(3).map) == alone).all()


def test_people_with_several_best_alternatives_divide_themselves_by_the_weights_of_ties():
    alternatives = Alternatives(
        np.zeros((1, 3, 1)), np.zeros((1, 1, 3)), np.array([[1.0, 1.0, 2.0]])
    )
    shares = market_shares(np.ones((1, 1, 1)), np.ones((1, 1)), alternatives, is_first_choice=True)
    assert shares.tolist() == [[[0.25, 0.25, 0.5]]]


def test_without_errors_of_levels_randomised_first_choice_is_logit():
    market = Market(5)
    no_errors = LevelErrors(np.zeros((2, 4, 3)), 7, KEY)
    np.testing.assert_allclose(market.shares(errors=no_errors), market.shares(), rtol=1e-12)


def test_randomised_first_choice_is_the_mean_of_first_choices_with_every_error_drawn():
    random = np.random.default_rng(1)
    part_worths, weights = random.normal(size=(1, 4, 2)), np.full((1, 4), 0.25)
    rows, loadings = random.normal(size=(1, 3, 2)), random.random((1, 3, 3))
    alternatives = Alternatives(rows, np.zeros((1, 1, 3)), np.ones((1, 3)))
    found = market_shares(
        part_worths, weights, alternatives, errors=LevelErrors(loadings, 20_000, KEY)
    )
    expected = reference.randomised_first_choice(
        part_worths[0], weights[0], rows[0], loadings[0], n_repeats=50_000, seed=2
    )
    # 200,000 first choices: a standard error of 0.0011 at most.
    np.testing.assert_allclose(found[0, 0], expected, atol=0.005)


def test_a_copy_takes_from_its_original_under_shared_errors_and_from_all_under_logit():
    """Two products alike and a third: with errors shared altogether, and large, the copies hold
    together what one alone would, a half; with logit they hold two thirds.
    """
    rows, person = np.zeros((1, 3, 1)), np.ones((1, 1, 1))
    alternatives = Alternatives(rows, np.zeros((1, 1, 3)), np.ones((1, 3)))
    loadings = 200.0 * np.array([[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]])
    errors = LevelErrors(loadings, 20_000, KEY)
    shared = market_shares(person, np.ones((1, 1)), alternatives, errors=errors)[0, 0]
    plain = market_shares(person, np.ones((1, 1)), alternatives)[0, 0]
    np.testing.assert_allclose(shared, [0.25, 0.25, 0.5], atol=0.01)
    np.testing.assert_allclose(plain, 1.0 / 3.0, rtol=1e-12)
