import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.report.charts.placement import BAR, GAP, Bar, Row, place_rows
from counterflow.report.charts.rows import draw_rows
from counterflow.report.charts.theme import NARROW, NUMBER, WIDE

BLUE = Bar(low=0.0, median=50.0, high=100.0, colour="#0072B2")
LABELS = st.text(alphabet="abc 車身", min_size=1, max_size=60).filter(str.strip)
FACTS = st.tuples(LABELS, LABELS, st.integers(1, 3), st.sampled_from(["", "Trim", "Range"]))
ROWS = st.lists(FACTS, min_size=1, max_size=6)


def rows_of(facts) -> list[Row]:
    return [
        Row(label=label, note=note, bars=(BLUE,) * n, value="1", span="0 to 2", group=group)
        for label, note, n, group in facts
    ]


@given(facts=ROWS, layout=st.sampled_from([WIDE, NARROW]))
def test_no_row_reaches_into_the_next_one(facts, layout):
    bottom = 0.0
    for placed in place_rows(rows_of(facts), layout):
        ys = [text.y for text in placed.texts if text.style != "heading"]
        last_bar = placed.bars_at + (len(placed.row.bars) - 1) * (BAR + GAP)
        assert placed.top >= bottom
        bottom = placed.top + placed.height
        assert all(placed.top < y < bottom for y in (*ys, placed.bars_at, last_bar))


def test_a_bar_ends_and_its_tick_stand_where_the_axis_says():
    drawing = str(
        draw_rows([Row(label="a", bars=(BLUE,))], title="t", axis="x", labels=NUMBER).wide
    )
    # The axis runs from 0 at the left of the plot to 100 at its right end.
    bar = re.search(r'role-mark layer_1_marks"[^>]*><path d="([^"]+)" fill="#80b8d8"', drawing)
    tick = re.search(r'<path d="M([\d.]+),[\d.]+h3v18h-3Z" fill="#0072B2"', drawing)
    assert bar is not None
    assert tick is not None
    xs = [float(x) for x in re.findall(r"[ML]([\d.]+),", bar[1])]
    assert min(xs) == pytest.approx(0.0)
    assert max(xs) == pytest.approx(WIDE.plot)
    assert float(tick[1]) + 1.5 == pytest.approx(WIDE.plot / 2.0)


def test_a_drawing_is_read_out_with_the_figures_of_every_row():
    rows = [
        Row(
            label="Plus", note="rather than Comfort", bars=(BLUE,), value="50 CNY", span="0 to 100"
        ),
        Row(label="<b>", bars=(BLUE,), value="50 CNY"),
    ]
    drawing = str(draw_rows(rows, title="Worth", axis="CNY", labels=NUMBER).narrow)
    label = 'aria-label="Worth. Plus rather than Comfort: 50 CNY, 0 to 100; &lt;b&gt;: 50 CNY."'
    assert label in drawing
    assert 'role="img"' in drawing


def test_bars_that_are_all_at_nothing_still_get_an_axis():
    flat = Bar(low=0.0, median=0.0, high=0.0, colour="#0072B2")
    drawing = str(
        draw_rows([Row(label="a", bars=(flat,))], title="t", axis="x", labels=NUMBER).wide
    )
    assert "NaN" not in drawing


@settings(max_examples=5)
@given(facts=ROWS)
def test_the_same_rows_are_drawn_with_the_same_bytes(facts):
    rows = rows_of(facts)
    first, second = (draw_rows(rows, title="t", axis="x", labels=NUMBER) for _ in range(2))
    assert first == second
