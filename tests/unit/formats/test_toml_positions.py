"""Every way in which TOML can name a key leads to the line where it stands."""

from __future__ import annotations

import tomllib
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.formats.toml_positions import positions_in
from strategies.toml_writer import Key, write_toml

DOCUMENT = """\
plain = 1
dotted.key."quoted one" = 2
list = [
  10, # ten

  { inline = 1, dotted.inline = [3,
    4] },
]

[table]
text = '''
[not.a.table]
'''
[ table . "with.point" ]
'quoted \\ two' = 3
[[entries]]
a = 1
[entries.inner]
b = 2
[[entries]]
[entries.inner]
b = 3
[[entries.inner.deep]]
c = 4
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("plain",), 1),
        (("dotted", "key", "quoted one"), 2),
        (("dotted", "key"), 2),
        (("list",), 3),
        (("list", 0), 4),
        (("list", 1), 6),
        (("list", 1, "dotted", "inline", 1), 7),
        (("table",), 10),
        (("table", "text"), 11),
        (("table", "with.point"), 14),
        (("table", "with.point", "quoted \\ two"), 15),
        (("entries",), 16),
        (("entries", 0), 16),
        (("entries", 0, "inner", "b"), 19),
        (("entries", 1), 20),
        (("entries", 1, "inner"), 21),
        (("entries", 1, "inner", "b"), 22),
        (("entries", 1, "inner", "deep", 0, "c"), 24),
    ],
)
def test_a_key_stands_on_its_line(key: Key, line: int) -> None:
    assert positions_in(DOCUMENT).line_of(key) == line


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("missing",), 1),
        (("table", "missing", "further"), 10),
        (("list", 7), 3),
        (("entries", 1, "missing"), 20),
        ((), 1),
    ],
)
def test_a_missing_key_gets_the_line_of_the_table_that_should_have_it(key: Key, line: int) -> None:
    assert positions_in(DOCUMENT).line_of(key) == line


def test_the_document_of_this_page_is_whole() -> None:
    tomllib.loads(DOCUMENT)
    positions = positions_in(DOCUMENT)
    assert positions.broken_line is None
    assert positions.repeated == []


plain_values = st.integers(-5, 5) | st.booleans() | st.text(max_size=5)
values = st.recursive(
    plain_values,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(document=st.dictionaries(st.text(max_size=5), values, max_size=4), seed=st.integers(0, 99))
def test_however_a_document_is_written_each_key_is_found_where_it_was_written(
    document: dict[str, Any], seed: int
) -> None:
    text, lines = write_toml(document, random=Random(seed))
    assert tomllib.loads(text) == document
    positions = positions_in(text)
    assert {key: positions.line_of(key) for key in lines} == lines


@given(st.text("[]{}='\"\n.,a1#\\ ", max_size=60))
def test_text_that_is_hardly_toml_is_read_as_far_as_it_goes(text: str) -> None:
    positions = positions_in(text)
    assert all(1 <= line <= text.count("\n") + 1 for line in positions.lines.values())


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x." * 5000 + "y = 1", "{" * 5000])
def test_nesting_without_end_does_no_harm(text: str) -> None:
    assert len(positions_in(text).lines) <= 101
