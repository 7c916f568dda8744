"""What builds bring when they meet demand."""

import numpy as np
import pytest

from counterflow.production.build_plan import Plant
from counterflow.production.margins import Margins
from counterflow.production.outcome import outcome_of


def test_money_balances_draw_by_draw():
    # Built 10 + 10 at 20 each; sold 4, then 10 of the 12 wanted; 6 waited a period at 10 % of 20,
    # 6 are left at 15.
    margins = Margins(income=np.array([30.0]), unit_cost=np.array([20.0]), salvage=np.array([15.0]))
    plant = Plant(
        capacity=np.full(2, 10.0),
        holding_cost_share=0.1,
        lost_share=0.5,
        part_quantity=np.zeros((1, 0)),
        parts_committed=np.zeros(0),
    )
    outcome = outcome_of(
        np.array([[10.0, 10.0]]),
        np.array([[[4.0, 10.0]], [[14.0, 10.0]]]),
        margins=margins,
        plant=plant,
    )
    assert outcome.sales.tolist() == [[[4.0, 10.0]], [[10.0, 10.0]]]
    # Second draw: 4 wait, 2 give up, 12 want the 10 of the second period.
    assert outcome.unserved.tolist() == [[0.0], [4.0]]
    assert outcome.contribution.tolist() == pytest.approx(
        [14 * 30.0 + 6 * 15.0 - 6 * 2.0 - 20 * 20.0, 20 * 30.0 - 20 * 20.0]
    )
