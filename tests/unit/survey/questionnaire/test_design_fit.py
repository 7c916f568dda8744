"""A choice design is refused, with every reason, where the questionnaire cannot show it."""

from dataclasses import replace

import numpy as np
import pytest

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.errors import InputError
from counterflow.survey.questionnaire.design_fit import check_design
from strategies.fieldwork import asking, changed, random_design
from strategies.workspaces import example

PROGRAMME = example("national-car")
DESIGN = random_design(PROGRAMME)


def _said(programme, design: ChoiceDesign) -> list[str]:
    with pytest.raises(InputError) as refused:
        check_design(programme, design)
    return [
        f"{problem.key}: {problem.expected} | {problem.found}" for problem in refused.value.problems
    ]


def _with_code(attribute: str, level: int, *, also: dict[str, int] | None = None) -> ChoiceDesign:
    codes = DESIGN.codes.copy()
    for name, code in {attribute: level, **(also or {})}.items():
        codes[0, 0, 0, list(DESIGN.levels).index(name)] = code
    return replace(DESIGN, codes=codes)


def test_a_design_that_was_made_for_the_questionnaire_fits():
    check_design(PROGRAMME, DESIGN)


def test_tasks_alternatives_and_the_outside_option_must_be_those_that_are_asked_for():
    asked = asking(n_tasks=5, n_alternatives=2, outside_option=False)
    assert _said(asked, DESIGN) == [
        "survey.questionnaire.n_tasks: a choice design with n_tasks = 5 | 8",
        "survey.questionnaire.n_alternatives: a choice design with n_alternatives = 2 | 3",
        "survey.questionnaire.outside_option: a choice design with outside_option = false | true",
    ]


def test_a_design_of_other_attributes_or_levels_is_refused():
    *others, _ = DESIGN.levels
    fewer = replace(
        DESIGN, levels={name: DESIGN.levels[name] for name in others}, codes=DESIGN.codes[..., :-1]
    )
    [said] = _said(PROGRAMME, fewer)
    assert "a choice design of trim, driving_aid, range, colour, battery, price |" in said
    more_prices = {**DESIGN.levels, "price": (*DESIGN.levels["price"], "149900")}
    [said] = _said(PROGRAMME, replace(DESIGN, levels=more_prices))
    assert said == 'survey.questionnaire: a choice design with levels of price | "149900"'


def test_what_matters_to_a_buyer_is_never_left_out():
    hidden = _with_code("battery", -1)
    [said] = _said(PROGRAMME, hidden)
    assert "shows battery in every product, as it is material" in said
    immaterial = changed(lambda raw: raw["attributes"]["battery"].update(material=False))
    check_design(immaterial, hidden)


def test_a_product_that_cannot_be_built_is_not_shown():
    unbuildable = _with_code("driving_aid", 2, also={"trim": 0})
    [said] = _said(PROGRAMME, unbuildable)
    assert "City pilot needs the cameras" in said
    assert "trim=comfort;driving_aid=city" in said


def test_every_product_is_looked_at():
    codes = np.full_like(DESIGN.codes, 0)
    codes[-1, -1, -1] = [0, 2, 0, 0, 0, 0]
    assert len(_said(PROGRAMME, replace(DESIGN, codes=codes))) == 1
