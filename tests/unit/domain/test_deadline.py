"""Deadlines: parts of the time that is left."""

import math

from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.deadline import Deadline


def test_without_a_limit_there_is_always_time_left():
    never = Deadline.after(None)
    assert never.go_on()
    assert never.part(0.01).seconds_left == math.inf


@given(st.floats(0.0, 1.0), st.floats(1.0, 1e6))
def test_a_part_of_the_time_left_ends_no_later_than_the_whole(share, seconds):
    whole = Deadline.after(seconds)
    part = whole.part(share)
    assert part.at_s <= whole.at_s + 1e-6
    assert part.seconds_left <= share * seconds + 1e-6


def test_a_part_of_no_time_is_over():
    assert Deadline.after(0.0).part(1.0).is_over
