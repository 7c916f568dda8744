"""What a supplier's package is worth: to buyers, to the maker, to the partner."""

import json
import math

import numpy as np
import pytest

from counterflow.definition.comparison.outcome import line_outcome
from counterflow.definition.package_buyers import (
    has_package,
    price_difference_at_equal_share,
    without,
    without_package,
    worth_over_people,
)
from counterflow.definition.package_worth import Stake, package_worth
from counterflow.domain.configuration import Configuration
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from strategies.bikes import small_bike
from strategies.cargo_bike import cargo_bike
from strategies.definitions import offer_like
from strategies.simulated_part_worths import simulated_part_worths

PACKAGE = {
    "label": "Motor and its battery",
    "when": {"motor": "mid"},
    "fee_per_vehicle": 300.0,
    "fixed_fee": 20_000.0,
    "partner_unit_cost": 200.0,
}


def _bikes(**package: object) -> Programme:
    """Return the small bike whose mid motor comes from a supplier; None takes a key away."""
    supplied = {key: x for key, x in {**PACKAGE, **package}.items() if x is not None}
    costs = {**cargo_bike()["costs"], "packages": {"drive": supplied}}
    return Programme.model_validate({**small_bike().model_dump(mode="json"), "costs": costs})


BIKES = _bikes()
DRIVE = BIKES.costs.packages["drive"]
PART_WORTHS = simulated_part_worths(BIKES)


def _with(bikes: Programme = BIKES):
    return [
        offer_like("mid", 4000.0, bikes, motor="mid"),
        offer_like("hub", 2500.0, bikes, motor="hub", load="80"),
    ]


WITHOUT = [offer_like("hub", 2500.0, BIKES), offer_like("none", 2000.0, BIKES, motor="none")]


def _worth(bikes: Programme = BIKES, stake: Stake | None = None):
    return package_worth(
        bikes, PART_WORTHS, "drive", line_with=_with(bikes), line_without=WITHOUT, stake=stake
    )


def _alike(**coefficients: float) -> PartWorths:
    """Return one draw of one set of part-worths for all; 0 where none is named."""
    draws = np.array([[[coefficients.get(label, 0.0) for label in PART_WORTHS.labels]]])
    return PartWorths(
        draws=draws, coding=PART_WORTHS.coding, respondent_ids=("",), weights=np.ones(1)
    )


def test_to_people_who_are_alike_it_is_worth_utility_over_price_however_it_is_asked():
    people = _alike(**{"motor[mid]": 1.6, "price": -0.002})
    fee = np.array([700.0])
    asked = worth_over_people(BIKES, people, DRIVE, _with()[0], fee=fee)
    # 1.6 / 0.002
    assert asked.median.item() == pytest.approx(800.0)
    assert asked.above_fee.item() == 1.0
    assert (
        worth_over_people(BIKES, people, DRIVE, _with()[0], fee=np.array([900.0])).above_fee.item()
        == 0.0
    )
    # The subsidy of 300 in the north needs a motor: it is lost there with the package.
    nowhere = BIKES.market.model_copy(update={"subsidies": {}})
    bikes = BIKES.model_copy(update={"market": nowhere})
    found = price_difference_at_equal_share(bikes, people, DRIVE, _with())
    assert found.difference.item() == pytest.approx(800.0, abs=0.01)
    assert not found.is_beyond.any()


def test_at_the_price_difference_as_many_are_sold_without_the_package():
    found = price_difference_at_equal_share(BIKES, PART_WORTHS, DRIVE, _with())
    has = line_outcome(BIKES, _with(), PART_WORTHS)
    for draw, difference in enumerate(found.difference.tolist()):
        plain = without(BIKES, DRIVE, _with(), cheaper_by=difference)
        lacks = line_outcome(BIKES, plain, PART_WORTHS)
        assert lacks.vehicles()[draw, 0] == pytest.approx(has.vehicles()[draw, 0], rel=1e-5)


def test_a_difference_beyond_the_prices_asked_about_is_said_to_be():
    for gain, end in ((30.0, 2500.0), (-30.0, -500.0)):
        people = _alike(**{"motor[mid]": gain, "price": -0.002})
        found = price_difference_at_equal_share(BIKES, people, DRIVE, _with())
        assert found.is_beyond.all()
        # The offer at 4,000; people were asked about 1,500 to 4,500.
        assert found.difference.item() == end


def test_who_does_not_mind_a_higher_price_would_pay_without_limit_for_what_they_like():
    for liking, worth in ((1.0, math.inf), (-1.0, -math.inf)):
        people = _alike(**{"motor[mid]": liking, "price": 0.001})
        found = worth_over_people(BIKES, people, DRIVE, _with()[0], fee=np.array([300.0]))
        assert found.median.item() == worth


def test_without_the_package_its_attributes_are_at_their_plainest():
    mid = Configuration.of({"motor": "mid", "load": "80", "colour": "green", "battery": "bought"})
    assert without_package(BIKES, DRIVE, mid)["motor"] == "none"
    wide = DRIVE.model_copy(update={"when": {"motor": ("none", "mid"), "load": ("80", "120")}})
    plain = without_package(BIKES, wide, mid)
    assert (plain["motor"], plain["load"], plain["colour"]) == ("hub", "160", "green")


def test_a_higher_fee_takes_from_the_maker_what_it_gives_to_the_partner():
    cheap, dear = _worth(), _worth(_bikes(fee_per_vehicle=350.0))
    moved = 50.0 * cheap.vehicles_with_package.mean
    assert dear.profit.b.mean == pytest.approx(cheap.profit.b.mean - moved)
    assert dear.partner_gain.mean == pytest.approx(cheap.partner_gain.mean + moved)
    assert dear.highest_fee.as_dict() == pytest.approx(cheap.highest_fee.as_dict())
    assert dear.fees.even.as_dict() == pytest.approx(cheap.fees.even.as_dict())


