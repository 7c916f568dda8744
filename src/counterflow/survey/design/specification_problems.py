"""What can be wrong with what a design is asked for; everything is said at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from counterflow.domain.attributes import Attribute
from counterflow.domain.configuration import Rule
from counterflow.domain.design_settings import DesignSettings
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import quoted
from counterflow.domain.section import is_number
from counterflow.survey.design.coding import DesignCoding
from counterflow.survey.design.products import Products

_UNSTATED = "as given"
"""Unit of levels that somebody gave as bare numbers."""


def attributes_from(
    given: Mapping[str, Attribute | Sequence[str | int | float]],
) -> dict[str, Attribute]:
    """Return attributes of levels as given; InputError with everything that is wrong with them.

    Examples
    --------
    >>> found = attributes_from({"trim": ["base", "plus"], "price": [10, 12.5]})
    >>> found["trim"].coding, found["price"].coding, found["price"].level_names
    ('categorical', 'linear', ('10', '12.5'))
    """
    problems: list[Problem] = []
    found = {}
    if not given:
        problems.append(Problem("at least one attribute", "none", key="attributes"))
    for name, levels in given.items():
        if isinstance(levels, Attribute):
            found[name] = levels
            continue
        wrong = list(_wrong_levels(f"attributes.{name}", levels))
        problems += wrong
        if not wrong:
            found[name] = _attribute(name, levels)
    if problems:
        raise InputError(problems)
    return found


def problems_of_request(
    attributes: Mapping[str, Attribute],
    settings: DesignSettings,
    *,
    n_tasks: int,
    n_alternatives: int,
    asked_alternatives: int | None,
    rules: Sequence[Rule],
    only_for: Mapping[str, Sequence[str]],
    section: str = "",
) -> list[Problem]:
    """Return what does not fit together before any product is known."""
    problems = [*_wrong_names(attributes, settings, rules, only_for, section)]
    if n_tasks < 1:
        problems.append(Problem("at least 1 task", str(n_tasks), key="n_tasks"))
    if n_alternatives < 2:
        expected = "at least 2 alternatives in a task"
        problems.append(Problem(expected, str(n_alternatives), key="n_alternatives"))
    problems += _interactions_twice(settings, section)
    by = settings.labelled_by
    if by in attributes and asked_alternatives not in (None, n_alternatives):
        problems.append(
            Problem(
                expected=f"{n_alternatives} alternatives, one for each level of {by}",
                found=str(asked_alternatives),
                key=f"{section}labelled_by",
                advice="Ask for as many, or leave labelled_by out.",
            )
        )
    problems += _too_few_levels(attributes, settings, n_alternatives, section)
    if settings.n_shown is not None and settings.n_shown >= len(attributes):
        problems.append(
            Problem(
                expected=f"fewer than the {len(attributes)} attributes there are",
                found=str(settings.n_shown),
                key=f"{section}n_shown",
                advice="Leave n_shown out to show all.",
            )
        )
    if settings.n_shown is not None and by is not None:
        expected = "either labelled alternatives or partial profiles"
        problems.append(Problem(expected, "both", key=f"{section}n_shown"))
    if settings.n_shown is not None and settings.method == "full":
        expected = 'no n_shown with method "full", which shows whole products'
        problems.append(Problem(expected, str(settings.n_shown), key=f"{section}n_shown"))
    return problems


def problems_of_products(
    products: Products,
    levels: Mapping[str, Sequence[str]],
    signs: Mapping[str, str],
    coding: DesignCoding,
) -> list[Problem]:
    """Return what is wrong with the products that the rules leave."""
    problems = [
        Problem(
            expected=f"a coefficient of the design, one of {', '.join(coding.labels)}",
            found=quoted(label),
            key="signs",
        )
        for label in signs
        if label not in coding.labels
    ]
    problems += [
        Problem('"positive" or "negative"', quoted(str(sign)), key=f"signs.{label}")
        for label, sign in signs.items()
        if sign not in ("positive", "negative")
    ]
    j = len(products.may_stand)
    if len(products) < j:
        problems.append(
            Problem(
                expected=f"at least {j} different products to show in a task",
                found=f"{len(products)} that the rules allow",
                key="n_alternatives",
                advice="Show fewer, or loosen a rule.",
            )
        )
    for place in range(j):
        if not products.may_stand[place].any():
            expected = f"a product for place {place + 1}"
            problems.append(Problem(expected, "none that the rules allow", key="labelled_by"))
    return problems + list(_never_shown(products, levels, coding))


def _attribute(name: str, levels: Sequence[str | int | float]) -> Attribute:
    is_numeric = all(is_number(level) for level in levels)
    raw = {
        "label": name,
        "kind": "feature",
        "coding": "linear" if is_numeric else "categorical",
        "levels": [level if is_number(level) else str(level) for level in levels],
        **({"unit": _UNSTATED} if is_numeric else {}),
    }
    return Attribute.model_validate(raw)


def _wrong_levels(key: str, levels: Any) -> Iterator[Problem]:
    if isinstance(levels, str) or not isinstance(levels, Sequence):
        expected = "a list of levels, or an Attribute"
        yield Problem(expected, f"{type(levels).__name__}", key=key)
        return
    if len(levels) < 2:
        yield Problem(
            expected="two levels or more",
            found=f"{len(levels)}",
            key=key,
            advice="What does not vary teaches nothing: leave the attribute out.",
        )
        return
    odd = [level for level in levels if not isinstance(level, str) and not is_number(level)]
    if odd:
        yield Problem("names or numbers as levels", repr(odd[0]), key=key)
        return
    try:
        _attribute(key, levels)
    except ValidationError as error:
        for wrong in error.errors():
            found = wrong["msg"].removeprefix("Value error, ")
            yield Problem("levels that can be told apart", found, key=key)


def _interactions_twice(settings: DesignSettings, section: str) -> Iterator[Problem]:
    known: set[frozenset[str]] = set()
    for i, pair in enumerate(settings.interactions):
        if frozenset(pair) in known:
            found = f"{' and '.join(pair)} again"
            yield Problem("each pair of attributes once", found, f"{section}interactions[{i + 1}]")
        known.add(frozenset(pair))


def _wrong_names(
    attributes: Mapping[str, Attribute],
    settings: DesignSettings,
    rules: Sequence[Rule],
    only_for: Mapping[str, Sequence[str]],
    section: str,
) -> Iterator[Problem]:
    yield from _unknown(attributes, settings.once_a_task, f"{section}once_a_task")
    for pair in settings.interactions:
        yield from _unknown(attributes, pair, f"{section}interactions")
    by = settings.labelled_by
    if by is not None:
        yield from _unknown(attributes, [by], f"{section}labelled_by")
        if by in attributes and attributes[by].is_numeric:
            expected, found = "an attribute whose levels are names", f"{by}, a number"
            yield Problem(expected, found, key=f"{section}labelled_by")
    for i, rule in enumerate(rules):
        for condition in (rule.when, rule.requires, rule.excludes):
            yield from _unknown(attributes, condition, f"rules[{i + 1}]")
            for name, levels in condition.items():
                if name in attributes:
                    yield from _unknown(
                        attributes[name].level_names, levels, f"rules[{i + 1}].{name}", "level"
                    )
    yield from _wrong_owners(attributes, by, only_for)


def _wrong_owners(
    attributes: Mapping[str, Attribute], by: str | None, only_for: Mapping[str, Sequence[str]]
) -> Iterator[Problem]:
    if only_for and by is None:
        expected = "labelled alternatives, of which some have an attribute of their own"
        yield Problem(expected, "no labelled_by", key="only_for")
    yield from _unknown(attributes, only_for, "only_for")
    for name, labels in only_for.items():
        if name == by:
            yield Problem("an attribute other than the label", quoted(name), key="only_for")
        if by is not None and by in attributes:
            yield from _unknown(attributes[by].level_names, labels, f"only_for.{name}", "level")


def _unknown(
    known: Iterable[str], found: Iterable[str], key: str, what: str = "attribute"
) -> Iterator[Problem]:
    names = list(known)
    for name in found:
        if name not in names:
            yield Problem(f"a known {what}, one of {', '.join(names)}", quoted(name), key=key)


def _too_few_levels(
    attributes: Mapping[str, Attribute], settings: DesignSettings, j: int, section: str
) -> Iterator[Problem]:
    for name in settings.once_a_task:
        if name in attributes and len(attributes[name].levels) < j:
            yield Problem(
                expected=f"at least {j} levels of {name}, as each may stand once in a task of {j}",
                found=str(len(attributes[name].levels)),
                key=f"{section}once_a_task",
                advice="Show fewer alternatives, or let its levels repeat.",
            )


def _never_shown(
    products: Products, levels: Mapping[str, Sequence[str]], coding: DesignCoding
) -> Iterator[Problem]:
    """Yield levels that would have a coefficient of their own and cannot be learnt about."""
    for a, (name, names) in enumerate(levels.items()):
        if coding.tables[a].shape[1] < len(names) - 1:
            continue
        missing = sorted(set(range(len(names))) - set(products.codes[:, a].tolist()))
        if missing:
            yield Problem(
                expected=f"each level of {name} in some product that the rules allow",
                found="none with " + ", ".join(names[code] for code in missing),
                key=f"attributes.{name}",
                advice="Loosen a rule or a price range, or drop the level.",
            )
