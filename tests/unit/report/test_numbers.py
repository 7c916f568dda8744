import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from counterflow.domain.definition import Interval
from counterflow.report.numbers import NO_BREAK, SHARE, Measure, count, exact, number

AMOUNTS = st.floats(-1e8, 1e8, allow_nan=False)


def read(text: str) -> float:
    """Return the number that a person would read."""
    return float(re.sub("[,\N{NO-BREAK SPACE}A-Za-z%]", "", text).replace("\N{MINUS SIGN}", "-"))


@given(ends=st.lists(AMOUNTS, min_size=3, max_size=3))
def test_rounding_moves_an_end_by_at_most_a_twentieth_of_the_interval(ends):
    low, middle, high = sorted(ends)
    assume(high - low > 1e-3)
    x = Interval(middle, low, middle, high)
    for end in (low, high):
        # The step is at most a tenth of the width, and rounding moves by half a step at most.
        assert abs(read(Measure("CNY").bare(end, like=x)) - end) <= 0.0501 * (high - low)


@given(ends=st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3))
def test_two_ends_that_differ_are_written_differently(ends):
    low, middle, high = sorted(ends)
    assume(high - low > 1e-6)
    x = Interval(middle, low, middle, high)
    assert SHARE.bare(low, like=x) != SHARE.bare(high, like=x)


def test_a_figure_known_exactly_keeps_three_digits():
    assert (
        Measure("CNY").centre(Interval(8137.0, 8137.0, 8137.0, 8137.0))
        == "8,140\N{NO-BREAK SPACE}CNY"
    )


def test_large_amounts_are_written_in_millions_and_billions_with_one_word_for_all_figures():
    profit = Interval(1.21e9, 0.83e9, 1.2e9, 1.62e9)
    text = Measure("CNY").interval(profit, centre=profit.mean).replace(NO_BREAK, " ")
    assert text == "1.21 billion CNY (90 % interval 0.83 to 1.62)"


def test_a_currency_that_counts_in_thousands_gets_no_second_magnitude():
    assert Measure("thousand USD").text(25_000_000.0) == "25,000,000\N{NO-BREAK SPACE}thousand USD"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_said_to_be_unknown(value):
    x = Interval(value, value, value, value)
    assert number(value, step=1.0) == "n/a"
    assert exact(value) == "n/a"
    assert count(value) == "n/a"
    assert Measure("CNY").text(value).startswith("n/a")
    assert "nan" not in Measure("CNY").interval(x)


def test_no_amount_reads_minus_zero():
    assert number(-0.2, step=1.0) == "0"


@given(value=st.decimals(-1_000_000, 1_000_000, places=4).map(float))
def test_an_amount_that_somebody_set_keeps_all_of_its_digits(value):
    assert read(exact(value)) == pytest.approx(value, abs=1e-9)
