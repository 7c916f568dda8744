"""Candidates: every offer that could be made, as what is fixed in it and a price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterflow.domain import buildable
from counterflow.domain.configuration import Configuration
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.programme import Programme
from counterflow.domain.settings import PriceRange


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An offer that could be made."""

    configuration: Configuration
    """The levels that are fixed; options are left to the buyer."""
    variants: tuple[Configuration, ...]
    """The buildable configurations that a buyer can make of it."""
    price: float
    """Before options and subsidies."""
    prices: PriceRange
    """The range that the price was taken from."""


def buildable_configurations(programme: Programme) -> tuple[Configuration, ...]:
    """Return every configuration that the rules allow and that `search.keep` admits.

    Raises
    ------
    NothingBuildableError
        If there is none, with the rules that conflict.
    """
    return buildable.buildable_configurations(
        programme.configurable, programme.rules, keep=programme.search.keep
    )


def candidates(
    programme: Programme, configurations: Sequence[Configuration]
) -> tuple[Candidate, ...]:
    """Return each offer that the search may make, those of `search.never_offer` left out.

    Candidates with the same fixed levels stand side by side, by ascending price.
    """
    never = programme.search.never_offer
    return tuple(
        candidate
        for candidate in all_candidates(programme, configurations)
        if not any(p.is_met_by(candidate.configuration, candidate.price) for p in never)
    )


def all_candidates(
    programme: Programme, configurations: Sequence[Configuration]
) -> tuple[Candidate, ...]:
    """Return each combination of what is fixed in an offer with each of its prices."""
    fixed = [name for name, a in programme.configurable.items() if a.kind != "option"]
    variants: dict[Configuration, list[Configuration]] = {}
    for configuration in configurations:
        variants.setdefault(configuration.only(fixed), []).append(configuration)
    found = []
    for configuration, joint in variants.items():
        prices = _prices_of(programme, configuration)
        found += [
            Candidate(
                configuration=configuration, variants=tuple(joint), price=price, prices=prices
            )
            for price in programme.search.prices_in(prices)
        ]
    return tuple(found)


def _prices_of(programme: Programme, configuration: Configuration) -> PriceRange:
    for prices in programme.search.prices:
        if configuration.meets(prices.when):
            return prices
    problem = Problem(
        expected="a price range for each configuration",
        found=f"none for {configuration}",
        key="search.prices",
        advice="Add a range without `when` at the end; options cannot decide the price range.",
    )
    raise InputError([problem])
