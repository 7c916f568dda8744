"""Volumes keep their labels, lose no vehicle when they are added up, and are said as intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterflow.domain.definition import Interval
from counterflow.domain.volumes import VolumeDraws, interval

vehicles = st.floats(0, 1e6)


def _parts(**changed: Any) -> dict[str, Any]:
    """Return two draws of three variants of two offers, in one region and two periods."""
    parts = {
        "draws": np.arange(12.0).reshape(2, 3, 1, 2),
        "variants": ("red", "blue", "only"),
        "offer_of_variant": ("city", "city", "tour"),
        "regions": ("north",),
        "periods": ("Q1", "Q2"),
    }
    return {**parts, **changed}


def test_an_offer_is_the_sum_of_its_variants():
    volumes = VolumeDraws(**_parts())
    assert volumes.offers == ("city", "tour")
    # The first draw counts 0 to 5: red 0 1, blue 2 3, only 4 5.
    np.testing.assert_array_equal(volumes.by_offer()[0, :, 0], [[2, 4], [4, 5]])


@given(
    hnp.arrays(float, (3, 4, 2, 2), elements=vehicles),
    st.lists(st.sampled_from("abc"), min_size=4, max_size=4),
)
def test_no_vehicle_is_lost_between_variants_and_offers(draws, offers):
    volumes = VolumeDraws(
        draws=draws,
        variants=("1", "2", "3", "4"),
        offer_of_variant=tuple(offers),
        regions=("north", "south"),
        periods=("Q1", "Q2"),
    )
    np.testing.assert_allclose(volumes.by_offer().sum(axis=1), draws.sum(axis=1), rtol=1e-12)
    assert volumes.total().mean == pytest.approx(draws.sum(axis=(1, 2, 3)).mean())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"regions": ("north", "south")}, r"draws must be S x \(3, 2, 2\)"),
        ({"variants": ("red", "blue")}, "draws must be"),
        ({"offer_of_variant": ("city", "tour")}, "offer_of_variant must name the offer of each"),
        ({"draws": np.full((2, 3, 1, 2), -1.0)}, "not negative"),
        ({"draws": np.full((2, 3, 1, 2), np.nan)}, "finite"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        VolumeDraws(**_parts(**changed))


def test_draws_cannot_be_overwritten():
    with pytest.raises(ValueError, match="read-only"):
        VolumeDraws(**_parts()).draws[0] = 0.0


@given(hnp.arrays(float, st.integers(1, 50), elements=vehicles))
def test_an_interval_lies_within_its_draws_in_order(draws):
    found = interval(draws)
    slack = 1e-9 * (1 + draws.max())
    assert draws.min() - slack <= found.low <= found.median <= found.high <= draws.max() + slack
    assert draws.min() - slack <= found.mean <= draws.max() + slack


@given(hnp.arrays(float, 20, elements=vehicles), st.randoms(), st.floats(0.1, 10.0))
def test_an_interval_scales_with_its_draws_and_ignores_their_order(draws, random, factor):
    order = list(range(20))
    random.shuffle(order)
    once, scaled = interval(draws), interval(factor * draws[order])
    expected = {name: factor * value for name, value in once.as_dict().items()}
    assert scaled.as_dict() == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_an_interval_by_hand():
    # 0 to 100 in steps of 1: the q-quantile of 101 equally likely values is 100 q.
    assert interval(np.arange(101.0)) == Interval(mean=50.0, low=5.0, median=50.0, high=95.0)
    assert interval(np.arange(101.0)).as_dict() == {
        "mean": 50.0,
        "q05": 5.0,
        "q50": 50.0,
        "q95": 95.0,
    }


def test_a_single_draw_is_certain():
    assert interval(np.array([7.0])) == Interval(7.0, 7.0, 7.0, 7.0)
