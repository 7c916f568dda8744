"""The front of lines of a whole programme."""

import itertools

import pytest

from counterflow.definition.define import define_line
from counterflow.definition.front import line_front
from strategies.bikes import small_bike
from strategies.simulated_part_worths import simulated_part_worths

BIKES = small_bike(n_offers=2)
PART_WORTHS = simulated_part_worths(BIKES)


@pytest.mark.parametrize("second", ["share", "welfare", "revenue"])
def test_more_of_one_quantity_costs_some_of_the_other(second):
    front = line_front(BIKES, PART_WORTHS, ("profit", second), n_weights=5)
    assert len(front.lines) > 1
    for low, high in itertools.pairwise(front.lines):
        assert low.first < high.first
        assert low.second > high.second
    assert front.as_dict()["quantities"] == ["profit", second]


def test_the_ends_are_the_best_of_either_quantity():
    front = line_front(BIKES, PART_WORTHS, ("profit", "share"), n_weights=5)
    by_profit = define_line(BIKES, PART_WORTHS)
    by_share = define_line(small_bike(n_offers=2, objective="share"), PART_WORTHS)
    assert front.lines[-1].first == pytest.approx(by_profit.search_value, rel=1e-6)
    assert front.lines[0].second == pytest.approx(by_share.search_value, rel=1e-6)
    assert all(line.gap is None or line.gap < 1e-3 for line in front.lines)


def test_one_quantity_has_no_front():
    with pytest.raises(ValueError, match="two different"):
        line_front(BIKES, PART_WORTHS, ("share", "share"))
