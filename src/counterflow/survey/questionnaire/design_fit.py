"""Whether a choice design is one for the questionnaire that would show it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from counterflow.domain.choice_design import NOT_SHOWN, ChoiceDesign
from counterflow.domain.configuration import Configuration
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import quoted
from counterflow.domain.programme import Programme
from counterflow.survey.questionnaire.pages import questionnaire_of

_SECTION = "survey.questionnaire"


def check_design(programme: Programme, design: ChoiceDesign) -> None:
    """Raise InputError, with every problem, unless the questionnaire can show the design.

    It must have the tasks, alternatives and outside option that the questionnaire asks for, levels
    of the programme, products that its rules allow, and in each of them every attribute that is
    `material`: what matters to a buyer is never left out, and what is shown can be built.
    """
    if problems := list(_problems(programme, design)):
        raise InputError(problems)


def _problems(programme: Programme, design: ChoiceDesign) -> Iterator[Problem]:
    asked = questionnaire_of(programme)
    has = {
        "n_tasks": design.n_tasks,
        "n_alternatives": design.n_alternatives,
        "outside_option": design.has_outside,
    }
    for key, found in has.items():
        expected = getattr(asked, key)
        if found != expected:
            yield _problem(
                f"a choice design with {key} = {str(expected).lower()}", str(found).lower(), key
            )
    if set(design.levels) != set(programme.attributes):
        expected = f"a choice design of {', '.join(programme.attributes)}"
        yield _problem(expected, ", ".join(design.levels))
        return
    unknown = dict(_unknown_levels(programme, design))
    for name, levels in unknown.items():
        expected = f"a choice design with levels of {name}"
        yield _problem(expected, ", ".join(map(quoted, levels)))
    yield from _hidden_attributes(programme, design)
    if not unknown:
        yield from _unbuildable(programme, design)


def _unknown_levels(programme: Programme, design: ChoiceDesign) -> Iterator[tuple[str, list[str]]]:
    for name, levels in design.levels.items():
        known = programme.attributes[name].level_names
        if unknown := [level for level in levels if level not in known]:
            yield name, unknown


def _hidden_attributes(programme: Programme, design: ChoiceDesign) -> Iterator[Problem]:
    for a, name in enumerate(design.levels):
        if programme.attributes[name].material and (design.codes[..., a] == NOT_SHOWN).any():
            expected = f"a choice design that shows {name} in every product, as it is material"
            advice = f"Set material = false for {name}, or vary all attributes in every task."
            yield _problem(expected, "products without it", advice=advice)


def _unbuildable(programme: Programme, design: ChoiceDesign) -> Iterator[Problem]:
    """Yield the first product that breaks each rule; a rule on what is not shown is not broken."""
    names = list(design.levels)
    products = np.unique(design.codes.reshape(-1, len(names)), axis=0)
    shown = [
        Configuration(
            tuple(
                (name, design.levels[name][code])
                for name, code in zip(names, row, strict=True)
                if code != NOT_SHOWN
            )
        )
        for row in products.tolist()
    ]
    for rule in programme.rules:
        named = {*rule.when, *rule.requires, *rule.excludes}
        whole = (x for x in shown if named <= {name for name, _ in x.levels})
        if (broken := next((x for x in whole if not rule.allows(x)), None)) is not None:
            yield _problem(f"products that can be built: {rule.reason}", str(broken))


def _problem(expected: str, found: str, key: str = "", advice: str = "") -> Problem:
    return Problem(
        expected=expected,
        found=found,
        key=f"{_SECTION}.{key}".removesuffix("."),
        advice=advice or "Run `counterflow design` again, or read in a design that fits.",
    )
