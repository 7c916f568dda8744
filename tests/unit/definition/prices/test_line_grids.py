"""Answers on price grids: prices from which nobody moves on the grid, or a cycle that is told."""

import numpy as np
import pytest

from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.offers import offer_of
from counterflow.definition.prices import line_grids
from counterflow.definition.prices.best_responses import BestResponses, GridEnd
from counterflow.definition.prices.equilibrium import equilibrium_prices
from counterflow.definition.prices.line_market import LineMarkets
from counterflow.definition.prices.line_prices import line_prices
from counterflow.definition.prices.problems import price_problem
from counterflow.domain.programme import Programme
from strategies.bikes import small_bike
from strategies.simulated_part_worths import simulated_part_worths

COSTS = {"rival": 2300.0, "second": 2100.0}


def two_rivals(firm: str | None = None, **search) -> Programme:
    bikes = small_bike(**search)
    rival = bikes.market.competitors["rival"].model_dump(exclude_unset=True)
    second = {**rival, "label": "Second", "price": 3300.0}
    both = {"rival": rival, "second": second}
    owned = {name: {**each, **({"firm": firm} if firm else {})} for name, each in both.items()}
    market = {**bikes.market.model_dump(exclude_unset=True), "competitors": owned}
    return Programme.model_validate({**bikes.model_dump(exclude_unset=True), "market": market})


def line_of(bikes, at=(3, 40)):
    found = candidates(bikes, buildable_configurations(bikes))
    return [offer_of(bikes, found[i], name=f"offer_{i}") for i in at]


def markets_of(bikes) -> LineMarkets:
    part_worths = simulated_part_worths(bikes)
    return LineMarkets(bikes, line_of(bikes), part_worths, rival_unit_costs=COSTS)


def test_at_rest_no_firm_gains_by_another_price_of_its_grid():
    bikes = two_rivals("group", price_ending={"ending": 90.0, "every": 100.0, "grid": "round"})
    part_worths = simulated_part_worths(bikes)
    found = line_prices(bikes, line_of(bikes), part_worths, rival_unit_costs=COSTS, n_draws=2)
    end = found.on_grids.ends[0]
    assert end.kind == "equilibrium"
    assert found.as_dict()["on_grids"]["status"] == found.on_grids.status
    (prices,) = end.rounds
    market = markets_of(bikes).pooled()
    problem = price_problem(market, prices=prices)
    firms = np.array(market.firms)
    at_rest = np.array([prices[name] for name in market.offers])
    for o, name in enumerate(market.offers):
        mine = firms == firms[o]
        before = problem.conditions(at_rest).profits[mine].sum()
        grid = bikes.search.prices_in(bikes.search.prices[0])
        if name in found.offers:
            assert prices[name] in grid
        else:
            grid = tuple(at_rest[o] + 500.0 * k for k in range(-3, 4))
        for price in grid:
            if market.least[o] <= price <= market.most[o]:
                moved = at_rest.copy()
                moved[o] = price
                after = problem.conditions(moved).profits[mine].sum()
                assert after <= before * (1.0 + 1e-9)


def test_rivals_of_one_firm_ask_more_than_rivals_who_compete():
    apart, together = (
        equilibrium_prices(markets_of(two_rivals(firm)).pooled(), moving=list(COSTS), prices=now)
        for firm in (None, "group")
        for now in (markets_of(two_rivals(firm)).prices,)
    )
    assert set(together.profits) == {"group"}
    assert set(apart.profits) == set(COSTS)
    for name in COSTS:
        assert together.prices[name] > apart.prices[name]
    assert together.profits["group"] > sum(apart.profits.values())


def test_together_the_slopes_of_the_joint_profit_are_zero():
    market = markets_of(two_rivals("group")).pooled()
    now = markets_of(two_rivals("group")).prices
    found = equilibrium_prices(market, moving=list(COSTS), prices=now)
    problem = price_problem(market, moving=list(COSTS), prices=now)
    at_rest = np.array([found.prices[name] for name in market.offers])
    members = market.numbers_of(list(COSTS))

    def joint(prices) -> float:
        return float(problem.conditions(prices).profits[members].sum())

    for o in members:
        step = np.zeros(len(at_rest))
        step[o] = 0.5
        slope = joint(at_rest + step) - joint(at_rest - step)
        assert abs(slope) < 1e-6 * joint(at_rest)


def test_a_cycle_is_told(monkeypatch):
    bikes = small_bike()
    offers = line_of(bikes)
    low = {offer.name: 2000.0 for offer in offers}
    cycle = BestResponses(
        ends=(GridEnd(kind="cycle", rounds=(low, dict.fromkeys(low, 2500.0)), n_starts=5),)
    )
    monkeypatch.setattr(line_grids, "best_responses", lambda *_, **__: cycle)
    found = line_prices(bikes, offers, simulated_part_worths(bikes), n_draws=2)
    assert found.on_grids.status == "cycle"
    assert any("go round for ever from 5 starts" in note for note in found.notes)


def test_a_price_outside_of_every_range_stays():
    bikes = small_bike(prices=[{"least": 2000.0, "most": 4500.0, "step": 500.0}])
    offers = line_of(bikes)
    elsewhere = bikes.search.prices[0].model_copy(update={"when": {"motor": ("none",)}})
    search = bikes.search.model_copy(update={"prices": (elsewhere,)})
    held = [offer for offer in offers if offer.configuration["motor"] != "none"]
    found = line_prices(
        bikes.model_copy(update={"search": search}), offers, simulated_part_worths(bikes), n_draws=2
    )
    for offer in held:
        assert all(end.rounds[0][offer.name] == offer.price for end in found.on_grids.ends)


def test_a_rival_is_not_ours():
    with pytest.raises(ValueError, match="which is our own"):
        two_rivals("ours")
