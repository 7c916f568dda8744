"""Settings that could not be followed are refused when they are made."""

from __future__ import annotations

import pytest

from counterflow.domain.settings import HierarchicalEstimation, PriceRange
from strategies.cargo_bike import cargo_bike
from strategies.mismatches import mismatches_of


def test_no_more_draws_are_handed_on_than_the_chains_make() -> None:
    settings = {**cargo_bike()["estimation"], "n_chains": 2, "n_sweeps": 100}
    assert mismatches_of(HierarchicalEstimation, {**settings, "n_draws": 200}) == []
    assert mismatches_of(HierarchicalEstimation, {**settings, "n_draws": 201}) == [
        "n_draws: expected at most 200, the sweeps of all chains, found 201."
    ]


def test_a_price_range_holds_a_price_and_not_too_many() -> None:
    assert mismatches_of(PriceRange, {"least": 10, "most": 9, "step": 1}) == [
        "expected least <= most, found least 10, most 9."
    ]
    assert mismatches_of(PriceRange, {"least": 1, "most": 1001, "step": 1}) == []
    assert mismatches_of(PriceRange, {"least": 1, "most": 1002, "step": 1}) == [
        "step: expected at most 1,000 steps from least to most, found 1,001. Widen the step."
    ]
    assert mismatches_of(PriceRange, {"least": 1, "most": 2, "step": 1e-320}) == [
        "step: expected at most 1,000 steps from least to most, found inf. Widen the step."
    ]


@pytest.mark.parametrize(("least", "most", "step"), [(5, 5, 1), (0.1, 0.3, 0.1), (10, 19.9, 0.3)])
def test_prices_go_from_least_to_most_and_never_beyond(
    least: float, most: float, step: float
) -> None:
    prices = PriceRange(least=least, most=most, step=step).prices
    assert prices[0] == pytest.approx(least)
    assert most - step < prices[-1] <= most + 1e-9
