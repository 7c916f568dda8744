"""Laws of the questionnaire: whatever people do with the pages, what is kept makes sense."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.domain.answered_task import AnsweredTask, Profile
from counterflow.domain.columns import Categorical
from counterflow.domain.configuration import Configuration
from counterflow.domain.interview import Interview
from counterflow.domain.programme import Programme
from counterflow.programme.field.begin_interview import begin_interview
from counterflow.programme.field.field import Field, PageNotDueError
from counterflow.programme.field.open_page import open_page
from counterflow.programme.field.submit_page import submit_page
from counterflow.survey.cleaning.gather import Gathering
from counterflow.survey.questionnaire.cards import Card
from counterflow.survey.questionnaire.form import FormError, PageForm, read_form
from counterflow.survey.questionnaire.page_to_show import PageToShow
from counterflow.survey.questionnaire.pages import Page, pages_of
from counterflow.survey.questionnaire.simulated_respondent import SimulatedRespondent
from counterflow.survey.simulate import simulate_coefficients
from strategies.fieldwork import asking, field_in_memory, first_task, with_next_task
from strategies.workspaces import example

NOWHERE = Path("no texts here")

actions = st.lists(
    st.sampled_from(["due", "due", "due", "again", "retry", "skip", "back", "garbage"]),
    max_size=40,
)


@st.composite
def questionnaires(draw: st.DrawFn) -> dict[str, Any]:
    """Return settings of a questionnaire: which pages, how many tasks of how many products."""
    asked: dict[str, Any] = {
        "n_tasks": draw(st.integers(1, 4)),
        "n_alternatives": draw(st.integers(2, 4)),
        "outside_option": draw(st.booleans()),
        "purchase_chance": draw(st.booleans()),
        "test_drive": draw(st.booleans()),
        "most_respondents": draw(st.integers(1, 5)),
    }
    if draw(st.booleans()):
        asked |= {"screening": {}, "quotas": {}, "margins": {}}
    if draw(st.booleans()):
        asked |= {"background": {}, "margins": {}}
    return asked


@cache
def _coefficients() -> np.ndarray:
    programme = asking(n_tasks=1)
    return simulate_coefficients(programme)[:20]


def _respondent(programme: Programme, number: int) -> SimulatedRespondent:
    coefficients = _coefficients()[number]
    asked = programme.survey.questionnaire
    assert asked is not None
    has_outside = asked.outside_option
    return SimulatedRespondent(
        programme=programme,
        coefficients=coefficients if has_outside else coefficients[:-1],
        number=number,
        seed=3,
    )


def _begin(field: Field, language: str = "en") -> str:
    key = field.new_key()
    return begin_interview(field, key=key, language=language, consented=True).result().interview_id


def _pages(field: Field, interview_id: str, number: int = 0) -> Iterator[PageToShow]:
    """Yield page after page as it is opened; each is handed in before the next one."""
    respondent = _respondent(field.programme, number)
    while not (page := open_page(field, interview_id)).is_end:
        yield page
        form = respondent.form(page)
        submit_page(field, interview_id, page.page.id, key=page.key, form=form).result()


@settings(max_examples=40)
@given(asked=questionnaires(), what=actions, data=st.data())
def test_in_whatever_order_pages_come_answers_are_those_of_the_pages_in_order_each_once(
    asked: dict[str, Any], what: list[str], data: st.DataObject
) -> None:
    browser = _Browser(field_in_memory(asking(**asked), folder=NOWHERE), data)
    ids = [page.id for page in browser.field.pages]
    for action in what:
        getattr(browser, action)()
        interview = browser.field.store.interview(browser.interview_id)
        answered = [answer.page for answer in interview.answers]
        assert answered == ids[: len(answered)]
        assert interview.status == ("complete" if answered == ids else "open")
        assert (interview.design_version is not None) == ("screening" not in ids[len(answered) :])


class _Browser:
    """A respondent who goes back, hands in again, skips ahead and sends nonsense."""

    def __init__(self, field: Field, data: st.DataObject) -> None:
        self.field, self.interview_id = field, _begin(field)
        self._data, self._handed_in = data, list[tuple[str, str, Any]]()
        self._respondent = _respondent(field.programme, 0)

    def due(self) -> None:
        page = self._page()
        if not page.is_end:
            form = self._respondent.form(page)
            assert self._submit(page.page.id, page.key, form) == "stored"
            self._handed_in.append((page.page.id, page.key, form))

    def retry(self) -> None:
        if self._handed_in:
            handed_in = self._data.draw(st.sampled_from(self._handed_in))
            assert self._submit(*handed_in) == "repeated"

    def again(self) -> None:
        if self._handed_in:
            page_id, _, form = self._data.draw(st.sampled_from(self._handed_in))
            assert self._submit(page_id, self.field.new_key(), form) in ("answered", "closed")

    def skip(self) -> None:
        page = self._page()
        if later := [] if page.is_end else self.field.pages[page.number :]:
            with pytest.raises(PageNotDueError):
                self._submit(self._data.draw(st.sampled_from(later)).id, page.key, {})

    def back(self) -> None:
        page, ids = self._page(), [page.id for page in self.field.pages]
        looked_at = self._data.draw(st.sampled_from(ids))
        seen = open_page(self.field, self.interview_id, looked_at)
        was_answered = not page.is_end and looked_at in ids[: page.number - 1]
        assert seen.page.id == (looked_at if was_answered else page.page.id)
        assert (seen.given is not None) == was_answered

    def garbage(self) -> None:
        page = self._page()
        if page.page.kind == "task":
            with pytest.raises(FormError):
                self._submit(page.page.id, page.key, {"choice": ["99"]})

    def _page(self) -> PageToShow:
        return open_page(self.field, self.interview_id)

    def _submit(self, page_id: str, key: str, form: dict[str, list[str]]) -> str:
        receipt = submit_page(self.field, self.interview_id, page_id, key=key, form=form).result()
        assert receipt.interview_id == self.interview_id
        return receipt.outcome


@settings(max_examples=25)
@given(asked=questionnaires(), number=st.integers(0, 19))
def test_what_is_stored_as_shown_is_what_the_cards_showed(
    asked: dict[str, Any], number: int
) -> None:
    field = field_in_memory(asking(**asked), folder=NOWHERE)
    interview_id, seen = _begin(field), {}
    for page in _pages(field, interview_id, number):
        reopened = open_page(field, interview_id)
        assert reopened == replace(page, key=reopened.key), "a page that is reopened is the same"
        if page.task is not None:
            seen[page.page.id] = [(card.place, _levels(card)) for card in page.task.cards]
    interview = field.store.interview(interview_id)
    for page_id, shown in _shown(interview):
        stored = [(x["place"], x["levels"]) for x in shown["alternatives"]]
        assert stored == seen.pop(page_id)
        planned = field.design.task(shown["version"], shown["design_task"])
        assert all(levels == planned[place - 1] for place, levels in stored)
    assert not seen


@settings(max_examples=25)
@given(number=st.integers(0, 19), language=st.sampled_from(["en", "ko", "zh"]))
def test_every_card_can_be_built_and_is_sold_on_the_terms_it_names(
    number: int, language: str
) -> None:
    field = field_in_memory(asking(n_tasks=3))
    interview_id = _begin(field, language)
    for page in _pages(field, interview_id, number):
        for card in page.task.cards if page.task is not None else ():
            _check_card(field.programme, card)


def _check_card(programme: Programme, card: Card) -> None:
    shown = {level.attribute: level for level in card.levels}
    assert set(shown) == set(programme.attributes), "what is material is shown"
    configuration = Configuration.of({name: shown[name].level for name in programme.configurable})
    assert all(rule.allows(configuration) for rule in programme.rules)
    terms = [n for n, c in programme.contracts.items() if configuration.meets(c.when)]
    assert [card.contract.name] * len(terms) == terms if card.contract else not terms
    price = shown[programme.price_attribute].value
    for region in programme.market.regions:
        subsidy = programme.market.subsidy(region, configuration.meets, rival=False)
        net = [x.price for x in card.net_prices if x.region == region]
        assert net == ([price - subsidy] if subsidy else [])


@settings(max_examples=15)
@given(asked=questionnaires(), numbers=st.lists(st.integers(0, 19), min_size=1, max_size=3))
def test_choice_data_of_the_interviews_are_the_cards_that_were_seen_and_what_was_taken(
    asked: dict[str, Any], numbers: list[int]
) -> None:
    field = field_in_memory(asking(**{**asked, "most_respondents": 10}), folder=NOWHERE)
    programme = field.programme
    seen: list[dict[str, Any] | None] = []
    for number in numbers:
        for page in _pages(field, _begin(field), number):
            if page.task is not None:
                cards = [_levels(card) for card in page.task.cards]
                seen += [*cards, *([None] if page.task.has_outside else [])]
    gathering = Gathering(programme, field.store.design)
    for interview in field.store.interviews():
        gathering.add(interview)
    data = gathering.choice_data()
    assert data.n_rows == len(seen)
    for name, attribute in programme.attributes.items():
        column = data.columns[name]
        for row, levels in enumerate(seen):
            if levels is None:
                assert data.is_outside[row]
            elif isinstance(column, Categorical):
                assert column.levels[column.codes[row]] == levels[name]
            else:
                assert column.values[row] == attribute.level(levels[name]).value


@settings(max_examples=15)
@given(number=st.integers(0, 19))
def test_an_adaptive_task_is_the_same_when_it_is_drawn_stored_and_seen_again(number: int) -> None:
    asked = field_in_memory(asking(n_tasks=4))
    calls = []

    def next_task(before: tuple[AnsweredTask, ...], seed: int) -> tuple[Profile, ...]:
        calls.append((before, seed))
        chosen = [task.chosen for task in before]
        version = sum(0 if x is None else x + 1 for x in chosen) % asked.design.n_versions
        products = asked.design.task(version, len(before))
        return tuple(tuple(levels.items()) for levels in products)

    field = with_next_task(asked, next_task)
    interview_id = _begin(field)
    seen = {
        page.page.id: [_levels(card) for card in page.task.cards]
        for page in _pages(field, interview_id, number)
        if page.task is not None
    }
    interview = field.store.interview(interview_id)
    for page_id, shown in _shown(interview):
        assert shown["version"] is None
        assert [dict(x["levels"]) for x in shown["alternatives"]] == seen[page_id]
    assert {seed for _, seed in calls} == {interview.seed}
    assert max(len(before) for before, _ in calls) == 3


texts = st.text(max_size=30)
fields = st.sampled_from(
    [
        "choice",
        "chance",
        "interest",
        "region",
        "name",
        "phone",
        "email",
        "consent_contact",
        "consent_partner_1",
        "consent",
        "licence",
        "age",
        "intends",
        "home",
        "household",
        "remarks",
        "yearly_distance",
        "charging",
        "unknown",
    ]
)
words = st.sampled_from(["yes", "no", "1", "3", "none", "other", "own", "x" * 3000])
forms = st.dictionaries(fields | texts, st.lists(words | texts, max_size=3), max_size=12)


@given(form=forms, position=st.integers(0, 12))
def test_a_form_of_anything_is_refused_by_field_or_read_as_the_questionnaire_has_it(
    form: dict[str, list[str]], position: int
) -> None:
    programme = example("national-car")
    before = copy.deepcopy(form)
    page = pages_of(programme)[position % len(pages_of(programme))]
    try:
        read = read_form(programme, page, form, shown=first_task(programme))
    except FormError as refused:
        error, read = refused, None
    assert form == before
    if read is None:
        assert all(problem.key and problem.reason for problem in error.problems)
        assert set(error.by_field) == {problem.key for problem in error.problems}
    else:
        _check_answers(page, read)


def _check_answers(page: Page, read: PageForm) -> None:
    for name, answer in read.answers.items():
        if (question := page.questions.get(name)) is None:
            assert name in ("choice", "chance", "interest", "region")
        elif question.kind == "single":
            assert answer in question.answer_names
        elif question.kind == "multiple":
            assert answer
            assert set(answer) <= set(question.answer_names)
        elif question.kind == "number":
            assert question.least <= answer <= question.most
        else:
            assert 0 < len(answer) <= 2000
            answer.encode()
    required = {name for name, question in page.questions.items() if question.required}
    assert required <= set(read.answers)
    assert read.agreed_to_contact or (read.contact is None and not read.partners)


def _levels(card: Card) -> dict[str, str]:
    return {level.attribute: level.level for level in card.levels}


def _shown(interview: Interview) -> Iterator[tuple[str, dict[str, Any]]]:
    for answer in interview.answers:
        if answer.page.startswith("task-"):
            yield answer.page, dict(answer.shown)
