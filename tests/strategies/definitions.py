"""Definitions of the small bike, by the numbers of their candidates."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.offers import offer_of
from counterflow.domain.configuration import Configuration
from counterflow.domain.definition import Definition, Interval, Offer
from counterflow.domain.programme import Programme
from strategies.bikes import small_bike

BIKES = small_bike()


def offer_like(name: str, price: float, programme: Programme = BIKES, **levels: str) -> Offer:
    """Return the offer of a price and of the fixed levels that are named."""
    possible = candidates(programme, buildable_configurations(programme))
    fixed = {"motor": "hub", "load": "120", "battery": "bought", **levels}
    found = next(
        candidate
        for candidate in possible
        if candidate.configuration == Configuration.of(fixed) and candidate.price == price
    )
    return offer_of(programme, found, name=name)


def definition_of(*offers: Offer, **facts: Any) -> Definition:
    """Return a definition with these offers, its search left out."""
    return Definition(
        programme="cargo-bike",
        currency="EUR",
        offers=offers,
        status="optimal",
        method="by hand",
        profit=Interval(0.0, 0.0, 0.0, 0.0),
        search_value=1.0,
        bound=1.0,
        n_candidates=1,
        n_configurations=1,
        **facts,
    )


def with_offers(definition: Definition, offers: Sequence[Offer]) -> Definition:
    """Return the definition with other offers."""
    return replace(definition, offers=tuple(offers))
