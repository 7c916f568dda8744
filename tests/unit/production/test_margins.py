"""What a vehicle earns, costs and brings if nobody wants it."""

import numpy as np
import pytest
from hypothesis import given

from counterflow.production.margins import offer_margins, variant_margins
from strategies.lines import Build, Line, lines, part


@given(lines())
def test_a_vehicle_left_over_never_brings_more_than_it_cost(made: Line):
    margins = variant_margins(made.programme, made.definition, made.volumes)
    assert (margins.salvage >= 0.0).all()
    assert (margins.salvage <= margins.unit_cost + 1e-9).all()


def test_income_is_price_and_contract_and_salvage_follows_the_parts():
    # Parts worth 30 of which 20 and 5 come back: 25 / 30 of the unit cost of 60.
    parts = {"pack": part(20.0, 1.0), "frame": part(10.0, 0.5)}
    made = Line(
        {"car": [Build("white", 90.0, 60.0, {"pack": 1.0, "frame": 1.0})]},
        np.ones((1, 1, 1, 1)),
        parts=parts,
        contract_value=15.0,
    )
    margins = variant_margins(made.programme, made.definition, made.volumes)
    assert margins.income.tolist() == [105.0]
    assert margins.contribution.tolist() == [45.0]
    assert margins.salvage.tolist() == pytest.approx([50.0])


def test_a_vehicle_without_parts_brings_nothing():
    made = Line({"car": [Build("white", 90.0, 60.0)]}, np.ones((1, 1, 1, 1)))
    assert variant_margins(made.programme, made.definition, made.volumes).salvage.tolist() == [0.0]


def test_an_offer_earns_the_mean_over_what_its_buyers_pick():
    # Three of four buyers take white at 90, one red at 98: 92.
    draws = np.array([3.0, 1.0])[None, :, None, None]
    made = Line({"car": [Build("white", 90.0, 60.0), Build("red", 98.0, 64.0)]}, draws)
    margins = offer_margins(made.programme, made.definition, made.volumes)
    assert margins.income.tolist() == [92.0]
    assert margins.unit_cost.tolist() == [61.0]
