"""MaxDiff designs are balanced: by item, by pair and by place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.domain.errors import InputError
from counterflow.survey.design.maxdiff import maxdiff_design


@pytest.mark.parametrize(("n", "size"), [(7, 3), (13, 4)])
def test_projective_planes_are_found_where_they_exist(n, size):
    """The balanced incomplete block designs (7, 3, 1) and (13, 4, 1): every pair meets once."""
    design = maxdiff_design([str(i) for i in range(n)], n_sets=n, set_size=size)
    assert (design.pair_counts()[np.triu_indices(n, k=1)] == 1).all()
    assert (np.abs(design.position_counts() - 1) <= 1).all()


@settings(max_examples=6)
@given(n=st.integers(5, 10), more=st.integers(0, 3), size=st.integers(2, 5))
def test_each_version_shows_items_equally_often_but_for_one(n, more, size):
    design = maxdiff_design(
        [f"i{k}" for k in range(n)], n_sets=n + more, set_size=size, n_versions=3
    )
    counts = design.item_counts()
    assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()
    assert design.is_connected()


def test_pairs_and_places_even_out_over_versions():
    design = maxdiff_design([f"i{k}" for k in range(15)], n_sets=9, set_size=4, n_versions=20)
    pairs = design.pair_counts()[np.triu_indices(15, k=1)]
    assert pairs.max() - pairs.min() <= 4  # mean 10.3
    places = design.position_counts()
    assert places.max() - places.min() <= 3  # mean 12


def test_everything_wrong_is_said_at_once():
    with pytest.raises(InputError) as error:
        maxdiff_design(["a", "a"], n_sets=0, set_size=4, n_versions=0)
    assert [p.key for p in error.value.problems] == [
        "items",
        "items",
        "set_size",
        "n_sets",
        "n_versions",
    ]


def test_sets_that_leave_items_apart_are_refused():
    with pytest.raises(InputError, match="compared"):
        maxdiff_design(list("abcdef"), n_sets=2, set_size=3)
