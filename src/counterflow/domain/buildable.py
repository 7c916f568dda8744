"""Buildable configurations: every combination of levels that the rules allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Int

from counterflow.domain.attributes import Attribute
from counterflow.domain.configuration import Configuration, Rule
from counterflow.domain.errors import InputError, NothingBuildableError, Problem

MOST_CONFIGURATIONS = 2_000_000


def buildable_configurations(
    attributes: Mapping[str, Attribute],
    rules: Sequence[Rule],
    *,
    keep: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Configuration, ...]:
    """Return each combination of levels that all rules allow and that meets `keep`.

    `attributes` are those that make a configuration, all but the price. The order is that of the
    file: levels of the last attribute change fastest.

    Raises
    ------
    NothingBuildableError
        If there is none, with a smallest set of rules that cannot all hold: take any one of them
        away, and something can be built.
    InputError
        If there are more than 2,000,000.

    Examples
    --------
    >>> def feature(label, *levels):
    ...     raw = {"label": label, "kind": "feature", "coding": "categorical", "levels": levels}
    ...     return Attribute.model_validate(raw)
    >>> car = {"trim": feature("Trim", "base", "max"), "pack": feature("Pack", "S", "L")}
    >>> rule = Rule(when={"trim": "max"}, requires={"pack": "L"}, reason="Weight.")
    >>> [str(found) for found in buildable_configurations(car, [rule])]
    ['trim=base;pack=S', 'trim=base;pack=L', 'trim=max;pack=L']
    """
    levels = {name: attribute.level_names for name, attribute in attributes.items()}
    codes = buildable_codes(levels, rules, keep=keep)
    return tuple(
        Configuration(
            tuple((name, levels[name][code]) for name, code in zip(levels, row, strict=True))
        )
        for row in codes.tolist()
    )


def buildable_codes(
    levels: Mapping[str, Sequence[str]],
    rules: Sequence[Rule],
    *,
    keep: Mapping[str, tuple[str, ...]] | None = None,
) -> Int[np.ndarray, "n attributes"]:
    """Return `buildable_configurations` as positions of levels, one row each, in the same order.

    Examples
    --------
    >>> rule = Rule(when={"trim": "max"}, requires={"pack": "L"}, reason="Weight.")
    >>> buildable_codes({"trim": ("base", "max"), "pack": ("S", "L")}, [rule]).tolist()
    [[0, 0], [0, 1], [1, 1]]
    """
    constraints = {f"rule {i + 1} ({rule.reason})": rule for i, rule in enumerate(rules)}
    # A rule an attribute: each takes its levels away before they multiply.
    for name, kept in (keep or {}).items():
        constraints[f"search.keep.{name}"] = Rule(requires={name: kept}, reason="search.keep")
    codes = _combinations(levels, tuple(constraints.values()))
    if not len(codes):
        raise NothingBuildableError(_conflict(levels, constraints))
    return codes


def _conflict(
    levels: Mapping[str, Sequence[str]], constraints: Mapping[str, Rule]
) -> tuple[str, ...]:
    """Return constraints that cannot all hold, though they can without any one of them.

    The deletion filter: drop what is not needed for the conflict, one after the other (Chinneck
    and Dravnieks, ORSA Journal on Computing 3(2), 1991).
    """
    needed = dict(constraints)
    for name in constraints:
        others = {other: rule for other, rule in needed.items() if other != name}
        named = {attribute for rule in others.values() for attribute in _attributes_of(rule)}
        # What no rule names changes nothing, and would only multiply the combinations.
        concerned = {attribute: levels[attribute] for attribute in levels if attribute in named}
        if not len(_combinations(concerned, tuple(others.values()))):
            needed = others
    return tuple(needed)


def _combinations(
    levels: Mapping[str, Sequence[str]], rules: Sequence[Rule]
) -> Int[np.ndarray, "n attributes"]:
    """Return the allowed combinations as level positions, one row each, in the order of the file.

    Attributes are added one by one, and a rule is applied as soon as all that it names are there,
    so that what is not buildable does not multiply.
    """
    names = list(levels)
    codes = np.zeros((1, 0), dtype=np.int16)
    for n, name in enumerate(names, start=1):
        size = len(levels[name])
        _check_number(len(codes) * size)
        new = np.tile(np.arange(size, dtype=np.int16), len(codes))
        codes = np.column_stack([np.repeat(codes, size, axis=0), new])
        for rule in rules:
            named = _attributes_of(rule)
            if name in named and named <= set(names[:n]):
                codes = codes[_allowed(rule, codes, levels)]
    return codes


def _allowed(
    rule: Rule, codes: Int[np.ndarray, "n a"], levels: Mapping[str, Sequence[str]]
) -> Bool[np.ndarray, " n"]:
    """Return `Rule.allows` of every row at once."""
    allowed = _meets(rule.requires, codes, levels)
    if rule.excludes:
        allowed &= ~_meets(rule.excludes, codes, levels)
    return allowed | ~_meets(rule.when, codes, levels)


def _meets(
    condition: Mapping[str, Iterable[str]],
    codes: Int[np.ndarray, "n a"],
    levels: Mapping[str, Sequence[str]],
) -> Bool[np.ndarray, " n"]:
    names = list(levels)
    holds = np.ones(len(codes), dtype=bool)
    for name, wanted in condition.items():
        is_wanted = np.array([level in tuple(wanted) for level in levels[name]])
        holds &= is_wanted[codes[:, names.index(name)]]
    return holds


def _attributes_of(rule: Rule) -> set[str]:
    return {*rule.when, *rule.requires, *rule.excludes}


def _check_number(n: int) -> None:
    if n > MOST_CONFIGURATIONS:
        problem = Problem(
            expected=f"at most {MOST_CONFIGURATIONS:,} buildable configurations",
            found=f"more than {n:,}, counted while combining levels",
            key="attributes",
            advice="Add rules or search.keep, or leave out levels.",
        )
        raise InputError([problem])
