"""Errors of levels as loadings: which alternatives share which error in randomised first choice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Float

from counterflow.definition.simulator.scenario import Scenario
from counterflow.domain.attributes import Attribute
from counterflow.domain.market_alternatives import MarketAlternatives
from counterflow.domain.random_streams import random_stream
from counterflow.kernels.market_shares import LevelErrors

Product = Mapping[str, str | float]


def level_errors(scenario: Scenario, market: MarketAlternatives) -> LevelErrors:
    """Return the errors that the alternatives of a market share.

    A level's error goes to every product that has the level. A number between two levels gets the
    mean of their errors, weighted by how near it is. An attribute that is not shared gives each
    offer an error of its own, the same for its variants. The outside option has no level and no
    such error.

    Notes
    -----
    The term X E_A of randomised first choice (Huber, Orme and Miller, Dealing with product
    similarity in conjoint simulations, Sawtooth Software Conference 1999), normal here. Attributes
    whose correction for similarity is switched off, as Sawtooth advises for price, are unshared.
    """
    products = list(_products(scenario))
    names = market.names[:-1]
    columns = [
        _own(names) if name in scenario.errors.unshared else _shared(name, attribute, products)
        for name, attribute in scenario.programme.attributes.items()
    ]
    levels = np.concatenate(columns, axis=1)
    loadings = np.vstack([levels, np.zeros((1, levels.shape[1]))]) * scenario.errors.sd
    key = random_stream(scenario.programme.seeds.search, "errors of levels").integers(
        2**63, size=2, dtype=np.uint64
    )
    return LevelErrors(
        np.repeat(loadings[None], len(market.regions), axis=0), scenario.errors.n_repeats, key
    )


def _products(scenario: Scenario) -> Iterator[Product]:
    """Yield levels and price of each variant and rival; prices as asked, before subsidies."""
    price = scenario.programme.price_attribute
    for offer in scenario.offers:
        for variant in offer.variants:
            yield {**variant.configuration.as_dict(), price: variant.price}
    for rival in scenario.programme.market.competitors.values():
        yield {**rival.levels, price: rival.price}


def _own(names: tuple[str, ...]) -> Float[np.ndarray, "products offers"]:
    distinct = list(dict.fromkeys(names))
    return np.array([[float(name == of) for of in distinct] for name in names]).reshape(
        len(names), len(distinct)
    )


def _shared(
    name: str, attribute: Attribute, products: list[Product]
) -> Float[np.ndarray, "products levels"]:
    found = [product[name] for product in products]
    if not attribute.is_numeric:
        levels = attribute.level_names
        return np.array([[float(str(x) == level) for level in levels] for x in found]).reshape(
            len(found), len(levels)
        )
    values = np.sort(attribute.values)
    by_name = {level.name: float(level.value or 0.0) for level in attribute.levels}
    numbers = [by_name[x] if isinstance(x, str) else float(x) for x in found]
    hats = np.eye(len(values))
    return np.array(
        [[np.interp(x, values, hat) for hat in hats] for x in numbers], dtype=float
    ).reshape(len(found), len(values))
