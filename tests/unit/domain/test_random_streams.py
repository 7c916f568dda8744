"""Random streams: the same numbers for the same seed, purpose and unit, others for others."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.random_streams import random_stream

seeds = st.integers(0, 2**63 - 1)


@given(seeds, st.text(max_size=20), st.integers(0, 2**63))
def test_a_stream_is_the_same_wherever_it_is_drawn(seed, purpose, unit):
    first, again = (random_stream(seed, purpose, unit).random(5) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_seeds_purposes_and_units_have_streams_of_their_own():
    keys = itertools.product((0, 1, 2**62), ("buyers", "respondents"), (0, 1, 7))
    numbers = [random_stream(*key).random() for key in keys]
    assert len(set(numbers)) == len(numbers)


def test_streams_of_neighbouring_units_are_not_correlated():
    draws = np.array([random_stream(1, "respondents", unit).random(2000) for unit in range(20)])
    correlations = np.corrcoef(draws)[np.triu_indices(20, k=1)]
    # 190 sample correlations of 2,000 pairs each: standard error 0.022, none beyond five of it.
    assert np.abs(correlations).max() < 5 * 0.022
