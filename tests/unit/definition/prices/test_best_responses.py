"""Answers on price grids: equilibria from which nobody moves, and cycles told as they are."""

import numpy as np
import pytest

from counterflow.definition.prices import best_responses as module
from counterflow.definition.prices.best_responses import best_responses
from counterflow.definition.prices.equilibrium import equilibrium_prices
from counterflow.definition.prices.market import priced_market
from counterflow.domain.errors import InputError
from reference import markups as reference
from strategies.price_markets import market_at_random


def profits(market, prices):
    (region,) = market.regions
    return reference.profit(
        region.buyers, prices[None], market.ownership, prices - market.unit_costs
    )


def grids(market, step=0.05):
    return {name: np.arange(1.5, 5.0, step).round(3).tolist() for name in market.offers}


@pytest.mark.parametrize("seed", range(5))
def test_nobody_gains_by_another_price_of_the_grid(seed):
    market = market_at_random(seed)
    found = best_responses(market, grids(market))
    assert found.status == "equilibrium"
    prices = np.array(list(found.ends[0].rounds[0].values()))
    for offer, grid in enumerate(grids(market).values()):
        for price in grid:
            other = prices.copy()
            other[offer] = price
            assert profits(market, other)[offer] <= profits(market, prices)[offer] + 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_on_a_fine_grid_answers_end_near_the_equilibrium(seed):
    market = market_at_random(seed)
    nash = equilibrium_prices(market)
    found = best_responses(market, grids(market, step=0.01))
    for end in found.ends:
        for name, price in end.rounds[0].items():
            assert price == pytest.approx(nash.prices[name], abs=0.03)


def edgeworth():
    """Two firms and one buyer, who takes what is a little better: firms undercut one another
    until it pays to leave the bargain to the other and live on those who like only one's own.
    """
    utility = np.array([[60.0, 60.0], [60.0, -999.0], [-999.0, 60.0]])
    return priced_market(
        utility,
        np.full((3, 1), -10.0),
        np.zeros(2),
        firms=["east", "west"],
        weights=np.array([0.5, 0.25, 0.25]),
        most=np.array([6.0, 6.0]),
    )


def test_firms_that_undercut_one_another_for_ever_are_a_cycle_and_not_an_answer():
    market = edgeworth()
    grid = np.arange(1.0, 6.0, 0.5).tolist()
    found = best_responses(market, dict.fromkeys(market.offers, grid))
    assert found.status == "cycle"
    for end in found.ends:
        assert end.kind == "cycle"
        assert len(end.rounds) > 1
        # Every round answers the one before, and the first answers the last.
        for before, after in zip((*end.rounds[-1:], *end.rounds), end.rounds, strict=False):
            east = np.array([after["offer_0"], before["offer_1"]])
            others = [np.array([p, before["offer_1"]]) for p in grid]
            assert profits(market, east)[0] >= max(profits(market, o)[0] for o in others) - 1e-12


def test_offers_without_a_grid_keep_their_price():
    market = market_at_random(2)
    found = best_responses(
        market, {"offer_0": [2.0, 2.5, 3.0]}, prices={"offer_1": 2.2, "offer_2": 2.7}
    )
    assert found.ends[0].rounds[0]["offer_1"] == 2.2
    assert found.ends[0].n_starts == 5


def test_rounds_that_run_out_say_so(monkeypatch):
    monkeypatch.setattr(module, "_MOST_ROUNDS", 1)
    market = market_at_random(2)
    assert best_responses(market, grids(market)).as_dict()["status"] == "not_ended"


def test_an_empty_grid_is_refused():
    with pytest.raises(InputError, match="offer_0: expected prices, found none"):
        best_responses(market_at_random(2), {"offer_0": []})
