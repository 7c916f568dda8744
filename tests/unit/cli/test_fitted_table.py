from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from counterflow.cli.fitted_table import fitted_tables

NAMES = ("plus-highway-500-rent_free", "plus-highway-600-bought", "hatch_a")
COLUMNS = ("", *NAMES, "outside", "incremental share")
ROWS = [(name, *["34.9 % (32.2 to 37.6)"] * 5) for name in NAMES]


def _lines(tables, width):
    out = StringIO()
    for table in tables:
        Console(file=out, width=width).print(table)
    return out.getvalue().splitlines()


def _printed(width, columns=COLUMNS, rows=ROWS, n_texts=1):
    return _lines(fitted_tables(columns, rows, n_texts=n_texts, width=width), width)


def test_what_fits_is_one_table_with_intervals_beside_their_figures():
    tables = list(fitted_tables(COLUMNS, ROWS, n_texts=1, width=200))
    assert len(tables) == 1
    assert sum("34.9 % (32.2 to 37.6)" in line for line in _lines(tables, 200)) == 3


def test_what_does_not_fit_shows_intervals_below_and_goes_on_in_a_next_table():
    tables = list(fitted_tables(COLUMNS, ROWS, n_texts=1, width=80))
    lines = _lines(tables, 80)
    assert len(tables) > 1
    assert any("34.9 %" in line and "(" not in line for line in lines)
    assert sum(line.count("(32.2 to 37.6)") for line in lines) == 3 * 5


@given(width=st.integers(45, 200))
def test_no_line_is_wider_than_the_terminal_and_no_figure_is_broken(width):
    lines = _printed(width)
    assert max(map(len, lines)) <= width
    assert sum(line.count("34.9 %") for line in lines) == 15
    assert sum(line.count("(32.2 to 37.6)") for line in lines) == 15


def test_text_breaks_behind_hyphens_and_semicolons_and_never_within_a_number():
    levels = "trim=plus;driving_aid=highway;range=500;battery=rent_free, at 107,900"
    lines = _printed(64, ("offer", "levels", "price"), [(NAMES[0], levels, "107,900")], n_texts=2)
    text = " ".join(line.split("│")[2].strip() for line in lines if line.startswith("│"))
    assert text.replace(" ", "") == levels.replace(" ", "")
    assert "107,900" in text
    assert "driving_aid=highway;" in text


@pytest.mark.parametrize("rows", [[], [("a", "", "")]])
def test_a_table_without_figures_is_printed_all_the_same(rows):
    assert any("price" in line for line in _printed(80, ("offer", "price", "share"), rows))


def test_a_bracket_of_a_name_stays_beside_it():
    rows = [("inverter (piece)", *["34.9 % (32.2 to 37.6)"] * 5)]
    assert any("inverter (piece)" in line for line in _printed(80, COLUMNS, rows))


def test_every_word_of_a_narrow_table_is_there():
    lines = _printed(20, ("offer", "price"), [("a-name-that-is-long", "1,000,000")])
    assert any("1,000,000" in line for line in lines)
