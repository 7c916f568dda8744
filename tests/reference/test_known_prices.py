"""Prices that are known: by a formula, and as another library finds them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import lambertw

from benchmarks import price_problem
from counterflow.definition.prices.equilibrium import equilibrium_prices
from counterflow.definition.prices.market import priced_market

# What pyblp 1.3.0 prints for `python -m benchmarks.peers.pyblp.equilibrium_prices`, whose fixed
# point stops at a profit gradient of 1e-14.
PYBLP = [
    2.328392225144366,
    2.762597262787381,
    3.112796309460661,
    3.459401533610604,
    2.644986233821249,
    3.063526175251365,
    3.3925691231640087,
    2.6214211558872744,
    2.953403371303292,
    3.2830858844525177,
]


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 8), st.floats(0.05, 5.0))
def test_a_monopolist_of_a_multinomial_logit_has_the_common_markup_of_lambert_w(seed, n, a):
    """m = (1 + W(sum of exp(V - a c - 1))) / a (Li and Huh, Manufacturing & Service Operations
    Management 13(4), 2011, theorem 2).
    """
    random = np.random.default_rng(seed)
    utility, costs = random.normal(1.0, 1.0, n), random.uniform(0.5, 3.0, n)
    found = equilibrium_prices(priced_market(utility[None], np.array([[-a]]), costs))
    markup = (1.0 + lambertw(np.exp(utility - a * costs - 1.0).sum()).real) / a
    assert found.n_starts_at_it == found.n_starts
    for ours in found.markups.values():
        assert ours == pytest.approx(markup, rel=1e-8)


def test_two_firms_of_five_products_ask_what_pyblp_says_from_every_start():
    price, quality = price_problem.coefficients(2000)
    market = priced_market(
        quality[:, None] * price_problem.QUALITIES,
        price[:, None],
        price_problem.COSTS,
        firms=[f"firm_{f}" for f in price_problem.FIRMS],
    )
    found = equilibrium_prices(market)
    assert (found.status, found.n_starts_at_it) == ("converged", 5)
    np.testing.assert_allclose(list(found.prices.values()), PYBLP, rtol=1e-9)
