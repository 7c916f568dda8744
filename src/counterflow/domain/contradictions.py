"""Sections of a programme that exist side by side and say things that cannot both hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from counterflow.domain.configuration import Configuration, Rule
from counterflow.domain.example_configuration import Condition, Levels, example_configuration
from counterflow.domain.mismatch import Key, Mismatch, quoted
from counterflow.domain.references import Sections, has_outside_option, known, numbered


def contradictions(sections: Sections) -> Iterator[Mismatch]:
    """Yield what contradicts something elsewhere; broken parts are left out as in `references`."""
    yield from _outside_option(sections)
    if attributes := sections.get("attributes"):
        yield from _price_is_single(attributes)
        yield from _currency(sections)
        yield from _something_costed(sections)
        yield from _prices_asked(sections)
        yield from _rules(sections)
        yield from _contracts(sections)
        yield from _price_ranges(sections)
        yield from _subsidies(sections)
        yield from _ladders(sections)


def _outside_option(sections: Sections) -> Iterator[Mismatch]:
    market = sections.get("market")
    if market is None or market.outside_option is None:
        return
    key: Key = ("market", "outside_option", "kind")
    if market.outside_option.kind == "estimated":
        if has_outside_option(sections.get("survey")) is False:
            expected = '"calibrated", as nobody could choose none of the products in the survey'
            yield Mismatch(key, expected, '"estimated"')
    elif market.outside_option.kind == "calibrated" and _is_whole(market.competitors):
        rivals = list(market.competitors.values())
        if any(rival.regions is None for rival in rivals) or market.regions is None:
            return
        served = {region for rival in rivals for region in rival.regions or market.regions}
        if unserved := [name for name in market.regions if name not in served]:
            expected = 'a competitor in each region, for kind "calibrated"'
            yield Mismatch(key, expected, "none in " + ", ".join(map(quoted, unserved)))


def _price_is_single(attributes: Mapping[str, Any]) -> Iterator[Mismatch]:
    if _is_whole(attributes):
        prices = [name for name, attribute in attributes.items() if attribute.kind == "price"]
        if len(prices) != 1:
            expected = 'one attribute of kind "price"'
            yield Mismatch(("attributes",), expected, ", ".join(map(quoted, prices)) or "none")


def _currency(sections: Sections) -> Iterator[Mismatch]:
    about = sections.get("programme")
    for name, attribute in known(sections["attributes"]):
        if about is None or about.currency is None or attribute.kind != "price":
            continue
        if attribute.unit != about.currency:
            expected = f"{quoted(about.currency)}, the programme's currency"
            yield Mismatch(("attributes", name, "unit"), expected, quoted(attribute.unit))


def _something_costed(sections: Sections) -> Iterator[Mismatch]:
    parts, costs = sections.get("parts"), sections.get("costs")
    if not _is_whole(parts) or costs is None or None in (costs.levels, costs.packages):
        return
    uses: list[Any] = [use for part in parts.values() for use in part.used_in or (None,)]
    conditioned = [*uses, *costs.packages.values()]
    if any(user is None or user.when is None for user in conditioned):
        return
    costed = {*costs.levels, *(name for user in conditioned for name in user.when)}
    for name, attribute in known(sections["attributes"]):
        if attribute.kind in ("feature", "option") and name not in costed:
            expected = f"a cost or a part that depends on {name}; zeros if it costs nothing"
            yield Mismatch(("costs", "levels", name), expected, "neither")


def _prices_asked(sections: Sections) -> Iterator[Mismatch]:
    search = sections.get("search")
    prices = [a for _, a in known(sections["attributes"]) if a.kind == "price"]
    if search is None or len(prices) != 1:
        return
    low, high = min(prices[0].values), max(prices[0].values)
    for i, asked in numbered(search.prices):
        for end in ("least", "most"):
            price = getattr(asked, end)
            if price is not None and not low <= price <= high:
                expected = f"a price from {low:g} to {high:g}, the range that was asked about"
                yield Mismatch(("search", "prices", i, end), expected, f"{price:g}")


def _rules(sections: Sections) -> Iterator[Mismatch]:
    levels = _levels(sections)
    for i, rule in numbered(sections.get("rules")):
        if not _is_known(levels, rule.when, rule.requires, rule.excludes):
            continue
        if _forbids_all(rule, levels):
            expected = "a rule that leaves something to build where its `when` holds"
            yield Mismatch(("rules", i), expected, "one that leaves nothing")
        if _forbids_nothing(rule, levels):
            expected = "a rule that rules something out"
            yield Mismatch(("rules", i), expected, "one that changes nothing")


def _forbids_all(rule: Rule, levels: Levels) -> bool:
    left = {
        name: [x for x in names if _is_in(x, name, rule.requires)]
        for name, names in _asked(rule, levels).items()
    }
    if not all(left.values()):
        return True
    return bool(rule.excludes) and all({*left[n]} <= {*xs} for n, xs in rule.excludes.items())


def _forbids_nothing(rule: Rule, levels: Levels) -> bool:
    asked = _asked(rule, levels)
    all_meet_required = all({*asked[n]} <= {*xs} for n, xs in rule.requires.items())
    some_excluded = all({*asked[n]} & {*xs} for n, xs in rule.excludes.items())
    return all_meet_required and not (rule.excludes and some_excluded)


def _asked(rule: Rule, levels: Levels) -> Levels:
    """Return, of the attributes that the rule names, the levels with which its `when` holds."""
    named = {*rule.when, *rule.requires, *rule.excludes}
    return {name: [x for x in levels[name] if _is_in(x, name, rule.when)] for name in named}


def _is_in(level: str, attribute: str, condition: Condition) -> bool:
    return attribute not in condition or level in condition[attribute]


def _contracts(sections: Sections) -> Iterator[Mismatch]:
    levels, contracts = _levels(sections), sections.get("contracts")
    rules = _known_rules(sections, levels)
    if rules is None or not _is_whole(contracts):
        return
    terms = {name: contract.when for name, contract in contracts.items()}
    if not _is_known(levels, *terms.values()):
        return
    yield from _overlaps(terms, levels, rules)
    for name, attribute in known(sections["attributes"]):
        if attribute.kind != "term":
            continue
        for level in attribute.level_names:
            if level == attribute.base_level:
                continue
            bare = example_configuration(
                levels, rules=rules, meets=[{name: (level,)}], avoids=list(terms.values())
            )
            if bare is not None:
                expected = f"a contract wherever {name} is {quoted(level)}"
                yield Mismatch(("contracts",), expected, f"none for {_in_words(bare)}")


def _overlaps(
    terms: Mapping[str, Condition], levels: Levels, rules: list[Rule]
) -> Iterator[Mismatch]:
    names = list(terms)
    for i, name in enumerate(names):
        for earlier in names[:i]:
            both = example_configuration(levels, rules=rules, meets=[terms[earlier], terms[name]])
            if both is not None:
                yield Mismatch(
                    ("contracts", name, "when"),
                    "one contract at most for a configuration",
                    f"two, {quoted(earlier)} and {quoted(name)}, for {_in_words(both)}",
                )


def _price_ranges(sections: Sections) -> Iterator[Mismatch]:
    levels, search = _levels(sections), sections.get("search")
    rules = _known_rules(sections, levels)
    if rules is None or search is None or search.prices is None:
        return
    whens: list[Any] = [asked.when if asked is not None else None for asked in search.prices]
    if not _is_known(levels, search.keep, *whens):
        return
    without = example_configuration(levels, rules=rules, meets=[search.keep], avoids=whens)
    if without is not None:
        expected = "a price range for each configuration"
        yield Mismatch(("search", "prices"), expected, f"none for {_in_words(without)}")
    for i, when in enumerate(whens):
        if any(_implies(when, earlier, levels) for earlier in whens[:i]):
            expected = "a range for configurations that no earlier range covers"
            yield Mismatch(
                ("search", "prices", i),
                expected,
                "none left",
                "The first range that holds applies.",
            )


def _implies(condition: Condition, other: Condition, levels: Levels) -> bool:
    return all(set(condition.get(name, levels[name])) <= {*xs} for name, xs in other.items())


def _subsidies(sections: Sections) -> Iterator[Mismatch]:
    levels, market, search = _levels(sections), sections.get("market"), sections.get("search")
    rules = _known_rules(sections, levels)
    if rules is None or market is None or search is None or None in (search.prices or (None,)):
        return
    subsidies = {name: s for name, s in known(market.subsidies) if s.amount and s.regions}
    whens = [asked.when for asked in search.prices]
    if not _is_known(levels, search.keep, *whens, *(s.when for s in subsidies.values())):
        return
    for region in market.regions or ():
        here = {name: s for name, s in subsidies.items() if region in s.regions}
        for i, asked in enumerate(search.prices):
            if asked.least is None or sum(s.amount for s in here.values()) < asked.least:
                continue
            sold = {"rules": rules, "meets": [search.keep, asked.when], "avoids": whens[:i]}
            together = _that_go_together(here, levels, **sold)
            total = sum(here[name].amount for name in together)
            if total >= asked.least:
                key = ("market", "subsidies", together[0], "amount")
                expected = f"subsidies in {region} below the least price, {asked.least:g}"
                yield Mismatch(key, expected, f"{total:g} together")
                break


def _that_go_together(
    subsidies: Mapping[str, Any], levels: Levels, *, meets: list[Condition], **sold: Any
) -> list[str]:
    """Return subsidies that one and the same configuration gets, the largest first."""
    together: list[str] = []
    for name in sorted(subsidies, key=lambda name: -subsidies[name].amount):
        also = [*meets, subsidies[name].when]
        if example_configuration(levels, meets=also, **sold) is not None:
            together, meets = [*together, name], also
    return together


def _ladders(sections: Sections) -> Iterator[Mismatch]:
    levels, search = _levels(sections), sections.get("search")
    for i, ladder in numbered(search.ladders if search is not None else None):
        if not _is_known(levels, ladder.lower, ladder.higher):
            continue
        both = example_configuration(levels, meets=[ladder.lower, ladder.higher])
        if both is not None:
            expected = "no offer that `lower` and `higher` both hold for"
            yield Mismatch(("search", "ladders", i), expected, _in_words(both))


def _levels(sections: Sections) -> Levels:
    """Return the levels that make a configuration; broken attributes are left out."""
    return {n: a.level_names for n, a in known(sections["attributes"]) if a.kind != "price"}


def _known_rules(sections: Sections, levels: Levels) -> list[Rule] | None:
    """Return the rules if all of them can be applied."""
    rules = sections.get("rules", ())
    if rules is None or None in rules:
        return None
    are_known = all(_is_known(levels, rule.when, rule.requires, rule.excludes) for rule in rules)
    return list(rules) if are_known else None


def _is_known(levels: Levels, *conditions: Condition | None) -> bool:
    return all(
        condition is not None
        and all(name in levels and {*xs} <= {*levels[name]} for name, xs in condition.items())
        for condition in conditions
    )


def _is_whole(entries: Mapping[str, Any] | None) -> TypeGuard[Mapping[str, Any]]:
    return entries is not None and None not in entries.values()


def _in_words(configuration: Configuration) -> str:
    levels = [f"{name} = {quoted(level)}" for name, level in configuration.levels]
    return ", ".join(levels) or "any configuration"
