"""What a line earns when fees fall with volume, regions tax and people drive differently far."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.define import define_line
from counterflow.definition.offers import fixed_costs, offer_of, unit_cost, variant_margins
from counterflow.definition.problem import line_problem, line_terms
from counterflow.definition.valuation import at_averages, profit_draws, value_line
from counterflow.demand.forecast import forecast_volumes
from counterflow.domain.distances import overage_values
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.kernels.line_search import line_profit
from strategies.bikes import small_bike
from strategies.cargo_bike import cargo_bike
from strategies.rented_bikes import ASKED, rented_bike
from strategies.simulated_part_worths import simulated_part_worths

TIERS = [
    {"from_vehicles": 0, "fee_per_vehicle": 60.0},
    {"from_vehicles": 1000, "fee_per_vehicle": 40.0},
    {"from_vehicles": 4000, "fee_per_vehicle": 10.0},
]
SOFTWARE = {"label": "Software", "when": {"motor": "mid"}, "fixed_fee": 5000.0}
LINE = (3, 40)


def bike(
    *, costs: dict[str, Any] | None = None, contract: dict[str, Any] | None = None, **changes: Any
) -> Programme:
    document = small_bike(**changes).model_dump(mode="json")
    document["costs"] |= costs or {}
    if contract is not None:
        document["contracts"]["rent"] |= contract
    return Programme.model_validate(document)


def tiered(applies_to: str, when: dict[str, str] | None = None, **changes: Any) -> Programme:
    package = {**SOFTWARE, "when": when or {"motor": "mid"}, "tiers": TIERS}
    return bike(
        costs={"packages": {"software": {**package, "tier_applies_to": applies_to}}}, **changes
    )


def flat(fee: float, **changes: Any) -> Programme:
    return bike(costs={"packages": {"software": {**SOFTWARE, "fee_per_vehicle": fee}}}, **changes)


def line_of(bikes: Programme, **levels: str):
    possible = candidates(bikes, buildable_configurations(bikes))
    meant = [c for c in possible if levels.items() <= c.configuration.as_dict().items()]
    return [offer_of(bikes, meant[i], name=str(i)) for i in (0, 7)]


def test_fees_by_volume_are_those_of_the_tier_that_each_draw_reaches():
    bikes = tiered("every_vehicle")
    part_worths = simulated_part_worths(bikes, n_draws=40)
    offers = line_of(bikes, motor="mid")
    free = profit_draws(flat(0.0), line_of(flat(0.0), motor="mid"), part_worths)
    value = value_line(bikes, offers, part_worths)
    volume = value.vehicles.sum(axis=1)
    fee = np.where(volume < 1000, 60.0, np.where(volume < 4000, 40.0, 10.0))
    assert len(set(fee.tolist())) > 1
    np.testing.assert_allclose(value.profit, free - fee * volume, rtol=1e-9)
    assert value.fees["software"] == pytest.approx((fee * volume).mean() / volume.mean())


def test_fees_of_further_vehicles_are_paid_tier_by_tier():
    bikes = tiered("further_vehicles")
    part_worths = simulated_part_worths(bikes, n_draws=40)
    volume = value_line(bikes, line_of(bikes, motor="mid"), part_worths).vehicles.sum(axis=1)
    free = profit_draws(flat(0.0), line_of(flat(0.0), motor="mid"), part_worths)
    paid = free - profit_draws(bikes, line_of(bikes, motor="mid"), part_worths)
    by_hand = [
        60 * min(v, 1000) + 40 * min(max(v - 1000, 0), 3000) + 10 * max(v - 4000, 0) for v in volume
    ]
    np.testing.assert_allclose(paid, by_hand, rtol=1e-6)


def test_one_tier_from_the_first_vehicle_on_is_a_plain_fee():
    tiers = [{"from_vehicles": 0, "fee_per_vehicle": 45.0}]
    package = {**SOFTWARE, "tiers": tiers, "tier_applies_to": "every_vehicle"}
    one_tier = bike(costs={"packages": {"software": package}})
    part_worths = simulated_part_worths(one_tier)
    with_tier, plain = (define_line(b, part_worths) for b in (one_tier, flat(45.0)))
    assert with_tier.offers == plain.offers
    assert with_tier.profit.mean == pytest.approx(plain.profit.mean, rel=1e-9)
    assert with_tier.search_value == pytest.approx(plain.search_value, rel=1e-6)


@pytest.mark.parametrize("applies_to", ["every_vehicle", "further_vehicles"])
@pytest.mark.parametrize("when", [{"motor": "mid"}, {"colour": "green"}], ids=["offer", "option"])
def test_the_arrays_of_the_search_never_charge_too_much_and_the_terms_charge_the_rest(
    applies_to, when
):
    bikes = tiered(applies_to, when, n_buyers=10_000)
    part_worths = simulated_part_worths(bikes, n_draws=20, n_respondents=100)
    possible = candidates(bikes, buildable_configurations(bikes))
    problem = line_problem(bikes, possible, part_worths)
    terms = line_terms(bikes, possible, part_worths, problem)
    for line in [LINE, (70,), (64, 90)]:
        offers = [offer_of(bikes, possible[i], name=str(i)) for i in line]
        true = line_profit(problem, line) - terms.costs.of(problem, line)
        assert true <= line_profit(problem, line)
        # All buyers are in the search; what it lacks is that preferences differ between draws.
        valued = profit_draws(bikes, offers, part_worths).mean()
        assert true == pytest.approx(valued, rel=0.03)


@pytest.mark.parametrize("exhaustive_up_to", [0, 10_000])
def test_the_search_takes_the_line_that_earns_most_at_the_fees_of_its_volume(exhaustive_up_to):
    bikes = tiered("every_vehicle", exhaustive_up_to=exhaustive_up_to)
    part_worths = simulated_part_worths(bikes)
    possible = candidates(bikes, buildable_configurations(bikes))
    problem = line_problem(bikes, possible, part_worths)
    terms = line_terms(bikes, possible, part_worths, problem)
    lines = [(a, b) for a in range(96) for b in range(a) if problem.group[a] != problem.group[b]]
    lines += [(a,) for a in range(96)]
    best = max(line_profit(problem, x) - terms.costs.of(problem, x) for x in lines)
    found = define_line(bikes, part_worths)
    assert found.search_value == pytest.approx(best, rel=1e-6)
    assert found.bound >= best * (1 - 1e-9)


WORLDS = {
    "tiers": lambda: tiered("every_vehicle"),
    "tiers of an option": lambda: tiered("further_vehicles", {"colour": "green"}),
    "a tax that the seller pays": lambda: bike(
        market={
            "taxes": {
                "sales": {"label": "Sales tax", "paid_by": "seller", "rate": 0.1},
                "south": {"label": "Levy", "paid_by": "seller", "amount": 80, "regions": ["south"]},
            }
        }
    ),
    "a tax that buyers pay": lambda: bike(
        market={"taxes": {"tax": {"label": "Tax", "paid_by": "buyer", "rate": 0.1}}}
    ),
    "people's own distances": lambda: bike(
        contract={
            "cap_km_per_month": 150.0,
            "overage_per_km": 0.5,
            "expected_km_per_month": None,
            "rent_per_month": 60.0,
        },
        market={"distance": {"mean_km_per_year": 2400.0, "relative_sd": 0.7}},
        must_offer=[{"when": {"battery": "rented"}}],
    ),
    "answered distances, on other terms than asked": lambda: rented_bike(
        question=ASKED,
        asked={"rent_per_month": 55.0, "cap_km_per_month": 250.0, "overage_per_km": 0.3},
        must_offer=[{"when": {"battery": "rented"}}],
    ),
    "fixed costs by configuration": lambda: bike(
        costs={
            "fixed": {
                "mid": {
                    "label": "Frame",
                    "when": {"motor": "mid"},
                    "amount": 30_000.0,
                    "paid": "for_each_offer",
                },
                "load": {
                    "label": "Crash test",
                    "when": {"load": "160"},
                    "amount": 9_000.0,
                    "paid": "once",
                },
            }
        }
    ),
}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_the_profit_is_what_the_volumes_of_the_forecast_earn_on_average(world):
    bikes = world()
    part_worths = simulated_part_worths(bikes, n_draws=20)
    found = define_line(bikes, part_worths)
    volumes = forecast_volumes(bikes, found, part_worths)
    margins = np.array([m for offer in found.offers for m in variant_margins(offer)])
    earned = volumes.draws.sum(axis=(2, 3)).mean(axis=0) @ margins
    expected = earned - fixed_costs(bikes, found.offers)
    assert found.profit.mean == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_a_definition_is_valued_as_the_line_that_it_was_made_from(world):
    bikes = world()
    part_worths = simulated_part_worths(bikes, n_draws=20)
    found = define_line(bikes, part_worths)
    again = value_line(bikes, found.offers, part_worths)
    assert float(again.profit.mean()) == pytest.approx(found.profit.mean, rel=1e-9)
    assert at_averages(bikes, found.offers, again) == found.offers


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_the_profit_of_the_search_is_near_that_over_all_draws(world):
    bikes = world()
    document = bikes.model_dump(mode="json")
    document["search"]["n_buyers"] = 100_000
    bikes = Programme.model_validate(document)
    part_worths = simulated_part_worths(bikes, n_draws=60, n_respondents=100)
    found = define_line(bikes, part_worths)
    assert found.profit.mean == pytest.approx(found.search_value, rel=0.05)


def test_a_fixed_cost_is_paid_by_each_offer_or_once():
    bikes = WORLDS["fixed costs by configuration"]()
    possible = candidates(bikes, buildable_configurations(bikes))

    def cost(*levels: dict[str, str]) -> float:
        made = [
            next(c for c in possible if own.items() <= c.configuration.as_dict().items())
            for own in levels
        ]
        return fixed_costs(bikes, [offer_of(bikes, c, name="x") for c in made])

    hub, mid = {"motor": "hub", "load": "80"}, {"motor": "mid", "load": "80"}
    strong, stronger = {"motor": "hub", "load": "160"}, {"motor": "mid", "load": "160"}
    assert cost(hub) == 60_000
    assert cost(mid, stronger) == 2 * 60_000 + 2 * 30_000 + 9_000
    assert cost(strong, stronger) == 2 * 60_000 + 30_000 + 9_000


def test_a_seller_tax_lowers_the_margin_and_moves_no_buyer():
    plain, taxed = bike(), WORLDS["a tax that the seller pays"]()
    part_worths = simulated_part_worths(plain)
    offers = line_of(plain, motor="hub")
    before, after = (value_line(b, offers, part_worths) for b in (plain, taxed))
    np.testing.assert_array_equal(before.vehicles, after.vehicles)
    prices = np.array([variant.price for offer in offers for variant in offer.variants])
    assert (after.seller_tax >= 0.1 * prices).all()
    assert (after.seller_tax <= 0.1 * prices + 80.0).all()
    lost = (after.seller_tax * after.vehicles.mean(axis=0)).sum()
    assert before.profit.mean() - after.profit.mean() == pytest.approx(lost, rel=1e-9)


def test_a_tax_on_all_is_a_subsidy_turned_round():
    grant = {"label": "G", "regions": ["north", "south"], "amount": 200.0, "rivals_too": True}
    levy = {"label": "L", "paid_by": "buyer", "amount": 200.0}
    nothing = bike(market={"subsidies": {}})
    both = bike(market={"subsidies": {"grant": grant}, "taxes": {"levy": levy}})
    part_worths = simulated_part_worths(nothing)
    offers = line_of(nothing, motor="hub")
    one, other = (profit_draws(b, offers, part_worths) for b in (nothing, both))
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_who_drives_far_pays_more_and_the_seller_gets_what_takers_pay():
    bikes = WORLDS["people's own distances"]()
    part_worths = simulated_part_worths(bikes, n_draws=20)
    paid = overage_values(bikes, part_worths)["rent"][0]
    assert (paid >= 0.0).all()
    assert len(set(paid.round(6).tolist())) > 10
    found = define_line(bikes, part_worths)
    rented = next(offer for offer in found.offers if offer.contract == "rent")
    rent_alone = bikes.contracts["rent"].present_value
    assert rent_alone + paid.min() < rented.contract_value < rent_alone + paid.max()


def test_people_who_all_drive_alike_are_the_single_distance_of_the_contract():
    terms = {"cap_km_per_month": 150.0, "overage_per_km": 0.5}
    alike = bike(
        contract={**terms, "expected_km_per_month": None},
        market={"distance": {"mean_km_per_year": 2400.0, "relative_sd": 0.0}},
        must_offer=[{"when": {"battery": "rented"}}],
    )
    single = bike(
        contract={**terms, "expected_km_per_month": 200.0},
        must_offer=[{"when": {"battery": "rented"}}],
    )
    part_worths = simulated_part_worths(alike)
    one, other = (define_line(b, part_worths) for b in (alike, single))
    assert one.offers == other.offers
    assert one.profit.mean == pytest.approx(other.profit.mean, rel=1e-9)
    assert one.search_value == pytest.approx(other.search_value, rel=1e-6)


def test_a_market_of_one_set_of_part_worths_pays_the_mean_overage():
    bikes = WORLDS["people's own distances"]()
    many = simulated_part_worths(bikes, n_respondents=20_000, n_draws=1)
    one = PartWorths(
        draws=many.draws.mean(axis=1, keepdims=True),
        coding=many.coding,
        respondent_ids=("",),
        weights=np.ones(1),
    )
    mean = overage_values(bikes, many)["rent"].mean()
    assert overage_values(bikes, one)["rent"][0, 0] == pytest.approx(mean, rel=0.02)


def test_a_fee_in_the_definition_is_that_of_the_volume_that_the_line_sells():
    bikes = tiered("every_vehicle", must_offer=[{"when": {"motor": "mid"}}])
    part_worths = simulated_part_worths(bikes, n_draws=20)
    found = define_line(bikes, part_worths)
    fee = value_line(bikes, found.offers, part_worths).fees["software"]
    mid = next(o for o in found.offers if o.configuration["motor"] == "mid").variants[0]
    least = unit_cost(bikes, mid.configuration)
    assert mid.unit_cost == pytest.approx(least - 10.0 + fee)


def test_shown_prices_do_not_depend_on_taxes():
    plain, taxed = bike(), WORLDS["a tax that buyers pay"]()
    possible = candidates(plain, buildable_configurations(plain))
    for candidate in possible[:5]:
        one, other = (offer_of(b, candidate, name="x") for b in (plain, taxed))
        assert [v.price for v in one.variants] == [v.price for v in other.variants]


def test_the_example_has_its_packages_at_what_it_says():
    document = cargo_bike()
    document["costs"]["packages"] = {"software": {**SOFTWARE, "fee_per_vehicle": 40.0}}
    package = Programme.model_validate(document).costs.packages["software"]
    assert package.least_fee_per_vehicle() == 40.0
    np.testing.assert_array_equal(package.fees(np.array([0.0, 3.0])), [0.0, 120.0])
