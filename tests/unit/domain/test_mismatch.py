"""Mismatches name their place as TOML does, and offer the name that was meant."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.mismatch import Mismatch, dotted, nearest, not_among, one_of


@given(st.lists(st.text(max_size=8), min_size=1, max_size=4))
def test_a_dotted_key_is_one_that_toml_reads(key: list[str]) -> None:
    value = tomllib.loads(f"{dotted(tuple(key))} = 1")
    for part in key:
        value = value[part]
    assert value == 1


def test_entries_of_an_array_count_from_one() -> None:
    assert dotted(("search", "prices", 0, "when")) == "search.prices[1].when"


def test_a_mismatch_can_be_placed_in_the_table_that_holds_its_section() -> None:
    inner = Mismatch(("share",), "a share", "2", "Halve it.")
    assert str(inner.under(("market", "outside_option"))) == (
        "market.outside_option.share: expected a share, found 2. Halve it."
    )


def test_very_many_choices_are_cut_short() -> None:
    text = one_of(f"level {n}" for n in range(30))
    assert text.endswith('"level 19", or 10 more')


@pytest.mark.parametrize(
    ("name", "names", "expected"),
    [
        ("premum", ["plus", "premium"], "premium"),
        ("something", ["plus", "premium"], None),
        ("450", ["400", "500"], None),
        ("9.5", ["9.4"], None),
        ("", ["a"], None),
    ],
)
def test_only_a_near_name_is_offered_and_never_a_near_number(
    name: str, names: list[str], expected: str | None
) -> None:
    assert nearest(name, names) == expected


def test_a_name_where_there_is_none_to_choose_from() -> None:
    assert str(not_among((), "a", [])) == 'expected nothing, as there is none to name, found "a".'
