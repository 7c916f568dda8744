"""A market's sizes and shares must fit its periods, and one another."""

from __future__ import annotations

from typing import Any

import pytest

from counterflow.domain.market import Market, OutsideOption, Region, UncertainShare
from strategies.cargo_bike import cargo_bike
from strategies.mismatches import mismatches_of


def said_with(**changes: Any) -> list[str]:
    return mismatches_of(Market, {**cargo_bike()["market"], **changes})


def region(buyers_per_period: Any) -> dict[str, Any]:
    return {"label": "North", "buyers_per_period": buyers_per_period, "relative_sd": 0.1}


def test_a_list_that_does_not_fit_the_periods_is_named() -> None:
    assert said_with(periods=["Q1", "Q2", "Q1"]) == [
        'periods[3]: expected periods with distinct names, found "Q1" twice.',
        "regions.north.buyers_per_period: expected one number, or 3 numbers, one for each of the "
        "periods, found 2.",
    ]
    assert said_with(awareness_build_up=[0.5]) == [
        "awareness_build_up: expected 2 shares, one for each of the periods, found 1."
    ]


def test_a_region_where_nobody_ever_buys_is_none() -> None:
    assert mismatches_of(Region, region([0, 0])) == [
        "buyers_per_period: expected a number above 0 in some period, found only zeros."
    ]
    assert mismatches_of(Region, region([0, 5])) == []


@pytest.mark.parametrize("buyers", [0, -1, [1, -1], [], float("nan"), "5", [None], True])
def test_numbers_of_buyers_are_numbers_of_people(buyers: Any) -> None:
    with pytest.raises(ValueError, match="buyers_per_period"):
        Region.model_validate(region(buyers))


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), float("inf"), "0.5", True, 10**400])
def test_a_share_is_a_number_from_0_to_1(share: Any) -> None:
    with pytest.raises(ValueError, match="UncertainShare"):
        UncertainShare.model_validate(share)


def test_an_uncertain_share_is_in_order() -> None:
    assert UncertainShare.model_validate(0.4) == UncertainShare(low=0.4, mode=0.4, high=0.4)
    assert mismatches_of(UncertainShare, {"low": 0.5, "mode": 0.4, "high": 0.6}) == [
        "expected low <= mode <= high, found low 0.5, mode 0.4, high 0.6."
    ]


def test_only_a_calibrated_outside_option_has_a_share() -> None:
    assert mismatches_of(OutsideOption, {"kind": "calibrated"}) == [
        'share: expected a share between 0 and 1, for kind "calibrated", found nothing: the key is '
        "missing."
    ]
    assert mismatches_of(OutsideOption, {"kind": "estimated", "share": 0.5}) == [
        'share: expected no share, as kind "estimated" takes it from the survey, found 0.5.'
    ]
