"""How shares answer to prices: the compiled loops keep the laws, and agree with the formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.kernels import markups
from counterflow.kernels.markups import (
    PricedBuyers,
    PriceTerms,
    gradient_slopes,
    linear_price,
    odds_by_price,
    profit_gradient,
    responses,
    share_slopes,
    zeta_markups,
)
from reference import markups as reference


class Case:
    """B buyers of A alternatives with prices that enter by one term or two, and owners."""

    def __init__(self, seed, n_buyers=5, n=4, n_terms=1):
        random = np.random.default_rng(seed)
        self.buyers = PricedBuyers(
            random.normal(1.0, 1.5, (n_buyers, n)),
            -random.uniform(0.2, 1.5, (n_buyers, n_terms)),
            random.uniform(0.1, 2.0, n_buyers),
        )
        self.prices = random.uniform(1.0, 4.0, n)
        self.costs = random.uniform(0.2, 2.0, n)
        firms = random.integers(0, 2, n)
        self.ownership = (firms[:, None] == firms).astype(float)

    @property
    def margins(self):
        return self.prices - self.costs

    def terms(self, prices=None):
        p = self.prices if prices is None else prices
        terms = [(p, 1.0 + 0 * p, 0 * p), (np.log(p), 1 / p, -1 / p**2)]
        n_terms = self.buyers.coefficients.shape[1]
        return PriceTerms(*map(np.array, zip(*terms[:n_terms], strict=True)))

    def gradient(self, prices, scale=1.0):
        found = share_slopes(self.buyers, self.terms(prices), scale=scale)
        return profit_gradient(found, self.ownership, prices - self.costs)


cases = st.builds(
    Case,
    st.integers(0, 10**6),
    n_buyers=st.integers(1, 7),
    n=st.integers(1, 6),
    n_terms=st.integers(1, 2),
)
scales = st.sampled_from([1.0, 0.4])


def by_differences(function, prices, step=1e-6):
    """Return the slope of each element (row) by each price (column)."""
    columns = []
    for k in range(len(prices)):
        up, down = prices.copy(), prices.copy()
        up[k] += step
        down[k] -= step
        columns.append((function(up) - function(down)) / (2 * step))
    return np.array(columns).T


@given(cases, scales)
def test_shares_and_slopes_are_those_of_the_formula(case, scale):
    found = share_slopes(case.buyers, case.terms(), scale=scale)
    expected = reference.share_slopes(case.buyers, case.terms(), scale)
    for ours, formula in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, formula, rtol=1e-11)


@given(cases, scales)
def test_slopes_are_the_derivatives_of_shares(case, scale):
    found = share_slopes(case.buyers, case.terms(), scale=scale)
    numerical = by_differences(
        lambda p: share_slopes(case.buyers, case.terms(p), scale=scale).shares, case.prices
    )
    np.testing.assert_allclose(np.diag(found.own) - found.cross, numerical, atol=1e-7)


@given(cases)
def test_the_profit_gradient_is_the_derivative_of_each_owners_profit(case):
    numerical = by_differences(
        lambda p: reference.profit(
            case.buyers, case.terms(p).values, case.ownership, p - case.costs
        ),
        case.prices,
    )
    np.testing.assert_allclose(case.gradient(case.prices), np.diag(numerical), atol=1e-6)
    formula = reference.profit_gradient(case.buyers, case.terms(), case.ownership, case.margins)
    np.testing.assert_allclose(case.gradient(case.prices), formula, rtol=1e-9, atol=1e-12)


@given(cases, scales)
def test_slopes_of_the_gradient_are_its_derivatives(case, scale):
    found = gradient_slopes(
        case.buyers,
        case.terms(),
        ownership=case.ownership,
        margins=case.margins,
        scale=scale,
    )
    numerical = by_differences(lambda p: case.gradient(p, scale), case.prices)
    np.testing.assert_allclose(found, numerical, atol=1e-6)


@given(cases)
def test_zeta_leaves_margins_as_they_are_where_the_gradient_is_zero(case):
    found = share_slopes(case.buyers, case.terms())
    gradient = profit_gradient(found, case.ownership, case.margins)
    step = case.margins - zeta_markups(found, case.ownership, case.margins)
    np.testing.assert_allclose(found.own * step, gradient, rtol=1e-9, atol=1e-12)


def test_a_common_coefficient_is_the_same_as_one_for_each_alternative():
    case = Case(3)
    n = len(case.prices)
    alike = case.buyers._replace(coefficients=np.tile(case.buyers.coefficients, (1, n)))
    each = PriceTerms(np.diag(case.prices), np.eye(n), np.zeros((n, n)))
    for common, own in zip(
        share_slopes(case.buyers, case.terms()), share_slopes(alike, each), strict=True
    ):
        np.testing.assert_allclose(own, common, rtol=1e-12)


@given(cases)
def test_what_is_not_sold_has_no_share(case):
    case.buyers.utility[:, 0] = -np.inf
    found = share_slopes(case.buyers, case.terms())
    assert found.shares[0] < 1e-100
    assert np.isfinite(found.cross).all()


def test_utilities_of_any_size_give_finite_shares():
    buyers = PricedBuyers(np.array([[900.0, -900.0]]), np.array([[-1.0]]), np.ones(1))
    found = share_slopes(buyers, linear_price(np.array([1.0, 1.0])))
    np.testing.assert_allclose(found.shares, [1.0, 0.0], atol=1e-100)


def test_blocks_worked_on_backwards_give_the_same_bits(monkeypatch):
    def backwards(work, blocks):
        found = [work(block) for block in reversed(blocks)]
        return found[::-1]

    monkeypatch.setattr(markups, "_BUYERS_AT_ONCE", 3)
    case = Case(5, n_buyers=10)
    for here, there in zip(
        share_slopes(case.buyers, case.terms()),
        share_slopes(case.buyers, case.terms(), map_blocks=backwards),
        strict=True,
    ):
        assert here.tobytes() == there.tobytes()


@given(cases, st.integers(0, 10**6))
def test_a_response_is_the_profit_at_that_price(case, seed):
    random = np.random.default_rng(seed)
    n = len(case.prices)
    grid = case.prices + np.arange(3)[:, None]
    asked = random.integers(0, 3, n)
    odds = odds_by_price(
        case.buyers,
        np.array([case.terms(prices).values for prices in grid]),
        grid - case.costs,
        np.arange(n),
        n,
    )
    offer = int(random.integers(n))
    found = responses(odds, asked, offer=offer, ownership=case.ownership[offer])
    for t in range(3):
        prices = grid[np.where(np.arange(n) == offer, t, asked), np.arange(n)]
        profit = reference.profit(
            case.buyers, case.terms(prices).values, case.ownership, prices - case.costs
        )
        assert found[t] == pytest.approx(profit[offer], rel=1e-10, abs=1e-12)
