"""Prices of a line: valued as everywhere else, polished inside their range, told over draws."""

from dataclasses import replace

import numpy as np
import pytest

from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.offers import fixed_costs, offer_of
from counterflow.definition.prices.line_market import LineMarkets
from counterflow.definition.prices.line_prices import line_prices
from counterflow.definition.prices.problems import price_problem
from counterflow.definition.valuation import value_line
from counterflow.domain.errors import InputError
from strategies.bikes import small_bike
from strategies.simulated_part_worths import simulated_part_worths

TAXES = {
    "vat": {"label": "Value added tax", "paid_by": "seller", "rate": 0.115},
    "stamp": {"label": "Stamp", "paid_by": "buyer", "rate": 0.02, "amount": 30.0},
}


def line_of(bikes, at=(3, 40)):
    found = candidates(bikes, buildable_configurations(bikes))
    return [offer_of(bikes, found[i], name=f"offer_{i}") for i in at]


def bike(rival_cost=None, **changed):
    bikes = small_bike(**changed)
    rivals = {
        name: rival.model_copy(update={"unit_cost": rival_cost})
        for name, rival in bikes.market.competitors.items()
    }
    market = bikes.market.model_copy(update={"competitors": rivals})
    return bikes.model_copy(update={"market": market})


def at(bikes, offers, prices):
    """Return the offers at other prices."""
    return [
        replace(
            offer,
            price=prices[offer.name],
            variants=tuple(
                replace(v, price=v.price + prices[offer.name] - offer.price) for v in offer.variants
            ),
        )
        for offer in offers
    ]


@pytest.mark.parametrize(
    "market",
    [
        {},
        {"taxes": TAXES},
        {"taxes": {"luxury": {**TAXES["stamp"], "exempt_up_to": 3_700.0}}},
        {"taxes": {"luxury": {**TAXES["vat"], "exempt_up_to": 3_700.0, "taxed_above": "excess"}}},
        {"outside_option": {"kind": "calibrated", "share": 0.7}},
        {"competitors": {}},
    ],
    ids=["as it is", "taxed", "exempt", "excess", "calibrated", "no rivals"],
)
def test_a_line_earns_in_every_draw_what_its_valuation_says(market):
    bikes = bike(market=market)
    offers, part_worths = line_of(bikes), simulated_part_worths(bikes)
    markets = LineMarkets(bikes, offers, part_worths, rival_unit_costs={})
    value = value_line(bikes, offers, part_worths)
    prices = np.array(list(markets.prices.values()))
    for draw in range(3):
        problem = price_problem(
            markets.of_draw(draw), moving=[o.name for o in offers], prices=markets.prices
        )
        found = problem.conditions(prices)
        earned = found.profits[:2].sum() - fixed_costs(bikes, offers)
        assert earned == pytest.approx(value.profit[draw], rel=1e-9)
        assert found.volumes[:2].sum() == pytest.approx(value.vehicles[draw].sum(), rel=1e-9)


def test_the_best_prices_earn_more_than_prices_around_them():
    bikes = bike()
    offers, part_worths = line_of(bikes), simulated_part_worths(bikes)
    found = line_prices(bikes, offers, part_worths)
    assert found.found.status == "converged"

    def profit(prices):
        return value_line(bikes, at(bikes, offers, prices), part_worths).profit.mean()

    best = {name: found.best.prices[name] for name in found.offers}
    # The search's buyers are everybody here, weighted as they answered; draws reweight them.
    assert profit(best) > profit({name: found.now.prices[name] for name in best})
    for name in best:
        for step in (0.9, 1.1):
            assert profit(best) > profit({**best, name: best[name] * step})


def test_the_profit_told_is_that_of_the_valuation_at_these_prices():
    bikes = bike()
    offers, part_worths = line_of(bikes), simulated_part_worths(bikes)
    found = line_prices(bikes, offers, part_worths)
    for told in (found.now, found.best):
        value = value_line(bikes, at(bikes, offers, told.prices), part_worths)
        assert told.profit.mean == pytest.approx(value.profit.mean(), rel=1e-6)
    assert found.n_draws == part_worths.n_draws
    assert 0.0 <= found.is_better <= 1.0


