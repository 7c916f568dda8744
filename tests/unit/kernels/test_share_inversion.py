"""Share inversion: offsets that reproduce known shares, or a status that says they do not."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.kernels.share_inversion import TOLERANCE, share_offsets


def logit_of(utilities):
    """Return the shares of all but the last of people with these utilities, S x M x people x A."""

    def shares(offsets):
        moved = utilities[None, None] + np.pad(offsets, [(0, 0)] * 2 + [(0, 1)])[:, :, None]
        odds = np.exp(moved - moved.max(axis=3, keepdims=True))
        return (odds / odds.sum(axis=3, keepdims=True)).mean(axis=2)[:, :, :-1]

    return shares


@given(st.integers(0, 10**6), st.integers(1, 6))
@settings(max_examples=40)
def test_the_offsets_that_made_the_shares_are_found_again(seed, n_free):
    random = np.random.default_rng(seed)
    shares = logit_of(2.0 * random.normal(size=(30, n_free + 1)))
    made = random.normal(size=(2, 3, n_free))
    found = share_offsets(shares, shares(made))
    assert found.is_converged
    assert found.worst_error <= TOLERANCE
    np.testing.assert_allclose(found.offsets, made, atol=1e-8)


def test_plain_logit_is_inverted_by_log_odds_against_what_is_left():
    targets = np.array([[[0.2, 0.5]]])
    found = share_offsets(logit_of(np.zeros((1, 3))), targets)
    np.testing.assert_allclose(found.offsets, np.log(targets / 0.3), atol=1e-11)


def test_nearly_the_whole_market_is_reached_in_few_evaluations():
    """The plain contraction would take about 1 / 0.001 steps for each factor of e."""
    found = share_offsets(logit_of(np.zeros((1, 3))), np.array([[[0.6, 0.399]]]))
    assert found.is_converged
    assert found.n_evaluations < 100


def test_a_target_of_zero_stays_without_an_offset():
    found = share_offsets(logit_of(np.zeros((1, 3))), np.array([[[0.0, 0.5]]]))
    assert found.is_converged
    assert found.offsets[0, 0, 0] == 0.0


def test_targets_out_of_reach_end_with_the_distance_that_is_left():
    found = share_offsets(
        lambda offsets: np.minimum(0.3, 1.0 / (1.0 + np.exp(-offsets))),
        np.array([[[0.4]]]),
        most_evaluations=50,
    )
    assert not found.is_converged
    np.testing.assert_allclose(found.worst_error, 0.1)
    assert found.n_evaluations <= 52
