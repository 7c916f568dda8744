import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.report.charts.frame import Frame


def frame(periods: list[str], *, top: float = 1.0, width: float = 330.0) -> Frame:
    return Frame(width=width, height=200.0, periods=periods, top=top, unit="vehicles")


@given(top=st.floats(1e-3, 1e9))
def test_the_upward_axis_ends_at_or_above_the_highest_value_but_not_far_above(top):
    end = frame(["a"], top=top).y("low").to_dict()["scale"]["domain"][1]
    assert top <= end * (1 + 1e-9)
    assert end <= 2.0 * top


@pytest.mark.parametrize("n", [1, 2, 12, 60])
def test_periods_are_named_as_far_as_there_is_room(n):
    periods = [f"2026-{i:03}" for i in range(n)]
    named = frame(periods).x.to_dict()["axis"]["values"]
    assert named[0] == periods[0]
    assert len(named) * 7 * 0.5 * 12 < 330.0
