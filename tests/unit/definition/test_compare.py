"""Two definitions compared: what changed, and what that does on draws that both share."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.definition.compare import compare
from counterflow.definition.define import define_line
from counterflow.definition.valuation import profit_draws
from counterflow.demand.forecast import forecast_volumes
from counterflow.domain.errors import InputError
from counterflow.domain.volumes import interval
from strategies.bikes import small_bike
from strategies.definitions import BIKES, definition_of, offer_like, with_offers
from strategies.simulated_part_worths import simulated_part_worths

PART_WORTHS = simulated_part_worths(BIKES)
HUB, MID = offer_like("hub", 2500.0), offer_like("mid", 3500.0, motor="mid")
BIG = offer_like("big", 4000.0, motor="mid", load="160", battery="rented")
TWO = definition_of(HUB, MID)

OFFERS = {
    f"{motor}-{battery}-{price:g}": offer_like(
        f"{motor}-{battery}-{price:g}", price, motor=motor, battery=battery
    )
    for motor in ("hub", "mid")
    for battery in ("bought", "rented")
    for price in (2000.0, 3000.0, 4000.0)
}
# Names, as what checks the types of values draws random numbers, which Hypothesis does not allow.
LINES = st.lists(st.sampled_from(sorted(OFFERS)), min_size=1, max_size=3, unique=True)
A_FEW = settings(max_examples=25)


@A_FEW
@given(LINES)
def test_a_definition_does_not_differ_from_itself(line):
    one = _defined(line)
    found = compare(BIKES, PART_WORTHS, one, one)
    assert found.changes.is_none
    assert found.probability_b_earns_more == 0.5
    assert found.profit.difference == interval(np.zeros(1))
    assert all(part.difference.mean == 0.0 for part in found.parts.values())
    assert found.notes == ()


@A_FEW
@given(LINES.flatmap(lambda line: st.tuples(st.just(line), st.permutations(line))))
def test_the_order_of_offers_is_no_difference(lines):
    found = compare(BIKES, PART_WORTHS, *map(_defined, lines))
    assert found.changes.is_none
    assert found.probability_b_earns_more == 0.5


@A_FEW
@given(LINES, LINES)
def test_turned_round_every_difference_changes_its_sign(line, other):
    a, b = _defined(line), _defined(other)
    there, back = compare(BIKES, PART_WORTHS, a, b), compare(BIKES, PART_WORTHS, b, a)
    assert there.probability_b_earns_more + back.probability_b_earns_more == pytest.approx(1.0)
    for one, turned in (
        (there.profit, back.profit),
        (there.share, back.share),
        (there.vehicles, back.vehicles),
        *((there.parts[part], back.parts[part]) for part in there.parts),
    ):
        assert (one.a, one.b) == (turned.b, turned.a)
        assert one.difference.mean == pytest.approx(-turned.difference.mean)
        assert one.difference.low == pytest.approx(-turned.difference.high)
    assert there.changes.added == back.changes.removed
    assert {(offer.before.name, offer.after.name) for offer in there.changes.kept} == {
        (offer.after.name, offer.before.name) for offer in back.changes.kept
    }


@A_FEW
@given(LINES, LINES)
def test_shares_of_the_lines_rivals_and_outside_stay_one_together(line, other):
    found = compare(BIKES, PART_WORTHS, _defined(line), _defined(other))
    others = sum(other.difference.mean for other in found.others.values())
    assert found.share.difference.mean + others == pytest.approx(0.0, abs=1e-12)
    offers = sum(offer.share.difference.mean for offer in found.offers)
    assert offers == pytest.approx(found.share.difference.mean, abs=1e-12)


def test_each_side_earns_sells_and_needs_what_valuation_and_forecast_say():
    other = definition_of(HUB, BIG)
    found = compare(BIKES, PART_WORTHS, TWO, other)
    earned = [profit_draws(BIKES, line.offers, PART_WORTHS) for line in (TWO, other)]
    assert found.profit.a == interval(earned[0])
    assert found.profit.b == interval(earned[1])
    assert found.profit.difference == interval(earned[1] - earned[0])
    assert found.probability_b_earns_more == np.mean(earned[1] > earned[0])
    volumes = [forecast_volumes(BIKES, line, PART_WORTHS) for line in (TWO, other)]
    assert found.vehicles.a.mean == pytest.approx(volumes[0].total().mean, rel=1e-12)
    assert found.share.b.mean == pytest.approx(
        float(np.mean(volumes[1].shares["hub"] + volumes[1].shares["big"])), rel=1e-12
    )
    assert found.others["rival"].a.high == pytest.approx(
        interval(volumes[0].shares["rival"]).high, rel=1e-12
    )
    # Five metres of frame tube in each bike, 6.5 where 160 kg are carried.
    tubes = 5.0 * volumes[1].by_offer()[:, 0].sum(axis=(1, 2))
    tubes += 6.5 * volumes[1].by_offer()[:, 1].sum(axis=(1, 2))
    assert found.parts["frame_tube"].b.mean == pytest.approx(float(tubes.mean()), rel=1e-12)
    assert found.part_units == {"frame_tube": "metre"}


def test_the_difference_is_surer_than_what_it_is_the_difference_of():
    dearer = with_offers(TWO, [replace(HUB, name="hub"), offer_like("mid", 4000.0, motor="mid")])
    profit = compare(BIKES, PART_WORTHS, TWO, dearer).profit
    width = profit.difference.high - profit.difference.low
    assert width < 0.5 * (profit.a.high - profit.a.low)


def test_an_offer_that_is_taken_away_leaves_its_buyers_to_all_others():
    found = compare(BIKES, PART_WORTHS, TWO, definition_of(HUB))
    assert [offer.name for offer in found.changes.removed] == ["mid"]
    assert found.changes.added == found.changes.changed == ()
    hub, mid = found.offers
    assert (mid.before, mid.after) == ("mid", None)
    assert mid.share.b.mean == mid.vehicles.b.mean == 0.0
    assert hub.share.probability_more == 1.0
    assert all(other.probability_more == 1.0 for other in found.others.values())
    assert found.share.probability_more == 0.0
    assert found.fixed_costs_b - found.fixed_costs_a == -60_000.0


def test_a_changed_offer_says_in_what_by_the_keys_of_the_definition():
    cheaper = tuple(
        replace(variant, unit_cost=variant.unit_cost - 10.0, price=variant.price - 500.0)
        for variant in MID.variants
    )
    found = compare(
        BIKES,
        PART_WORTHS,
        TWO,
        definition_of(HUB, replace(MID, price=3000.0, variants=cheaper)),
    )
    (changed,) = found.changes.changed
    assert changed.name == "mid"
    # 720 and 520 for the motor, five metres of tube at 9; green paint is 15 more.
    assert [(c.what, c.variant, c.before, c.after) for c in changed.changes] == [
        ("price", "", 3500.0, 3000.0),
        ("unit_cost", "colour=black", 1285.0, 1275.0),
        ("unit_cost", "colour=green", 1300.0, 1290.0),
    ]
    assert found.notes == (
        "B: unit costs and parts of mid are those written in it; the programme now says otherwise",
    )


def test_an_offer_of_the_same_levels_is_the_same_offer_under_another_name():
    found = compare(BIKES, PART_WORTHS, TWO, definition_of(replace(HUB, name="basic"), MID))
    (changed,) = found.changes.changed
    assert changed.name == "hub -> basic"
    assert [(c.what, c.before, c.after) for c in changed.changes] == [("name", "hub", "basic")]
    assert found.probability_b_earns_more == 0.5


def test_terms_and_variants_that_come_or_go_are_changes():
    less = replace(BIG, contract=None, terms={"cap_km_per_month": 500.0}, variants=BIG.variants[:1])
    found = compare(BIKES, PART_WORTHS, definition_of(BIG), definition_of(less))
    assert [(c.what, c.variant, c.before, c.after) for c in found.changes.changed[0].changes] == [
        ("contract", "", "rent", None),
        ("terms.rent_per_month", "", 19.0, None),
        ("terms.cap_km_per_month", "", None, 500.0),
        ("variants", "colour=green", "offered", "not offered"),
    ]


def test_a_definition_of_an_earlier_programme_is_valued_under_the_present_one():
    grown = small_bike(market={"availability": 0.9})
    earlier = definition_of(HUB, made_from={"programme": BIKES.version})
    now, before = (compare(bikes, PART_WORTHS, earlier, TWO) for bikes in (grown, BIKES))
    assert now.programme_version == grown.version
    assert now.vehicles.a.mean == pytest.approx(1.5 * before.vehicles.a.mean)
    assert now.notes == (
        "A was made from another version of the programme; it is valued under the present one",
    )
    assert before.notes == ()


def test_all_that_cannot_be_offered_now_is_said_at_once():
    document = BIKES.model_dump(mode="json")
    document["rules"].append({"excludes": {"motor": "mid", "load": "160"}, "reason": "Weak axle."})
    document["attributes"]["battery"]["levels"] = [
        level for level in document["attributes"]["battery"]["levels"] if level["name"] != "bought"
    ] + [{"name": "none"}]
    document["attributes"]["battery"]["base"] = "none"
    document["market"]["competitors"] = {}
    del document["survey"]["simulated"]["preferences"]["battery[rented]"]
    document["survey"]["simulated"]["preferences"]["battery[rented]"] = {"mean": 0, "sd": 0}
    now = type(BIKES).model_validate(document)
    dear = replace(offer_like("hub", 2500.0), price=99_999.0)
    with pytest.raises(InputError) as caught:
        compare(
            now,
            PART_WORTHS,
            definition_of(dear),
            replace(definition_of(BIG), currency="USD"),
        )
    found = [(p.where[:12], p.key, p.expected, p.found) for p in caught.value.problems]
    assert found == [
        (
            "definition A",
            "offers.hub",
            "a price from 1,500 to 4,500, as people were asked about",
            "99,999",
        ),
        ("definition A", "offers.hub", 'one of "rented", "none" for battery', '"bought"'),
        ("definition B", "currency", "money in EUR, as the programme counts", "USD"),
        ("definition B", "offers.big", "what rule 2 allows (Weak axle.)", "motor=mid;load=160"),
    ]


def test_attributes_that_came_or_went_are_named():
    without = replace(
        HUB,
        variants=tuple(
            replace(v, configuration=v.configuration.only(["motor", "load", "colour"]))
            for v in HUB.variants
        ),
    )
    with pytest.raises(
        InputError, match=r"a level of each of .*, battery, found .* motor, load, colour\."
    ):
        compare(BIKES, PART_WORTHS, TWO, definition_of(without))


def test_a_definition_just_made_earns_what_it_says():
    best = define_line(BIKES, PART_WORTHS)
    found = compare(BIKES, PART_WORTHS, best, best)
    assert found.profit.a.as_dict() == pytest.approx(best.profit.as_dict(), rel=1e-11)


def test_threads_change_no_byte():
    with ThreadPoolExecutor(3) as pool:
        together = compare(BIKES, PART_WORTHS, TWO, definition_of(BIG), map_blocks=pool.map)
    alone = compare(BIKES, PART_WORTHS, TWO, definition_of(BIG))
    assert json.dumps(together.as_dict()) == json.dumps(alone.as_dict())


def test_progress_is_reported():
    said = []
    compare(BIKES, PART_WORTHS, TWO, TWO, report=lambda done, what: said.append((done, what)))
    assert said == [(0.0, "valuing A on all draws"), (0.5, "valuing B on all draws")]


def _defined(line):
    return definition_of(*(OFFERS[name] for name in line))
