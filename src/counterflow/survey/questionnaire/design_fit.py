"""Whether a choice design is one for the questionnaire that would show it."""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.domain.choice_design import NOT_SHOWN, ChoiceDesign
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import quoted
from counterflow.domain.programme import Programme
from counterflow.survey.questionnaire.pages import questionnaire_of

_SECTION = "survey.questionnaire"


def check_design(programme: Programme, design: ChoiceDesign) -> None:
    """Raise InputError, with every problem, unless the questionnaire can show the design.

    It must have the tasks, alternatives and outside option that the questionnaire asks for, levels
    of the programme, and in every alternative each attribute that is `material`: what matters to
    a buyer is never left out.
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
    for a, (name, levels) in enumerate(design.levels.items()):
        attribute = programme.attributes[name]
        if unknown := [level for level in levels if level not in attribute.level_names]:
            expected = f"a choice design with levels of {name}"
            yield _problem(expected, ", ".join(map(quoted, unknown)))
        if attribute.material and (design.codes[..., a] == NOT_SHOWN).any():
            expected = f"a choice design that shows {name} in every product, as it is material"
            advice = f"Set material = false for {name}, or vary all attributes in every task."
            yield _problem(expected, "products without it", advice=advice)


def _problem(expected: str, found: str, key: str = "", advice: str = "") -> Problem:
    return Problem(
        expected=expected,
        found=found,
        key=f"{_SECTION}.{key}".removesuffix("."),
        advice=advice or "Run `counterflow design` again, or read in a design that fits.",
    )
