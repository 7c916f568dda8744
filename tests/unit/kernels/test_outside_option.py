"""The outside option gets the share that it is known to have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import expit

from counterflow.kernels.outside_option import calibrated_constants, with_outside_share
from counterflow.kernels.shares import mean_shares
from reference import outside_option as reference

people = hnp.arrays(
    float, st.tuples(st.integers(1, 3), st.integers(1, 8)), elements=st.floats(-60, 60)
)
shares = st.floats(0.001, 0.999)


@given(people, shares)
def test_the_share_is_reproduced(relative, share):
    weights = np.full(relative.shape[1], 1.0 / relative.shape[1])
    constants = calibrated_constants(relative, weights, share=share)
    reached = expit(constants[:, None] + relative) @ weights
    np.testing.assert_allclose(reached, share, atol=1e-12)


@given(people, shares)
def test_the_constant_is_that_of_another_root_finder(relative, share):
    # Where nobody is near indifference the share is flat in the constant, and roots differ.
    relative = relative / 20.0
    weights = np.full(relative.shape[1], 1.0 / relative.shape[1])
    np.testing.assert_allclose(
        calibrated_constants(relative, weights, share=share),
        reference.calibrated_constants(relative, weights, share=share),
        atol=1e-8,
    )


@given(people, st.floats(-50, 50))
def test_what_is_added_to_everybody_is_taken_off_the_constant(relative, common):
    weights = np.full(relative.shape[1], 1.0 / relative.shape[1])
    before = calibrated_constants(relative / 20.0, weights, share=0.3)
    after = calibrated_constants(relative / 20.0 + common, weights, share=0.3)
    np.testing.assert_allclose(after, before - common, atol=1e-8)


@pytest.mark.parametrize("n_ours", [0, 2])
def test_our_line_does_not_count_when_the_outside_option_is_calibrated(n_ours):
    random = np.random.default_rng(3)
    part_worths, weights = random.normal(size=(50, 2)), np.full(50, 0.02)
    rows, offsets = random.normal(size=(2, 5, 2)), np.zeros((2, 5))
    calibrated = with_outside_share(part_worths, weights, rows, offsets, n_ours=n_ours, share=0.7)
    np.testing.assert_array_equal(calibrated[:, :-1], offsets[:, :-1])
    without = mean_shares(part_worths, weights, rows[:, n_ours:], calibrated[:, n_ours:])
    np.testing.assert_allclose(without[:, -1], 0.7, atol=1e-12)
