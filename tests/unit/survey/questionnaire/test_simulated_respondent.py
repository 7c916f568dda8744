"""A simulated respondent answers what is asked, and chooses as the logit has it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from counterflow.domain.coding import UtilityCoding
from counterflow.survey.questionnaire.cards import Card, LevelToShow, TaskToShow
from counterflow.survey.questionnaire.page_to_show import PageToShow, questions_to_show
from counterflow.survey.questionnaire.pages import Page
from counterflow.survey.questionnaire.simulated_respondent import SimulatedRespondent
from counterflow.survey.simulated_numbers import simulated_number
from strategies.fieldwork import asking
from strategies.workspaces import example

PROGRAMME = example("national-car")
LABELS = UtilityCoding.of(PROGRAMME.attributes, has_outside=True).labels
PRODUCT = {
    "trim": "comfort",
    "driving_aid": "basic",
    "range": "500",
    "colour": "white",
    "battery": "bought",
    "price": "89900",
}


def _card(place: int, **levels: str) -> Card:
    shown = {**PRODUCT, **levels}
    return Card(
        place=place,
        levels=tuple(
            LevelToShow(attribute=name, attribute_label=name, level=level, label=level)
            for name, level in shown.items()
            if level != "hidden"
        ),
    )


def _page(*cards: Card, number: int = 1) -> PageToShow:
    page = Page(id=f"task-{number}", kind="task", task=number - 1)
    task = TaskToShow(number=number, n_tasks=8, cards=cards, has_outside=True, currency="CNY")
    return _of(page, task=task)


def _of(page: Page, **further) -> PageToShow:
    return PageToShow(
        page=page,
        interview_id="i",
        status="open",
        language="en",
        languages=("en",),
        key="k",
        number=1,
        n_pages=1,
        title="?",
        **further,
    )


def _respondent(number: int = 0, **coefficients: float) -> SimulatedRespondent:
    values = np.array([coefficients.get(label, 0.0) for label in LABELS])
    return SimulatedRespondent(programme=PROGRAMME, coefficients=values, number=number, seed=5)


def test_a_choice_follows_the_logit():
    """Utilities 1 (premium), 0 and -1 (none): shares e, 1 and 1/e over their sum, 4.086."""
    page = _page(_card(2), _card(1, trim="premium"))
    choices = [
        _respondent(number, **{"trim[premium]": 1.0, "outside": -1.0}).form(page)["choice"][0]
        for number in range(3000)
    ]
    shares = [choices.count(choice) / 3000 for choice in ("1", "2", "none")]
    assert shares == pytest.approx([0.6652, 0.2447, 0.0900], abs=0.03)


def test_the_order_on_the_screen_changes_no_choice():
    cards = [_card(place, colour=c) for place, c in ((1, "white"), (2, "blue"), (3, "pink"))]
    for number in range(50):
        respondent = _respondent(number, **{"colour[blue]": 0.5})
        assert respondent.form(_page(*cards)) == respondent.form(_page(*cards[::-1]))


def test_a_page_is_always_answered_alike_and_different_tasks_independently():
    respondent = _respondent()
    pages = [_page(_card(1), _card(2), number=number) for number in range(1, 31)]
    once, again = ([respondent.form(page) for page in pages] for _ in range(2))
    assert once == again
    assert len({form["choice"][0] for form in once}) == 3


def test_an_attribute_that_is_not_shown_adds_no_utility():
    sure = {"trim[premium]": 50.0, "price": -1.0}
    page = _page(_card(1, price="hidden"), _card(2, price="129900"))
    assert _respondent(**sure, outside=-1e6).form(page) == {"choice": ["1"]}


def test_screening_goes_on_and_questions_are_answered_within_their_bounds():
    asked = PROGRAMME.survey.questionnaire.questions
    texts = {("questions", name, "label"): name for name in asked} | {
        ("questions", name, "answers", answer): answer
        for name, question in asked.items()
        for answer in question.answer_names
    }
    page = _of(
        Page(id="screening", kind="screening", questions=asked),
        questions=questions_to_show(asked, texts),
    )
    for number in range(50):
        form = _respondent(number).form(page)
        assert form["licence"] != ["no"]
        assert form["age"] != ["under_18"]
        said = simulated_number(PROGRAMME, "yearly_distance", number)
        assert form["yearly_distance"] == ([] if said is None else [str(said)])
        assert said is None or 0 <= said <= 200_000
        assert form["remarks"] == []


def test_bounds_without_a_whole_number_are_kept():
    raw = asking().model_dump(mode="json", exclude_unset=True)
    distance = raw["survey"]["questionnaire"]["background"]["yearly_distance"]
    distance.update(least=0.25, most=0.75)
    raw["survey"]["simulated"]["numbers"] = {}
    raw["market"]["distance"] = {"mean_km_per_year": 15_000.0, "relative_sd": 0.6}
    programme = type(PROGRAMME).model_validate(raw)
    asked = {"yearly_distance": programme.survey.questionnaire.background["yearly_distance"]}
    texts = {("questions", "yearly_distance", "label"): "?"}
    page = _of(
        Page(id="background", kind="background", questions=asked),
        questions=questions_to_show(asked, texts),
    )
    respondent = replace(_respondent(), programme=programme)
    assert float(respondent.form(page)["yearly_distance"][0]) == pytest.approx(0.5)


def test_coefficients_must_be_those_of_the_coding():
    with pytest.raises(ValueError, match=r"expected a coefficient for each of trim\[plus\]"):
        SimulatedRespondent(programme=PROGRAMME, coefficients=np.zeros(3), number=0, seed=1)
