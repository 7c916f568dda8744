"""Figures are kept to the digits that can be trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.rounding import significant

numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(numbers)
def test_what_is_rounded_stays_rounded(value):
    assert significant(significant(value)) == significant(value)


@given(numbers)
def test_rounding_changes_less_than_half_of_the_twelfth_digit(value):
    assert significant(value) == pytest.approx(value, rel=5.01e-12, abs=1e-300)


def test_sums_in_another_order_are_kept_as_the_same_number():
    assert 0.1 + 0.2 + 0.3 != 0.3 + 0.2 + 0.1
    assert significant(0.1 + 0.2 + 0.3) == significant(0.3 + 0.2 + 0.1)
