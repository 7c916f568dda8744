"""Part-worths fit their labels and respondents, and cannot be changed by accident."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterflow.domain.coding import LinearTerm, UtilityCoding
from counterflow.domain.part_worths import PartWorths

CODING = UtilityCoding((LinearTerm("price"), LinearTerm("range")), has_outside=True)
some = st.floats(-100, 100)


def _parts(**changed: Any) -> dict[str, Any]:
    """Return the parts of three draws of three coefficients for ada and bo."""
    parts = {
        "draws": np.arange(18.0).reshape(3, 2, 3),
        "coding": CODING,
        "respondent_ids": ("ada", "bo"),
        "weights": np.array([1.0, 3.0]),
    }
    return {**parts, **changed}


def test_part_worths_count_their_draws_and_respondents():
    part_worths = PartWorths(**_parts())
    assert (part_worths.n_draws, part_worths.n_respondents) == (3, 2)
    assert part_worths.labels == ("price", "range", "outside")
    assert part_worths.is_individual


def test_one_set_for_all_has_one_empty_name():
    market = PartWorths(
        **_parts(draws=np.ones((3, 1, 3)), respondent_ids=("",), weights=np.ones(1))
    )
    assert not market.is_individual
    np.testing.assert_array_equal(market.mean_draws(), np.ones((3, 3)))


def test_a_mean_by_hand():
    # Weights 1 and 3: the first draw of price is (1 * 0 + 3 * 3) / 4.
    means = PartWorths(**_parts()).mean_draws()
    assert means.shape == (3, 3)
    assert means[0, 0] == pytest.approx(2.25)


@given(hnp.arrays(float, (2, 3, 3), elements=some), st.floats(1e-3, 1e3))
def test_the_mean_depends_on_relative_weights_only(draws, factor):
    weights = np.array([1.0, 2.0, 0.5])
    names = ("ada", "bo", "cy")
    one, other = (
        PartWorths(**_parts(draws=draws.copy(), respondent_ids=names, weights=w)).mean_draws()
        for w in (weights, factor * weights)
    )
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@given(hnp.arrays(float, (2, 3, 3), elements=some), st.permutations(range(3)))
def test_the_mean_does_not_depend_on_the_order_of_respondents(draws, order):
    weights, names = np.array([1.0, 2.0, 0.5]), np.array(["ada", "bo", "cy"])
    mean = PartWorths(**_parts(draws=draws.copy(), respondent_ids=tuple(names), weights=weights))
    moved = PartWorths(
        **_parts(
            draws=draws[:, order].copy(),
            respondent_ids=tuple(names[order].tolist()),
            weights=weights[order],
        )
    )
    np.testing.assert_allclose(mean.mean_draws(), moved.mean_draws(), atol=1e-9)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"draws": np.zeros((0, 2, 3))}, "not empty"),
        ({"draws": np.zeros((3, 2, 2))}, "2 coefficients, coding names 3"),
        ({"respondent_ids": ("ada",)}, "must have 2 entries"),
        ({"respondent_ids": ("ada", "ada")}, "must be distinct"),
        ({"draws": np.full((3, 2, 3), np.nan)}, "draws must be finite"),
        ({"weights": np.array([1.0, 0.0])}, "finite and above 0"),
        ({"weights": np.array([1.0, np.inf])}, "finite and above 0"),
        ({"weights": np.array([1.0, np.nan])}, "finite and above 0"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        PartWorths(**_parts(**changed))


def test_draws_and_weights_cannot_be_overwritten():
    part_worths = PartWorths(**_parts())
    for array in (part_worths.draws, part_worths.weights):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
