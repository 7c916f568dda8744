"""A simulated respondent reads a page, and so chooses as one who knows what it was drawn from."""

from __future__ import annotations

import pytest

from counterflow.domain.errors import InputError
from counterflow.programme.field.begin_interview import begin_interview
from counterflow.programme.field.field import Field
from counterflow.programme.field.open_page import open_introduction, open_page
from counterflow.programme.field.simulate_field import simulated_respondents
from counterflow.programme.field.submit_page import submit_page
from counterflow.survey.questionnaire.page_to_show import PageToShow
from counterflow.web.survey.rendering import render_introduction, render_page
from counterflow.web.visitor.page_as_read import PageReader
from counterflow.web.visitor.page_in_html import PageInHtml, read_page
from strategies.fieldwork import changed, field_in_memory

LANGUAGES = ("en", "ko", "zh")


def _field(n_respondents: int = 4) -> Field:
    def fewer(raw):
        raw["survey"]["simulated"]["n_respondents"] = n_respondents

    return field_in_memory(changed(fewer))


def _html(page: PageToShow) -> str:
    return render_page(page, csrf="token", address="http://127.0.0.1/i/1").document()


def _pages(field: Field, language: str, respondent) -> list[tuple[PageToShow, PageInHtml]]:
    """Return the pages that a respondent passes, as data and as they are drawn."""
    receipt = begin_interview(field, key=field.new_key(), language=language, consented=True)
    interview_id = receipt.result().interview_id
    passed = []
    while not (page := open_page(field, interview_id)).is_end:
        passed.append((page, read_page(_html(page))))
        form = respondent.form(page)
        submit_page(field, interview_id, page.page.id, key=page.key, form=form).result()
    return passed


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_printed_leads_to_the_same_answers_as_what_it_was_printed_from(language):
    field = _field()
    reader = PageReader(field.programme, field.texts)
    for respondent in simulated_respondents(field.programme):
        passed = _pages(field, language, respondent)
        assert len(passed) == len(field.pages) - 1
        for known, found in passed:
            understood = reader.understand(found, language)
            assert understood.page == known.page
            assert understood.key == known.key
            assert respondent.form(understood) == respondent.form(known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_is_understood_level_by_level_in_the_order_of_the_screen(language):
    field = _field(2)
    reader = PageReader(field.programme, field.texts)
    tasks = 0
    for known, found in _pages(field, language, simulated_respondents(field.programme)[0]):
        if known.task is None:
            continue
        tasks += 1
        understood = reader.understand(found, language).task
        assert understood.has_outside == known.task.has_outside
        for card, same in zip(understood.cards, known.task.cards, strict=True):
            assert card.place == same.place
            assert [(x.attribute, x.level) for x in card.levels] == [
                (x.attribute, x.level) for x in same.levels
            ]
    assert tasks == 8


def test_the_introduction_is_handed_in_where_interviews_begin():
    field = _field(2)
    page = render_introduction(open_introduction(field, "en"), csrf="token", n_tasks=8).document()
    found = read_page(page)
    assert found.action == "/begin"
    assert found.hidden["csrf"] == "token"
    assert found.offered == {"consent": ["yes"]}


def test_the_end_has_nothing_to_fill_in_but_may_offer_to_leave():
    field = _field(2)
    respondent = simulated_respondents(field.programme)[0]
    _pages(field, "en", respondent)
    interview = next(iter(field.store.interviews()))
    assert read_page(_html(open_page(field, interview.id))).action is None


def test_a_page_of_another_programme_is_refused_with_what_it_says():
    field = _field(2)
    reader = PageReader(field.programme, field.texts)
    pages = _pages(field, "en", simulated_respondents(field.programme)[0])
    found = next(found for known, found in pages if known.task is not None)
    with pytest.raises(InputError, match="expected a level of the programme"):
        reader.understand(found, "ko")
    strange = read_page('<form action="/i/1/payment" data-page></form>')
    with pytest.raises(InputError, match=r"expected one of the pages .* found payment"):
        reader.understand(strange, "en")
