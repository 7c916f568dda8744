"""Draws of the market: means as stated, one world a draw, a point where nothing is doubted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import lognorm, triang

from counterflow.domain.market import Market, UncertainShare
from counterflow.domain.market_draws import (
    draw_market,
    launched_buyers,
    mean_share,
    population_weights,
)

seeds = st.integers(0, 2**40)


def market(**changed):
    """Return a market of two regions and two periods."""
    raw = {
        "periods": ["Q1", "Q2"],
        "weeks_per_period": 13.0,
        "regions": {
            "north": {"label": "North", "buyers_per_period": [100.0, 50.0], "relative_sd": 0.3},
            "south": {"label": "South", "buyers_per_period": 10.0, "relative_sd": 0.0},
        },
        "awareness": {"low": 0.1, "mode": 0.2, "high": 0.6},
        "awareness_build_up": [0.5, 1.0],
        "availability": 0.8,
        "outside_option": {"kind": "estimated"},
        **changed,
    }
    return Market.model_validate(raw)


@given(seeds)
def test_the_means_of_the_draws_are_those_stated(seed):
    drawn = draw_market(market(), n_draws=400, seed=seed)
    np.testing.assert_allclose(drawn.size.mean(axis=0), 1.0, atol=5e-3)
    assert drawn.awareness.mean() == pytest.approx(0.3, abs=1e-3)
    assert drawn.size[:, 0].std() == pytest.approx(0.3, rel=0.08)


@given(seeds)
def test_what_is_known_exactly_is_drawn_exactly(seed):
    drawn = draw_market(market(), n_draws=5, seed=seed)
    np.testing.assert_array_equal(drawn.size[:, 1], 1.0)
    np.testing.assert_array_equal(drawn.availability, 0.8)


@given(seeds)
def test_each_slice_of_equal_probability_holds_one_draw(seed):
    drawn = draw_market(market(), n_draws=50, seed=seed)
    sigma = np.sqrt(np.log1p(0.09))
    levels = {
        "size": lognorm(s=sigma, scale=np.exp(-(sigma**2) / 2)).cdf(drawn.size[:, 0]),
        "awareness": triang(c=0.2, loc=0.1, scale=0.5).cdf(drawn.awareness),
    }
    for level in levels.values():
        np.testing.assert_array_equal(np.sort(np.floor(level * 50 - 1e-9)), np.arange(50))


@given(seeds)
def test_sizes_are_positive_and_shares_within_their_ends(seed):
    drawn = draw_market(market(), n_draws=30, seed=seed)
    assert (drawn.size > 0).all()
    assert ((drawn.awareness >= 0.1) & (drawn.awareness <= 0.6)).all()


def test_inputs_are_drawn_independently():
    drawn = draw_market(
        market(availability={"low": 0.1, "mode": 0.5, "high": 0.9}), n_draws=4000, seed=1
    )
    together = np.corrcoef([drawn.size[:, 0], drawn.awareness, drawn.availability])
    # Standard error of a correlation of 4,000 pairs: 0.016.
    assert np.abs(together[np.triu_indices(3, k=1)]).max() < 4 * 0.016


def test_a_region_added_leaves_the_draws_of_the_others_as_they_were():
    regions = market().model_dump()["regions"]
    more = market(regions={"west": regions["north"], **regions})
    before, after = (draw_market(m, n_draws=9, seed=3) for m in (market(), more))
    np.testing.assert_array_equal(after.size[:, 1:], before.size)


def test_buyers_reached_are_buyers_times_build_up_awareness_and_availability():
    drawn = draw_market(market(), n_draws=3, seed=5)
    # Half of the awareness in Q1: 100 x 0.5 and 50 x 1 in the north, 10 x 0.5 and 10 in the south.
    np.testing.assert_allclose(launched_buyers(market()), [[50.0, 50.0], [5.0, 10.0]])
    expected = drawn.size[2, 0] * drawn.awareness[2] * 0.8 * 50.0
    assert drawn.reached(market())[2, 0, 1] == pytest.approx(expected)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_mean_of_a_share_lies_between_its_ends(a, b, c):
    low, mode, high = sorted((a, b, c))
    mean = mean_share(UncertainShare(low=low, mode=mode, high=high))
    assert low - 1e-12 <= mean <= high + 1e-12


@given(st.lists(st.floats(0.1, 10.0), min_size=2, max_size=20), seeds, st.integers(0, 1000))
def test_the_weights_of_a_population_are_positive_and_sum_to_one(weights, seed, draw):
    found = population_weights(np.array(weights), seed=seed, draw=draw)
    assert (found > 0).all()
    assert found.sum() == pytest.approx(1.0)


def test_over_many_draws_each_respondent_counts_as_the_survey_weights_say():
    weights = np.array([1.0, 1.0, 2.0, 4.0] * 10)
    mean = np.mean([population_weights(weights, seed=1, draw=s) for s in range(4000)], axis=0)
    # The bootstrap shrinks unequal weights a little, of the order of one over their number.
    np.testing.assert_allclose(mean, weights / weights.sum(), rtol=0.08)


def test_one_respondent_stands_for_the_whole_market():
    np.testing.assert_array_equal(population_weights(np.array([7.0]), seed=1, draw=3), [1.0])
