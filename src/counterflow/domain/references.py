"""Names used across the sections of a programme: every name must exist where it points.

The checks take whatever is valid by itself, so that one wrong key elsewhere in a file does not
hide them: what is broken stands as None, and is then trusted to be what its users expect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from counterflow.domain.coding import UtilityCoding
from counterflow.domain.mismatch import Key, Mismatch, nearest, not_among, quoted
from counterflow.domain.number_references import number_references
from counterflow.domain.section import level_name

Sections = Mapping[str, Any]
"""Checked sections by name; a section, key or entry that is broken is None or left out."""


def broken_references(sections: Sections) -> Iterator[Mismatch]:
    """Yield each name that leads nowhere."""
    yield from _regions(sections)
    yield from number_references(sections)
    if sections.get("attributes"):
        yield from _conditions(sections)
        yield from _levels_of_costs(sections)
        yield from _levels_of_competitors(sections)
        yield from _survey_columns(sections)
        yield from _coefficients(sections)


def known(entries: Mapping[str, Any] | None) -> Iterator[tuple[str, Any]]:
    """Yield the entries of a table that are valid."""
    return ((name, entry) for name, entry in (entries or {}).items() if entry is not None)


def numbered(entries: Iterable[Any] | None) -> Iterator[tuple[int, Any]]:
    """Yield the entries of an array that are valid, with their positions."""
    return ((i, entry) for i, entry in enumerate(entries or ()) if entry is not None)


def has_outside_option(survey: Any) -> bool | None:
    """Return whether the survey lets people choose none; None if that is not known."""
    if survey is None or (survey.simulated is not None and survey.answers is not None):
        return None
    if survey.answers is not None:
        return survey.answers.outside_alternative is not None
    asked = survey.simulated or survey.questionnaire
    offered: bool | None = asked.outside_option if asked is not None else None
    return offered


def _regions(sections: Sections) -> Iterator[Mismatch]:
    market = sections.get("market")
    if market is None or market.regions is None:
        return
    for users in ("subsidies", "taxes", "competitors"):
        for name, user in known(getattr(market, users)):
            for i, region in numbered(user.regions):
                if region not in market.regions:
                    key: Key = ("market", users, name, "regions", i)
                    yield not_among(key, region, market.regions)


def _conditions(sections: Sections) -> Iterator[Mismatch]:
    attributes = sections["attributes"]
    for key, condition, usable in _all_conditions(sections):
        choices = [name for name, a in attributes.items() if a is None or usable(a)]
        for name, levels in condition.items():
            if name not in choices:
                yield not_among((*key, name), name, choices)
            elif attributes[name] is not None:
                for level in levels:
                    if level not in attributes[name].level_names:
                        yield not_among((*key, name), level, attributes[name].level_names)


def _all_conditions(
    sections: Sections,
) -> Iterator[tuple[Key, Mapping[str, Any], Callable[[Any], bool]]]:
    """Yield each condition, and which attributes it may name.

    Prices and contracts belong to an offer, whose options are still open; the rest to a vehicle.
    """
    for key, condition in _conditions_on_vehicles(sections):
        if condition is not None:
            yield key, condition, lambda attribute: attribute.kind != "price"
    for key, condition in _conditions_on_offers(sections):
        if condition is not None:
            yield key, condition, lambda attribute: attribute.kind in ("feature", "term")


def _conditions_on_vehicles(sections: Sections) -> Iterator[tuple[Key, Any]]:
    for i, rule in numbered(sections.get("rules")):
        for part in ("when", "requires", "excludes"):
            yield ("rules", i, part), getattr(rule, part)
    for name, part in known(sections.get("parts")):
        for i, use in numbered(part.used_in):
            yield ("parts", name, "used_in", i, "when"), use.when
    if costs := sections.get("costs"):
        for name, package in known(costs.packages):
            yield ("costs", "packages", name, "when"), package.when
    if market := sections.get("market"):
        for users in ("subsidies", "taxes"):
            for name, user in known(getattr(market, users)):
                yield ("market", users, name, "when"), user.when


def _conditions_on_offers(sections: Sections) -> Iterator[tuple[Key, Any]]:
    for name, contract in known(sections.get("contracts")):
        yield ("contracts", name, "when"), contract.when
    if search := sections.get("search"):
        yield ("search", "keep"), search.keep
        for i, prices in numbered(search.prices):
            yield ("search", "prices", i, "when"), prices.when
        yield from _conditions_on_lines(search)
    if costs := sections.get("costs"):
        for name, fixed in known(costs.fixed):
            yield ("costs", "fixed", name, "when"), fixed.when


def _conditions_on_lines(search: Any) -> Iterator[tuple[Key, Any]]:
    of_rules = {
        "must_offer": ("when",),
        "never_offer": ("when",),
        "line_rules": ("when", "requires", "excludes"),
        "ladders": ("lower", "higher"),
    }
    for rules, conditions in of_rules.items():
        for i, rule in numbered(getattr(search, rules)):
            for condition in conditions:
                yield ("search", rules, i, condition), getattr(rule, condition)


def _levels_of_costs(sections: Sections) -> Iterator[Mismatch]:
    attributes, costs = sections["attributes"], sections.get("costs")
    for name, by_level in known(costs.levels if costs else None):
        key: Key = ("costs", "levels", name)
        if name not in attributes:
            yield not_among(key, name, attributes)
        elif attributes[name] is not None:
            levels = attributes[name].level_names
            yield from _each_once(key, by_level, levels, f"a cost for each level of {name}")


def _each_once(
    key: Key, given: Iterable[str], wanted: Iterable[str], expected: str
) -> Iterator[Mismatch]:
    """Yield what is given too much and what is missing; a near miss counts as given."""
    given, wanted = list(given), list(wanted)
    missing = [name for name in wanted if name not in given]
    for name in given:
        if name not in wanted:
            yield not_among((*key, name), name, wanted)
            meant = nearest(name, missing)
            missing = [other for other in missing if other != meant]
    if missing:
        yield Mismatch(key, expected, "none for " + ", ".join(map(quoted, missing)))


def _levels_of_competitors(sections: Sections) -> Iterator[Mismatch]:
    attributes, market = sections["attributes"], sections.get("market")
    choices = [name for name, a in attributes.items() if a is None or a.kind != "price"]
    certain = [name for name in choices if attributes[name] is not None]
    for rival, offer in known(market.competitors if market else None):
        if offer.levels is None:
            continue
        key: Key = ("market", "competitors", rival, "levels")
        wanted = [name for name in choices if name in certain or name in offer.levels]
        yield from _each_once(key, offer.levels, wanted, "a level of each attribute but the price")
        for name, level in known(offer.levels):
            if name in certain:
                yield from _level_of_competitor((*key, name), attributes[name], level)


def _level_of_competitor(key: Key, attribute: Any, level: Any) -> Iterator[Mismatch]:
    if attribute.is_numeric:
        low, high = min(attribute.values), max(attribute.values)
        if not isinstance(level, int | float) or not low <= level <= high:
            expected = f"a number from {low:g} to {high:g}, the range that was asked about"
            yield Mismatch(key, expected, quoted(level) if isinstance(level, str) else f"{level:g}")
    elif level_name(level) not in attribute.level_names:
        yield not_among(key, str(level_name(level)), attribute.level_names)


def _survey_columns(sections: Sections) -> Iterator[Mismatch]:
    attributes, survey = sections["attributes"], sections.get("survey")
    if survey is None or survey.answers is None or survey.answers.attributes is None:
        return
    key: Key = ("survey", "answers", "attributes")
    columns = survey.answers.attributes
    yield from _each_once(key, columns, attributes, "a column for each attribute")
    for name, column in known(columns):
        if attributes.get(name) is not None:
            yield from _survey_column((*key, name), attributes[name], column)


def _survey_column(key: Key, attribute: Any, column: Any) -> Iterator[Mismatch]:
    if column.dummies:
        wanted = [level for level in attribute.level_names if level != attribute.base_level]
        expected = f"a column for each level but the base, {quoted(attribute.base_level)}"
        yield from _each_once((*key, "dummies"), column.dummies, wanted, expected)
    elif column.multiply_by not in (None, 1.0) and not attribute.is_numeric:
        expected = "no factor on an attribute that is not a number"
        yield Mismatch((*key, "multiply_by"), expected, f"{column.multiply_by:g}")


def _coefficients(sections: Sections) -> Iterator[Mismatch]:
    attributes, survey = sections["attributes"], sections.get("survey")
    has_outside = has_outside_option(survey)
    if has_outside is None or None in attributes.values():
        return
    labels = UtilityCoding.of(attributes, has_outside=has_outside).labels
    preferences = survey.simulated.preferences if survey and survey.simulated else None
    if preferences is not None:
        key: Key = ("survey", "simulated", "preferences")
        yield from _each_once(key, preferences, labels, "a spread for each coefficient")
    estimation = sections.get("estimation")
    signs = estimation.signs if estimation is not None and estimation.model == "hb" else None
    for label, sign in known(signs):
        if label not in labels:
            yield not_among(("estimation", "signs", label), label, labels)
        spread = (preferences or {}).get(label)
        if spread is not None and spread.mean is not None:
            yield from _mean_against_sign(label, spread.mean, sign)


def _mean_against_sign(label: str, mean: float, sign: str) -> Iterator[Mismatch]:
    if mean * (1 if sign == "positive" else -1) <= 0:
        yield Mismatch(
            ("survey", "simulated", "preferences", label, "mean"),
            f"a {sign} number, as [estimation] gives this coefficient the sign {quoted(sign)}",
            f"{mean:g}",
        )
