"""Equilibrium prices: no profit slopes, whatever the units and the order of the offers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.definition.prices import equilibrium
from counterflow.definition.prices.equilibrium import equilibrium_prices
from counterflow.definition.prices.market import BuyersTax, PricedRegion, priced_market
from counterflow.definition.prices.price_form import price_form
from counterflow.definition.prices.solve import Stopping
from counterflow.domain.coding import LogTerm, PiecewiseTerm
from counterflow.domain.errors import InputError, LabelMismatchError
from counterflow.kernels.markups import PricedBuyers
from reference import markups as reference
from strategies.price_markets import market_at_random, sizes_of_markets


def prices_of(market, **how):
    found = equilibrium_prices(market, **how)
    assert found.status in ("converged", "at_bound"), found
    return np.array([found.prices[name] for name in market.offers])


def untaxed(buyers):
    n = buyers.utility.shape[1]
    none, all_ = np.zeros(n), np.ones(n)
    return PricedRegion(buyers=buyers, factor=all_, amount=none, kept=all_, handed_on=none)


def firms_profit(market, prices, offer):
    """Return the profit of the firm that sells an offer, by the formula, over all regions."""
    total = np.zeros(len(market.offers))
    for region in market.regions:
        values = market.form.values(region.factor * prices + region.amount)
        total += reference.profit(
            region.buyers, values, market.ownership, market.margins(region, prices)
        )
    return total[offer]


@settings(max_examples=25)
@given(sizes_of_markets())
def test_no_firm_gains_by_a_small_step_of_any_price(sizes):
    market = market_at_random(**sizes)
    found = equilibrium_prices(market)
    assert found.status == "converged"
    assert found.gradient_norm < 1e-10
    assert found.is_maximum
    prices = np.array(list(found.prices.values()))
    for offer in range(len(prices)):
        for step in (-0.01, 0.01):
            moved = prices.copy()
            moved[offer] += step
            assert firms_profit(market, moved, offer) < firms_profit(market, prices, offer)


@settings(max_examples=25)
@given(sizes_of_markets(), st.floats(0.5, 2.0))
def test_bounds_hold_and_the_gradient_points_out_of_those_that_bind(sizes, width):
    market = market_at_random(**sizes)
    n = len(market.offers)
    bounded = replace(market, least=np.full(n, 2.2), most=np.full(n, 2.2 + width))
    found = equilibrium_prices(bounded)
    prices = np.array(list(found.prices.values()))
    assert ((prices >= 2.2) & (prices <= 2.2 + width)).all()
    assert (found.status == "at_bound") == bool(found.at_bound)
    for offer, name in enumerate(bounded.offers):
        for step in (-1e-3, 1e-3):
            moved = prices.copy()
            moved[offer] += step
            if bounded.least[offer] <= moved[offer] <= bounded.most[offer]:
                gain = firms_profit(bounded, moved, offer) - firms_profit(bounded, prices, offer)
                assert gain < 1e-9
        if name in found.at_bound:
            bound = bounded.least if found.at_bound[name] == "least" else bounded.most
            assert prices[offer] == bound[offer]


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.sampled_from([0.01, 1000.0]))
def test_prices_in_another_currency_are_the_same_prices(seed, rate):
    market = market_at_random(seed)
    (region,) = market.regions
    other = priced_market(
        region.buyers.utility,
        region.buyers.coefficients / rate,
        market.unit_costs * rate,
        firms=market.firms,
    )
    np.testing.assert_allclose(prices_of(other), rate * prices_of(market), rtol=1e-9)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.permutations(range(4)))
def test_the_order_of_offers_does_not_matter(seed, order):
    market = market_at_random(seed, n_offers=4)
    (region,) = market.regions
    order = list(order)
    shuffled = priced_market(
        region.buyers.utility[:, order],
        region.buyers.coefficients,
        market.unit_costs[order],
        firms=[market.firms[o] for o in order],
    )
    np.testing.assert_allclose(prices_of(shuffled), prices_of(market)[order], rtol=1e-9)


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_a_merger_of_rivals_raises_all_their_prices(seed):
    apart = market_at_random(seed, n_offers=3, n_firms=3)
    together = prices_of(apart, ownership=np.ones((3, 3)))
    assert (together > prices_of(apart)).all()


def test_a_firm_split_in_two_is_two_firms():
    market = market_at_random(4, n_offers=4, n_firms=2)
    blocks = market.ownership
    np.testing.assert_allclose(
        prices_of(replace(market, firms=("same",) * 4), ownership=blocks), prices_of(market)
    )


def test_offers_that_are_held_keep_their_prices_and_the_rest_answers():
    market = market_at_random(8, n_offers=4, n_firms=2)
    nash = equilibrium_prices(market)
    ours = [n for n, firm in zip(market.offers, market.firms, strict=True) if firm == "firm_0"]
    theirs = {name: nash.prices[name] for name in market.offers if name not in ours}
    answer = equilibrium_prices(market, moving=ours, prices=theirs)
    assert answer.moved == tuple(ours)
    for name in market.offers:
        assert answer.prices[name] == pytest.approx(nash.prices[name], rel=1e-9)


def test_rivals_whose_prices_are_held_need_no_cost():
    market = market_at_random(8, n_offers=2, n_firms=2)
    unknown = replace(market, unit_costs=np.array([market.unit_costs[0], np.nan]))
    held = {"offer_1": 3.0}
    assert prices_of(unknown, moving=["offer_0"], prices=held) == pytest.approx(
        prices_of(market, moving=["offer_0"], prices=held)
    )


def test_a_unit_tax_works_as_a_cost_does():
    """A seller who gets p of p + t with cost c stands as one who gets p + t with cost c + t."""
    market = market_at_random(3)
    (region,) = market.regions
    parts = (region.buyers.utility, region.buyers.coefficients)
    taxed = priced_market(
        *parts, market.unit_costs, firms=market.firms, taxes={"": BuyersTax(per_unit=0.7)}
    )
    dearer = priced_market(*parts, market.unit_costs + 0.7, firms=market.firms)
    np.testing.assert_allclose(prices_of(taxed) + 0.7, prices_of(dearer), rtol=1e-9)


def test_an_ad_valorem_tax_works_as_a_dearer_cost_does():
    """p - c = ((1 + t) p - (1 + t) c) / (1 + t): what buyers pay is as if the cost were so dear."""
    market = market_at_random(3)
    (region,) = market.regions
    parts = (region.buyers.utility, region.buyers.coefficients)
    taxed = priced_market(
        *parts, market.unit_costs, firms=market.firms, taxes={"": BuyersTax(ad_valorem=0.25)}
    )
    dearer = priced_market(*parts, 1.25 * market.unit_costs, firms=market.firms)
    np.testing.assert_allclose(1.25 * prices_of(taxed), prices_of(dearer), rtol=1e-9)


def test_a_tax_that_the_price_contains_leaves_the_seller_what_is_kept():
    """A firm that keeps 0.8 p - 0.1 earns 0.8 (p - (c + 0.1) / 0.8): the price of that cost."""
    market = market_at_random(3)
    (region,) = market.regions
    taxed = replace(region, kept=np.full(3, 0.8), handed_on=np.full(3, 0.1))
    dearer = replace(market, unit_costs=(market.unit_costs + 0.1) / 0.8)
    np.testing.assert_allclose(
        prices_of(replace(market, regions=(taxed,))), prices_of(dearer), rtol=1e-9
    )


@pytest.mark.parametrize("seed", range(3))
def test_regions_with_taxes_of_their_own_leave_nobody_a_gain(seed):
    market = market_at_random(seed)
    (region,) = market.regions
    random = np.random.default_rng(seed)
    regions = tuple(
        replace(
            region,
            factor=random.uniform(1.0, 1.3, 3),
            amount=random.uniform(-0.3, 0.3, 3),
            kept=random.uniform(0.7, 1.0, 3),
            handed_on=random.uniform(0.0, 0.2, 3),
        )
        for _ in range(2)
    )
    taxed = replace(market, regions=regions)
    prices = prices_of(taxed)
    for offer in range(3):
        for step in (-0.01, 0.01):
            moved = prices.copy()
            moved[offer] += step
            assert firms_profit(taxed, moved, offer) < firms_profit(taxed, prices, offer)


def test_taxes_of_one_region_are_paid_there_only():
    market = market_at_random(5)
    (region,) = market.regions
    names = ["north", "south"] * 20
    found = priced_market(
        region.buyers.utility,
        region.buyers.coefficients,
        market.unit_costs,
        firms=market.firms,
        regions=names,
        taxes={"north": BuyersTax(per_unit=1.0)},
    )
    prices = prices_of(found)
    assert (prices < prices_of(market)).all()
    for offer in range(3):
        for step in (-0.01, 0.01):
            moved = prices.copy()
            moved[offer] += step
            assert firms_profit(found, moved, offer) < firms_profit(found, prices, offer)


def test_regions_with_the_same_prices_are_as_good_as_one():
    market = market_at_random(5)
    (region,) = market.regions
    split = priced_market(
        region.buyers.utility,
        region.buyers.coefficients,
        market.unit_costs,
        firms=market.firms,
        regions=["north"] * 10 + ["south"] * 30,
    )
    np.testing.assert_allclose(prices_of(split), prices_of(market), rtol=1e-10)


def test_variants_that_look_the_same_are_as_good_as_one_offer():
    market = market_at_random(6, n_offers=2)
    (region,) = market.regions
    twice = [0, 0, 1, 1, 1]
    buyers = PricedBuyers(
        region.buyers.utility[:, twice] - np.log([2, 2, 3, 3, 3]),
        region.buyers.coefficients,
        region.buyers.weights,
    )
    variants = replace(
        market,
        regions=(untaxed(buyers),),
        offer_of=np.array(twice),
        extra=np.zeros(5),
        unit_costs=market.unit_costs[twice],
    )
    np.testing.assert_allclose(prices_of(variants), prices_of(market), rtol=1e-10)


def test_an_option_that_costs_what_it_is_sold_for_changes_no_markup_but_through_demand():
    """A variant at 0.5 more that costs 0.5 more, and is liked for exactly that: the same market."""
    market = market_at_random(6, n_offers=1, n_firms=1)
    (region,) = market.regions
    liked = -0.5 * region.buyers.coefficients
    buyers = PricedBuyers(
        np.hstack([region.buyers.utility, region.buyers.utility + liked]) - np.log(2.0),
        region.buyers.coefficients,
        region.buyers.weights,
    )
    variants = replace(
        market,
        regions=(untaxed(buyers),),
        offer_of=np.array([0, 0]),
        extra=np.array([0.0, 0.5]),
        unit_costs=market.unit_costs[[0, 0]] + np.array([0.0, 0.5]),
    )
    np.testing.assert_allclose(prices_of(variants), prices_of(market), rtol=1e-10)


def test_a_price_by_its_logarithm_has_its_markup_by_elasticity():
    """One offer of a tiny share with u = -3 log p: p = c / (1 - 1/3)."""
    market = priced_market(np.array([[-20.0]]), np.array([[-3.0]]), np.array([2.0]))
    by_log = replace(market, form=price_form(LogTerm("price")), least=np.array([0.1]))
    assert prices_of(by_log)[0] == pytest.approx(3.0, rel=1e-6)


def test_a_price_that_rises_without_end_is_refused():
    """With u = -0.5 log p a small offer earns more the dearer it is."""
    market = priced_market(np.array([[-20.0]]), np.array([[-0.5]]), np.array([2.0]))
    by_log = replace(market, form=price_form(LogTerm("price")), least=np.array([0.1]))
    with pytest.raises(InputError, match="a highest price for offer_0, found none, and a profit"):
        equilibrium_prices(by_log)


def piecewise(slopes, knot=3.0):
    """Return a market with utility of slope `slopes[0]` below the knot and `slopes[1]` above."""
    market = priced_market(np.array([[4.0]]), np.array([slopes]), np.array([1.0]))
    form = price_form(PiecewiseTerm("price", 0.0, 10.0, (knot,)))
    return replace(market, form=form, most=np.array([10.0]))


def test_a_price_stays_at_a_knot_above_which_buyers_mind_much_more():
    found = equilibrium_prices(piecewise([-0.5, -20.0]))
    assert (found.status, found.prices["offer_0"]) == ("converged", 3.0)


@pytest.mark.parametrize("slopes", [[-1.0, -1.0], [-1.0, -1.2], [-0.8, -0.9]])
def test_a_price_moves_on_across_a_knot_that_holds_it_not(slopes):
    market = piecewise(slopes)
    price = prices_of(market)[0]
    grid = np.linspace(0.5, 9.9, 4000)
    profits = [firms_profit(market, np.array([p]), 0) for p in grid]
    assert price == pytest.approx(grid[np.argmax(profits)], abs=0.003)


def test_of_a_monopolists_local_optima_the_best_is_taken_and_the_others_are_told():
    """Nine in ten take it up to 2, one in ten up to 40: two prices to live by."""
    market = priced_market(
        np.array([[20.0], [40.0]]),
        np.array([[-10.0], [-1.0]]),
        np.array([0.1]),
        weights=np.array([0.9, 0.1]),
        most=np.array([60.0]),
    )
    found = equilibrium_prices(market, n_starts=12)
    assert len(found.others) == 1
    grid = np.linspace(0.1, 59.0, 20_000)
    profits = [firms_profit(market, np.array([p]), 0) for p in grid]
    assert found.prices["offer_0"] == pytest.approx(grid[np.argmax(profits)], abs=0.01)
    assert "which earn less" in found.notes[0]


def test_a_start_that_is_stopped_early_says_so():
    found = equilibrium_prices(market_at_random(1), stopping=Stopping(most_steps=1))
    assert found.status == "not_converged"
    assert found.gradient_norm > 1e-6
    assert "no start came to rest" in found.notes[0]


def test_every_problem_is_told_at_once():
    market = replace(
        market_at_random(
            1, n_offers=2, n_firms=1, price_coefficients=np.linspace(-1, 0.9, 40)[:, None]
        ),
        unit_costs=np.array([np.nan, 1.0]),
        least=np.array([0.0, 5.0]),
        most=np.array([np.inf, 4.0]),
    )
    with pytest.raises(InputError) as wrong:
        equilibrium_prices(market)
    told = str(wrong.value)
    assert "a unit cost for each offer of a firm that sets prices, found none for offer_0" in told
    assert "a lowest price of offer_1 up to its highest, 4, found 5" in told
    assert "found 47.5% of buyers with one of 0 or above" in told
    assert 'signs = { price = "negative" }' in told


def test_an_offer_that_is_held_needs_a_price_and_one_that_moves_a_name():
    market = market_at_random(1)
    with pytest.raises(InputError, match=r"prices: expected a price.*none for offer_1"):
        equilibrium_prices(market, moving=["offer_0"], prices={"offer_2": 3.0})
    with pytest.raises(LabelMismatchError, match="unknown \\['bus'\\]"):
        equilibrium_prices(market, moving=["bus"])
    with pytest.raises(InputError, match="an offer whose price is to be set"):
        equilibrium_prices(market, moving=[])


def test_the_result_is_told_in_json_values():
    found = equilibrium_prices(market_at_random(1)).as_dict()
    assert found["status"] == "converged"
    assert set(found["prices"]) == {"offer_0", "offer_1", "offer_2"}
    assert set(found["profits"]) == {"firm_0", "firm_1"}
    assert found["n_starts_at_it"] == found["n_starts"] == 5


def gains_nobody(market, prices, grid):
    """Assert that no firm of one offer earns more at any price of the grid."""
    for offer in range(len(prices)):
        now = firms_profit(market, prices, offer)
        for price in grid:
            moved = prices.copy()
            moved[offer] = price
            assert firms_profit(market, moved, offer) <= now * (1.0 + 1e-6)


def four_minds():
    """Return four buyers of very different minds: starts end at two sets of prices without a
    slope, and at one of them a firm earns more where it leaves the many to the other.
    """
    random = np.random.default_rng(6)
    utility = random.normal(4.0, 6.0, (4, 2))
    coefficients = -np.exp(random.normal(0.0, 1.5, (4, 1)))
    return priced_market(
        utility * np.maximum(1.0, -coefficients),
        coefficients,
        np.full(2, 0.1),
        firms=["a", "b"],
        weights=random.dirichlet(np.ones(4)),
        most=np.full(2, 40.0),
    )


def test_ends_that_differ_are_all_told(monkeypatch):
    monkeypatch.setattr(equilibrium, "_is_left", lambda *_: False)
    found = equilibrium_prices(four_minds(), n_starts=8)
    assert found.status == "several_equilibria"
    assert len(found.others) == 1
    assert "starts ended at 2 different equilibria" in found.notes[0]


def test_an_end_that_a_jump_gains_from_is_no_equilibrium():
    market = four_minds()
    found = equilibrium_prices(market, n_starts=8)
    assert (found.status, found.others) == ("converged", ())
    assert found.n_starts_at_it < found.n_starts
    gains_nobody(market, np.array(list(found.prices.values())), np.linspace(0.1, 40.0, 2000))


def test_a_firm_at_the_lower_of_its_peaks_is_no_equilibrium():
    """Two firms with buyers of their own, nine in ten up to 2 and one in ten up to 40: each firm
    has two peaks, and of the four pairs of peaks one is an equilibrium.
    """
    never = -999.0
    market = priced_market(
        np.array([[20.0, never], [40.0, never], [never, 20.0], [never, 40.0]]),
        np.array([[-10.0], [-1.0], [-10.0], [-1.0]]),
        np.array([0.1, 0.1]),
        firms=["a", "b"],
        weights=np.array([0.45, 0.05, 0.45, 0.05]),
        most=np.full(2, 60.0),
    )
    found = equilibrium_prices(market, n_starts=12)
    assert (found.status, found.others) == ("converged", ())
    gains_nobody(market, np.array(list(found.prices.values())), np.linspace(0.1, 59.0, 2000))
