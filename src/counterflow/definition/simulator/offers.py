"""Offers of a scenario: new ones, and those of a line at other prices or with other levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from counterflow.definition.candidates import Candidate
from counterflow.definition.offers import offer_of
from counterflow.domain.buildable import buildable_configurations
from counterflow.domain.configuration import Configuration
from counterflow.domain.definition import Offer
from counterflow.domain.programme import Programme
from counterflow.domain.settings import PriceRange


def new_offer(programme: Programme, name: str, levels: Mapping[str, str], price: float) -> Offer:
    """Return the offer with these levels, and every option that the rules allow with them.

    Raises
    ------
    NothingBuildableError
        If the rules allow none, with those that conflict.
    """
    fixed = {n: levels[n] for n, a in programme.configurable.items() if a.kind != "option"}
    variants = buildable_configurations(
        programme.configurable,
        programme.rules,
        keep={attribute: (level,) for attribute, level in fixed.items()},
    )
    return _offer(programme, name, Configuration.of(fixed), variants, price)


def offer_with(programme: Programme, offer: Offer, levels: Mapping[str, str]) -> Offer:
    """Return the offer with other levels, at its price; NothingBuildableError as `new_offer`."""
    changed = {**offer.configuration.as_dict(), **levels}
    return new_offer(programme, offer.name, changed, offer.price)


def offer_at(programme: Programme, offer: Offer, price: float) -> Offer:
    """Return the offer at another price; what options cost on top stays."""
    variants = [variant.configuration for variant in offer.variants]
    made = _offer(programme, offer.name, offer.configuration, variants, price)
    # What buyers are billed is rounded for people; a question about a price means that price.
    return replace(
        made,
        variants=tuple(
            replace(new, price=old.price - offer.price + price)
            for new, old in zip(made.variants, offer.variants, strict=True)
        ),
    )


def _offer(
    programme: Programme,
    name: str,
    configuration: Configuration,
    variants: Sequence[Configuration],
    price: float,
) -> Offer:
    candidate = Candidate(
        configuration=configuration,
        variants=tuple(variants),
        price=price,
        prices=PriceRange(least=price, most=price, step=price),
    )
    return offer_of(programme, candidate, name=name)
