from hypothesis import given
from hypothesis import strategies as st

from counterflow.report.charts.lettering import lines, text_width

LABELS = st.text(alphabet="abcdef ,:車身形式", min_size=1, max_size=80)
WIDTHS = st.floats(60.0, 300.0)


@given(label=LABELS, width=WIDTHS)
def test_broken_lines_hold_every_letter_in_order(label, width):
    broken = lines(label, width=width, font_size=12.0, at_most=1000)
    assert "".join(broken).replace(" ", "") == label.replace(" ", "")


@given(label=LABELS, width=WIDTHS)
def test_no_line_is_wider_than_its_room(label, width):
    for line in lines(label, width=width, font_size=12.0, at_most=3):
        assert text_width(line) * 12.0 <= width + 1e-9


@given(label=LABELS, width=WIDTHS)
def test_what_does_not_fit_ends_in_an_ellipsis(label, width):
    whole = lines(label, width=width, font_size=12.0, at_most=1000)
    cut = lines(label, width=width, font_size=12.0, at_most=2)
    assert len(cut) <= 2
    assert (cut[-1].endswith("…")) == (len(whole) > 2)
