"""Checks between the sections of a programme: every name that is used must exist somewhere.

The checks take whatever sections are valid by themselves, so that one wrong key elsewhere in a
file does not hide them; a name whose own entry is broken is not reported a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from counterflow.domain.coding import UtilityCoding
from counterflow.domain.section import level_name

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class BrokenReference:
    """A name used at `key` that does not fit the rest of the file."""

    key: Key
    expected: str
    found: str

    def __str__(self) -> str:
        dotted = ".".join(map(str, self.key))
        return f"{dotted}: expected {self.expected}, found {self.found}"


def broken_references(sections: Mapping[str, Any]) -> Iterator[BrokenReference]:
    """Yield each reference between sections that leads nowhere.

    `sections` maps section names to checked values and leaves out those that are broken. Within
    "attributes" a broken attribute may stand as None: names are then trusted to exist.
    """
    attributes = sections.get("attributes")
    if attributes is not None:
        yield from _price_is_single(attributes)
        yield from _conditions(sections, attributes)
        yield from _levels_of_costs(sections, attributes)
        yield from _something_costed(sections, attributes)
        yield from _terms_under_contract(sections, attributes)
        yield from _levels_of_competitors(sections, attributes)
        yield from _survey_columns(sections, attributes)
        yield from _coefficients(sections, attributes)
        yield from _price_ranges(sections, attributes)
    yield from _regions(sections)
    yield from _outside_option(sections)
    yield from _currency(sections, attributes)


def _price_is_single(attributes: Mapping[str, Any]) -> Iterator[BrokenReference]:
    if None in attributes.values():
        return
    prices = [name for name, attribute in attributes.items() if attribute.kind == "price"]
    if len(prices) != 1:
        expected = 'exactly one attribute of kind "price"'
        yield BrokenReference(("attributes",), expected, f"{len(prices)}: {prices}")


def _conditions(
    sections: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[BrokenReference]:
    for key, condition in _all_conditions(sections):
        for name, levels in condition.items():
            if name not in attributes:
                yield BrokenReference((*key, name), _one_of(attributes), repr(name))
                continue
            attribute = attributes[name]
            if attribute is None:
                continue
            if attribute.kind == "price":
                expected = "an attribute other than the price"
                yield BrokenReference((*key, name), expected, repr(name))
            for level in levels:
                if level not in attribute.level_names:
                    yield BrokenReference((*key, name), _one_of(attribute.level_names), repr(level))


def _all_conditions(sections: Mapping[str, Any]) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    for i, rule in enumerate(sections.get("rules") or ()):
        for part in ("when", "requires", "excludes"):
            yield ("rules", i, part), getattr(rule, part)
    for name, contract in (sections.get("contracts") or {}).items():
        yield ("contracts", name, "when"), contract.when
    for name, part in (sections.get("parts") or {}).items():
        for i, use in enumerate(part.used_in):
            yield ("parts", name, "used_in", i, "when"), use.when
    if costs := sections.get("costs"):
        for name, package in costs.packages.items():
            yield ("costs", "packages", name, "when"), package.when
    if market := sections.get("market"):
        for name, subsidy in market.subsidies.items():
            yield ("market", "subsidies", name, "when"), subsidy.when
    if search := sections.get("search"):
        yield ("search", "keep"), search.keep
        for i, prices in enumerate(search.prices):
            yield ("search", "prices", i, "when"), prices.when


def _levels_of_costs(
    sections: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[BrokenReference]:
    costs = sections.get("costs")
    for name, by_level in (costs.levels if costs else {}).items():
        key: Key = ("costs", "levels", name)
        if name not in attributes:
            yield BrokenReference(key, _one_of(attributes), repr(name))
        elif attributes[name] is not None:
            levels = attributes[name].level_names
            for level in by_level:
                if level not in levels:
                    yield BrokenReference((*key, level), _one_of(levels), repr(level))
            if missing := [level for level in levels if level not in by_level]:
                expected = f"a cost for each level of {name}"
                yield BrokenReference(key, expected, f"none for {missing}")


def _something_costed(
    sections: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[BrokenReference]:
    costs, parts = sections.get("costs"), sections.get("parts")
    if costs is None or parts is None:
        return
    costed = set(costs.levels)
    costed |= {name for part in parts.values() for use in part.used_in for name in use.when}
    costed |= {name for package in costs.packages.values() for name in package.when}
    for name, attribute in attributes.items():
        if attribute is None or attribute.kind not in ("feature", "option") or name in costed:
            continue
        expected = f"a cost or a part that depends on {name}; zeros if it costs nothing"
        yield BrokenReference(("costs", "levels"), expected, "neither")


def _terms_under_contract(
    sections: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[BrokenReference]:
    contracts = sections.get("contracts")
    if contracts is None:
        return
    for name, attribute in attributes.items():
        if attribute is None or attribute.kind != "term":
            continue
        covered = {level for c in contracts.values() for level in c.when.get(name, ())}
        for level in attribute.level_names:
            if level != attribute.base_level and level not in covered:
                expected = (
                    f"a contract for {name} = {level}, as only {attribute.base_level} has none"
                )
                yield BrokenReference(("contracts",), expected, "none")


def _levels_of_competitors(
    sections: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[BrokenReference]:
    market = sections.get("market")
    for rival, offer in (market.competitors if market else {}).items():
        key: Key = ("market", "competitors", rival, "levels")
        configurable = [n for n, a in attributes.items() if a is None or a.kind != "price"]
        for name, level in offer.levels.items():
            if name not in configurable:
                yield BrokenReference((*key, name), _one_of(configurable), repr(name))
            elif attributes[name] is not None:
                yield from _level_of_competitor((*key, name), attributes[name], level)
        certain = [n for n in configurable if attributes[n] is not None]
        if missing := [name for name in certain if name not in offer.levels]:
            expected = "a level of each attribute but the price"
            yield BrokenReference(key, expected, f"none of {missing}")


def _level_of_competitor(key: Key, attribute: Any, level: Any) -> Iterator[BrokenReference]:
    if attribute.is_numeric:
        low, high = min(attribute.values), max(attribute.values)
        if not isinstance(level, int | float) or not low <= level <= high:
            expected = f"a number from {low:g} to {high:g}, the range that was asked about"
            yield BrokenReference(key, expected, repr(level))
    elif level_name(level) not in attribute.level_names:
        yield BrokenReference(key, _one_of(attribute.level_names), repr(level))


def _survey_columns(
    sections: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[BrokenReference]:
    survey = sections.get("survey")
    if survey is None or survey.answers is None:
        return
    key: Key = ("survey", "answers", "attributes")
    columns = survey.answers.attributes
    for name, column in columns.items():
        if name not in attributes:
            yield BrokenReference((*key, name), _one_of(attributes), repr(name))
        elif attributes[name] is not None and column.dummies:
            expected = [x for x in attributes[name].level_names if x != attributes[name].base_level]
            if sorted(column.dummies) != sorted(expected):
                yield BrokenReference(
                    (*key, name, "dummies"),
                    f"a column for each level but the base: {expected}",
                    str(sorted(column.dummies)),
                )
        elif (
            attributes[name] is not None
            and not attributes[name].is_numeric
            and column.multiply_by != 1.0
        ):
            yield BrokenReference(
                (*key, name, "multiply_by"),
                "no factor on a categorical attribute",
                f"{column.multiply_by:g}",
            )
    if missing := [name for name in attributes if name not in columns]:
        yield BrokenReference(key, "a column for each attribute", f"none for {missing}")


def _coefficients(
    sections: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[BrokenReference]:
    survey = sections.get("survey")
    if None in attributes.values() or survey is None:
        return
    simulated, answers = survey.simulated, survey.answers
    has_outside = simulated.outside_option if simulated else answers.outside_alternative is not None
    labels = UtilityCoding.of(attributes, has_outside=has_outside).labels
    if simulated:
        key: Key = ("survey", "simulated", "preferences")
        for label in simulated.preferences:
            if label not in labels:
                yield BrokenReference((*key, label), _one_of(labels), repr(label))
        if missing := [label for label in labels if label not in simulated.preferences]:
            yield BrokenReference(key, "a spread for each coefficient", f"none for {missing}")
    estimation = sections.get("estimation")
    signs = estimation.signs if estimation and estimation.model == "hb" else {}
    for label in signs:
        if label not in labels:
            yield BrokenReference(("estimation", "signs", label), _one_of(labels), repr(label))
    if simulated:
        for label, sign in signs.items():
            spread = simulated.preferences.get(label)
            if spread and spread.mean * (1 if sign == "positive" else -1) <= 0:
                yield BrokenReference(
                    ("survey", "simulated", "preferences", label),
                    f"a {sign} mean, as estimation.signs says",
                    f"{spread.mean:g}",
                )


def _price_ranges(
    sections: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[BrokenReference]:
    search = sections.get("search")
    prices = [a for a in attributes.values() if a is not None and a.kind == "price"]
    if search is None or len(prices) != 1:
        return
    low, high = min(prices[0].values), max(prices[0].values)
    for i, asked in enumerate(search.prices):
        for end in ("least", "most"):
            price = getattr(asked, end)
            if not low <= price <= high:
                yield BrokenReference(
                    ("search", "prices", i, end),
                    f"a price from {low:g} to {high:g}, the range that was asked about",
                    f"{price:g}",
                )


def _regions(sections: Mapping[str, Any]) -> Iterator[BrokenReference]:
    market = sections.get("market")
    if market is None:
        return
    users: list[tuple[Key, tuple[str, ...]]] = [
        (("market", "subsidies", name, "regions"), subsidy.regions)
        for name, subsidy in market.subsidies.items()
    ]
    users += [
        (("market", "competitors", name, "regions"), rival.regions)
        for name, rival in market.competitors.items()
    ]
    for key, regions in users:
        for region in regions:
            if region not in market.regions:
                yield BrokenReference(key, _one_of(market.regions), repr(region))


def _outside_option(sections: Mapping[str, Any]) -> Iterator[BrokenReference]:
    market, survey = sections.get("market"), sections.get("survey")
    if market is None:
        return
    kind = market.outside_option.kind
    if kind == "calibrated":
        everywhere = [rival for rival in market.competitors.values() if not rival.regions]
        served = {region for rival in market.competitors.values() for region in rival.regions}
        unserved = sorted(set(market.regions) - served)
        if not everywhere and unserved:
            yield BrokenReference(
                ("market", "outside_option", "kind"),
                "a competitor in each region to calibrate against",
                f"none in {unserved}",
            )
    elif survey is not None:
        asked = (
            survey.simulated.outside_option
            if survey.simulated
            else survey.answers.outside_alternative is not None
        )
        if not asked:
            yield BrokenReference(
                ("market", "outside_option", "kind"),
                "'calibrated', as the survey offered no outside option",
                "'estimated'",
            )


def _currency(
    sections: Mapping[str, Any], attributes: Mapping[str, Any] | None
) -> Iterator[BrokenReference]:
    about = sections.get("programme")
    for name, attribute in (attributes or {}).items():
        if attribute is None or attribute.kind != "price" or about is None:
            continue
        if attribute.unit != about.currency:
            yield BrokenReference(
                ("attributes", name, "unit"),
                f"the programme's currency, {about.currency!r}",
                repr(attribute.unit),
            )


def _one_of(names: Any) -> str:
    return "one of " + ", ".join(map(str, names))