def test_at_the_ends_of_the_fee_range_one_side_gains_nothing_and_halfway_both_alike():
    found = _worth()
    has = line_outcome(BIKES, _with(), PART_WORTHS)
    lacks = line_outcome(BIKES, WITHOUT, PART_WORTHS)
    vehicles = has.vehicles()[:, 0]
    gain = has.profit - lacks.profit
    highest = 300.0 + gain / vehicles
    lowest = 200.0 - 20_000.0 / vehicles
    assert found.fees.highest.mean == pytest.approx(highest.mean())
    assert found.fees.lowest.mean == pytest.approx(lowest.mean())
    even = 0.5 * (highest + lowest)
    partner = (even - 200.0) * vehicles + 20_000.0
    np.testing.assert_allclose(partner, gain - (even - 300.0) * vehicles)
    assert found.fees.even.median == pytest.approx(np.median(even))
    assert found.fees.probability_both_gain == np.mean((lowest < 300.0) & (highest > 300.0))


def test_the_break_even_volume_earns_what_the_line_without_the_package_earns():
    found = _worth()
    has = line_outcome(BIKES, _with(), PART_WORTHS)
    lacks = line_outcome(BIKES, WITHOUT, PART_WORTHS)
    each = (has.profit + has.fixed_costs) / has.vehicles().sum(axis=1)
    volume = (lacks.profit + has.fixed_costs) / each
    assert found.break_even_vehicles.mean == pytest.approx(volume.mean())
    np.testing.assert_allclose(volume * each - has.fixed_costs, lacks.profit)


def test_a_break_even_volume_is_endless_where_a_vehicle_earns_nothing():
    found = _worth(_bikes(fee_per_vehicle=50_000.0))
    assert found.break_even_vehicles.median == math.inf
    assert found.as_dict()["break_even_vehicles"]["q50"] is None
    assert any("does without the package" in note for note in found.notes)
    json.dumps(found.as_dict(), allow_nan=False)


def test_fees_by_volume_are_those_of_each_draw():
    tiers = [
        {"from_vehicles": 0, "fee_per_vehicle": 300.0},
        {"from_vehicles": 900, "fee_per_vehicle": 250.0},
    ]
    bikes = _bikes(fee_per_vehicle=None, tiers=tiers, tier_applies_to="every_vehicle")
    found = _worth(bikes)
    assert 250.0 <= found.fee.low < found.fee.high <= 300.0


def test_a_stake_returns_its_share_of_what_the_partner_gains():
    stake = Stake(share=0.1, price=50_000.0)
    plain, found = _worth(), _worth(stake=stake)
    effect = found.stake
    assert plain.stake is None
    assert effect.income.mean == pytest.approx(0.1 * plain.partner_gain.mean)
    assert effect.gain.mean == pytest.approx(plain.profit.difference.mean + effect.income.mean)
    assert effect.gain_after_price.mean == pytest.approx(effect.gain.mean - 50_000.0)
    # Two periods a year here: income over both, so half of it each.
    has = line_outcome(BIKES, _with(), PART_WORTHS)
    partner = 100.0 * has.vehicles()[:, 0] + 20_000.0
    assert effect.periods_to_pay_back.median == pytest.approx(
        np.median(50_000.0 / (0.1 * partner / 2.0))
    )
    assert effect.fee_net_of_income.median == pytest.approx(
        np.median(300.0 - 0.1 * partner / has.vehicles()[:, 0])
    )


def test_with_a_stake_the_maker_gains_up_to_a_higher_fee():
    stake = Stake(share=0.25, price=0.0)
    plain = _worth(stake=stake)
    highest = plain.stake.highest_fee
    dearer, cheaper = (
        _worth(_bikes(fee_per_vehicle=fee), stake=stake).stake
        for fee in (1.2 * highest.high, 0.8 * highest.low)
    )
    assert dearer.gain.high < 0.0 < cheaper.gain.low
    assert dearer.highest_fee.as_dict() == pytest.approx(highest.as_dict())
    assert plain.stake.highest_fee.mean > plain.highest_fee.mean


def test_what_the_partner_gains_is_not_known_without_its_cost():
    found = _worth(_bikes(partner_unit_cost=None))
    assert found.fees is found.partner_gain is found.stake is None
    assert found.highest_fee == _worth().highest_fee
    assert found.as_dict()["fees"] is None


def test_lines_of_the_wrong_kind_are_refused():
    with pytest.raises(ValueError, match="none has it"):
        package_worth(BIKES, PART_WORTHS, "drive", line_with=WITHOUT, line_without=WITHOUT)
    with pytest.raises(ValueError, match=r"\['mid'\] have it"):
        package_worth(BIKES, PART_WORTHS, "drive", line_with=_with(), line_without=_with())
    with pytest.raises(ValueError, match="partner_unit_cost of drive"):
        _worth(_bikes(partner_unit_cost=None), stake=Stake(share=0.1, price=1.0))


@pytest.mark.parametrize(("share", "price"), [(0.0, 1.0), (1.0, 1.0), (math.nan, 1.0), (0.1, -1.0)])
def test_a_stake_is_a_share_at_a_price(share, price):
    with pytest.raises(ValueError, match="must"):
        Stake(share=share, price=price)


def test_which_offers_have_the_package():
    assert [has_package(DRIVE, offer) for offer in _with()] == [True, False]
