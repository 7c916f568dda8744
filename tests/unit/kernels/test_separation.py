"""A direction along which the likelihood rises without end is found if there is one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from counterflow.kernels.separation import separating_direction
from strategies.choice_sets import choices


@given(st.integers(0, 10**6), st.integers(1, 4))
def test_choices_made_by_a_rule_are_separated_and_the_rule_is_found(seed, k):
    random = np.random.default_rng(seed)
    rule = random.normal(size=k)
    rows = random.normal(size=(40, k))
    losers = rows * -np.sign(rows @ rule)[:, None]
    direction = separating_direction(losers)
    assert direction is not None
    assert np.abs(direction).max() == 1.0
    assert (losers @ direction <= 1e-7).all()
    assert (losers @ direction < 0.0).any()


@given(st.integers(0, 10**6))
def test_choices_with_noise_are_not_separated(seed):
    made = choices(seed, n_persons=60, most_tasks=6)
    assert separating_direction(made.sets.differences) is None


def test_a_level_that_was_always_chosen_separates_alone():
    noise = np.random.default_rng(0).normal(size=50)
    rows = np.column_stack([np.where(noise > 0.5, -1.0, 0.0), noise])
    np.testing.assert_allclose(separating_direction(rows), [1.0, 0.0], atol=1e-7)