def test_rivals_with_a_cost_answer_and_others_do_not():
    bikes = bike()
    offers, part_worths = line_of(bikes), simulated_part_worths(bikes)
    alone = line_prices(bikes, offers, part_worths)
    assert alone.equilibrium is None
    assert any("unit_cost is not known are held: rival" in note for note in alone.notes)
    known = line_prices(bike(rival_cost=1500.0), offers, part_worths)
    given = line_prices(bikes, offers, part_worths, rival_unit_costs={"rival": 1500.0})
    assert known.equilibrium is not None
    assert known.as_dict()["equilibrium"] == given.as_dict()["equilibrium"]
    assert set(known.equilibrium_by_draw) == {*known.offers, "rival"}
    assert known.equilibrium.prices["rival"] != known.now.prices["rival"]


def test_prices_stay_in_the_range_of_the_search_and_bounds_that_bind_are_named():
    prices = [{"least": 3500.0, "most": 4500.0, "step": 500.0}]
    bikes = bike(prices=prices)
    found = line_prices(bikes, line_of(bikes, at=(0, 20)), simulated_part_worths(bikes))
    for name in found.offers:
        assert 3500.0 <= found.best.prices[name] <= 4500.0
    assert found.found.status == "at_bound"
    for name, end in found.found.at_bound.items():
        which = "lowest" if end == "least" else "highest"
        assert any(f"{name}: the best price is the {which}" in note for note in found.notes)


def test_prices_end_as_the_programme_says_or_as_is_asked_for():
    part_worths = simulated_part_worths(bike())
    bikes = bike(price_ending={"ending": 90.0, "every": 100.0, "grid": "round"})
    ended = line_prices(bikes, line_of(bikes), part_worths)
    assert all(ended.best.prices[name] % 100.0 == 90.0 for name in ended.offers)
    for name in ended.offers:
        assert abs(ended.best.prices[name] - ended.found.prices[name]) < 100.0
    asked = line_prices(bikes, line_of(bikes), part_worths, near=lambda _, p: [round(p, -1)])
    assert all(asked.best.prices[name] % 10.0 == 0.0 for name in asked.offers)


def test_a_tax_exemption_is_not_crossed():
    luxury = {"luxury": {**TAXES["stamp"], "exempt_up_to": 2_500.0}}
    bikes = bike(market={"taxes": luxury})
    offers = line_of(bikes)
    found = line_prices(bikes, offers, simulated_part_worths(bikes))
    for offer in offers:
        dearest = max(v.price - offer.price for v in offer.variants)
        is_exempt = [v.price <= 2_500.0 for v in offer.variants]
        price = found.best.prices[offer.name]
        assert [price + v.price - offer.price <= 2_500.0 for v in offer.variants] == is_exempt
        assert dearest >= 0.0


def test_elasticities_and_curves_are_of_the_same_volumes():
    bikes = bike()
    found = line_prices(bikes, line_of(bikes), simulated_part_worths(bikes))
    for name, curve in found.curves.items():
        middle = next(p for p in curve if p.price == pytest.approx(found.best.prices[name]))
        assert middle.volume.mean == pytest.approx(found.best.volumes[name].mean)
        assert middle.profit.mean == pytest.approx(found.best.profit.mean)
        volumes = [point.volume.mean for point in curve]
        assert volumes == sorted(volumes, reverse=True)
        assert found.elasticities[name][name].mean < 0.0


def test_buyers_who_like_high_prices_are_told_of():
    bikes = bike()
    part_worths = simulated_part_worths(bikes)
    draws = part_worths.draws.copy()
    column = part_worths.labels.index("price")
    draws[:, :3, column] = 1e-4
    found = line_prices(bikes, line_of(bikes), replace(part_worths, draws=draws))
    assert any("of buyers do not mind a higher price" in note for note in found.notes)


def test_a_line_on_few_draws_is_told_on_as_many():
    bikes = bike()
    found = line_prices(bikes, line_of(bikes), simulated_part_worths(bikes), n_draws=3)
    assert found.n_draws == 3
    assert set(found.as_dict()["best"]["by_draw"]) == set(found.offers)


def test_costs_of_rivals_that_do_not_exist_and_of_offers_that_are_missing_are_refused():
    bikes = bike()
    offers, part_worths = line_of(bikes), simulated_part_worths(bikes)
    with pytest.raises(InputError, match='rival costs: expected "rival", found "nobody"'):
        line_prices(bikes, offers, part_worths, rival_unit_costs={"nobody": 3.0})
    unpriced = [
        replace(o, variants=tuple(replace(v, unit_cost=float("nan")) for v in o.variants))
        for o in offers
    ]
    with pytest.raises(InputError, match=r"none for offer_3[\s\S]*none for offer_40"):
        line_prices(bikes, unpriced, part_worths)
