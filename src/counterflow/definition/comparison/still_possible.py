"""Whether a definition's offers can be offered under the programme as it is now."""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.domain.configuration import Configuration
from counterflow.domain.definition import Definition, Offer
from counterflow.domain.errors import Problem
from counterflow.domain.mismatch import one_of
from counterflow.domain.programme import Programme


def problems_now(programme: Programme, definition: Definition, *, called: str) -> list[Problem]:
    """Return all that keeps the definition from being valued under this programme.

    Its money must be the programme's; every attribute must be there, with the level that was
    chosen; no rule may be broken; and the price must lie within those asked about. `called` is
    what the definition is called in the problems.
    """
    problems = []
    if definition.currency != programme.programme.currency:
        problems.append(
            Problem(
                expected=f"money in {programme.programme.currency}, as the programme counts",
                found=definition.currency,
                where=called,
                key="currency",
                advice="Compare definitions of one currency.",
            )
        )
    for offer in definition.offers:
        problems += _problems_of_offer(programme, offer, called)
    return problems


def _problems_of_offer(programme: Programme, offer: Offer, called: str) -> Iterator[Problem]:
    found = [*_price_problems(programme, offer)]
    for variant in offer.variants:
        unknown = [*_level_problems(programme, variant.configuration)]
        found += unknown or _rule_problems(programme, variant.configuration)
    # One problem of all variants is said once.
    for expected, what in dict.fromkeys(found):
        yield Problem(
            expected=expected,
            found=what,
            where=called,
            key=f"offers.{offer.name}",
            advice="Both definitions are valued under the programme as it is now.",
        )


def _price_problems(programme: Programme, offer: Offer) -> Iterator[tuple[str, str]]:
    asked = programme.attributes[programme.price_attribute].values
    if not min(asked) <= offer.price <= max(asked):
        yield (
            f"a price from {min(asked):,.12g} to {max(asked):,.12g}, as people were asked about",
            f"{offer.price:,.12g}",
        )


def _level_problems(
    programme: Programme, configuration: Configuration
) -> Iterator[tuple[str, str]]:
    levels, attributes = configuration.as_dict(), programme.configurable
    if levels.keys() != attributes.keys():
        yield f"a level of each of {', '.join(attributes)}", f"levels of {', '.join(levels)}"
    for name in (name for name in attributes if name in levels):
        names = attributes[name].level_names
        if levels[name] not in names:
            yield f"{one_of(names)} for {name}", f'"{levels[name]}"'


def _rule_problems(programme: Programme, configuration: Configuration) -> Iterator[tuple[str, str]]:
    for i, rule in enumerate(programme.rules, start=1):
        if not rule.allows(configuration):
            concerned = configuration.only([*rule.when, *rule.requires, *rule.excludes])
            yield f"what rule {i} allows ({rule.reason})", str(concerned)
