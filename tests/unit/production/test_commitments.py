"""How many long-lead parts to order."""

import numpy as np
import pytest
from hypothesis import given

from counterflow.production.commitments import commitments
from counterflow.production.part_explosion import explode_parts
from strategies.lines import Build, Line, lines, part


def _commit(made: Line):
    return commitments(made.programme, made.definition, made.volumes)


def _one_part(draws, *, price=100.0, unit_cost=70.0, quantity=1.0, capacity=1e6, **of_part):
    return Line(
        {"car": [Build("white", price, unit_cost, {"pack": quantity})]},
        np.array(draws, dtype=float)[:, None, None, None],
        parts={"pack": part(**{"unit_cost": 10.0, "salvage_share": 0.0, **of_part})},
        capacity=capacity,
    )


@given(lines())
def test_ratios_are_shares_and_costs_are_not_negative(made: Line):
    for order in _commit(made):
        assert 0.0 <= order.critical_ratio <= 1.0
        assert min(order.underage_cost, order.overage_cost, order.quantity) >= 0.0


@given(lines())
def test_only_long_lead_parts_of_the_line_are_ordered(made: Line):
    needs = explode_parts(made.definition, made.volumes)
    expected = [name for name in needs.parts if made.programme.parts[name].long_lead]
    assert [order.part for order in _commit(made)] == expected


@given(lines())
def test_no_more_is_ordered_than_the_neediest_draw_can_use(made: Line):
    needs = explode_parts(made.definition, made.volumes)
    for order in _commit(made):
        most = needs.draws[:, needs.parts.index(order.part)].sum(axis=1).max()
        assert order.quantity <= most * (1.0 + 1e-12)


def test_what_nobody_wants_is_not_ordered():
    (order,) = _commit(_one_part([0, 0]))
    assert (order.quantity, order.underage_cost) == (0.0, 0.0)


def test_one_part_is_ordered_by_the_newsvendor_rule():
    # A car contributes 30, a pack left over loses 10: ratio 30 / 40, the third of four draws.
    (order,) = _commit(_one_part([100, 200, 300, 400], lead_time_weeks=12.0))
    assert order.underage_cost == 30.0
    assert order.overage_cost == 10.0
    assert order.critical_ratio == 0.75
    assert order.quantity == 300.0
    assert order.expected_shortage == 25.0
    assert order.expected_excess == 75.0
    assert order.order_by_week == -12.0


def test_a_missing_piece_costs_its_share_of_the_vehicle():
    # Three pieces a car that contributes 30: 10 a piece.
    (order,) = _commit(_one_part([100, 200], quantity=3.0))
    assert order.underage_cost == 10.0


def test_a_vehicle_that_loses_money_is_worth_no_parts():
    (order,) = _commit(_one_part([100, 200], price=60.0))
    assert (order.underage_cost, order.quantity) == (0.0, 0.0)


def test_salvage_raises_the_order():
    without, with_salvage = (
        _commit(_one_part(range(100), salvage_share=share))[0].quantity for share in (0.0, 0.9)
    )
    assert with_salvage > without


def test_parts_are_not_ordered_for_what_the_plant_cannot_build():
    (order,) = _commit(_one_part([100, 200, 300, 400], capacity=250.0))
    assert order.quantity == 250.0


def test_parts_of_one_vehicle_are_ordered_together():
    # The pack's ratio is 0.5 (30 lost against 30), so 200; the cheap lidar's own ratio of 0.97
    # would order 400 for cars that will have no pack.
    made = Line(
        {"car": [Build("white", 100.0, 70.0, {"lidar": 1.0, "pack": 1.0})]},
        np.array([100.0, 200.0, 300.0, 400.0])[:, None, None, None],
        parts={"lidar": part(1.0), "pack": part(30.0)},
    )
    assert {order.part: order.quantity for order in _commit(made)} == {
        "lidar": 200.0,
        "pack": 200.0,
    }


def test_a_part_of_other_vehicles_is_not_held_back():
    # Red cars miss packs in the dearer draw, white ones have none: seats serve both colours.
    made = Line(
        {
            "car": [
                Build("white", 100.0, 70.0, {"seat": 1.0}),
                Build("red", 100.0, 70.0, {"seat": 1.0, "pack": 1.0}),
            ]
        },
        np.array([[50.0, 10.0], [50.0, 20.0]])[:, :, None, None],
        parts={"seat": part(1.0), "pack": part(90.0)},
    )
    orders = {order.part: order.quantity for order in _commit(made)}
    assert orders == pytest.approx({"seat": 60.0, "pack": 10.0})
