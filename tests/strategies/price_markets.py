"""Markets with prices to set: small, drawn at random, with any owners."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from counterflow.definition.prices.market import PricedMarket, priced_market


def market_at_random(
    seed: int, *, n_buyers: int = 40, n_offers: int = 3, n_firms: int = 2, **other: object
) -> PricedMarket:
    """Return buyers with tastes of their own, and costs between 1 and 2."""
    random = np.random.default_rng(seed)
    return priced_market(
        **{
            "utility": random.normal(2.0, 1.0, (n_buyers, n_offers)),
            "price_coefficients": -np.exp(random.normal(0.0, 0.3, (n_buyers, 1))),
            "unit_costs": random.uniform(1.0, 2.0, n_offers),
            "firms": [f"firm_{o % n_firms}" for o in range(n_offers)],
            **other,
        }
    )


def sizes_of_markets() -> st.SearchStrategy[dict[str, int]]:
    """Return what `market_at_random` takes.

    The market is made in the test: what checks types draws random numbers of its own, which
    Hypothesis does not allow while it generates.
    """
    return st.fixed_dictionaries(
        {
            "seed": st.integers(0, 10**6),
            "n_offers": st.integers(1, 4),
            "n_firms": st.integers(1, 3),
        }
    )
