"""A respondent's way through the pages, on the store in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from counterflow.domain.interview import Receipt
from counterflow.programme.field.begin_interview import begin_interview
from counterflow.programme.field.field import Field, PageNotDueError, UnknownPageError
from counterflow.programme.field.open_page import open_introduction, open_page
from counterflow.programme.field.submit_page import submit_page
from counterflow.programme.field_store import (
    KeyReusedError,
    StoreBusyError,
    UnknownInterviewError,
)
from counterflow.survey.questionnaire.form import FormError
from strategies.fieldwork import ADMITTED, BACKGROUND, asking, field_in_memory

FORMS: dict[str, dict[str, list[str]]] = {
    "screening": ADMITTED,
    "task": {"choice": ["2"]},
    "chance": {"chance": ["7"]},
    "test_drive": {"interest": ["no"]},
    "background": BACKGROUND,
}


def _begin(field: Field, **further: Any) -> str:
    key = field.new_key()
    receipt = begin_interview(field, key=key, language="en", consented=True, **further).result()
    return receipt.interview_id


def _hand_in(field: Field, interview_id: str, **forms: dict[str, list[str]]) -> Receipt:
    """Hand in the page that is due, with the form of its kind."""
    page = open_page(field, interview_id)
    form = {**FORMS, **forms}[page.page.kind]
    handed_in = submit_page(field, interview_id, page.page.id, key=page.key, form=form, seconds=9.0)
    return handed_in.result()


def _finish(field: Field, interview_id: str, **forms: dict[str, list[str]]) -> list[str]:
    """Hand in page after page to the end, and return their ids."""
    pages = []
    while not (page := open_page(field, interview_id)).is_end:
        pages.append(page.page.id)
        _hand_in(field, interview_id, **forms)
    return pages


def test_a_respondent_passes_every_page_in_order_to_the_end():
    field = field_in_memory()
    interview_id = _begin(field)
    assert _finish(field, interview_id) == [
        "screening",
        *(f"task-{k}" for k in range(1, 9)),
        "chance",
        "test-drive",
        "background",
    ]
    interview = field.store.interview(interview_id)
    assert interview.status == "complete"
    assert [(c.kind, c.version) for c in interview.consents] == [("survey", "2025-10")]
    assert interview.answer_on("chance").answers == {"chance": 7}
    assert interview.answer_on("background").answers == {
        "home": "other",
        "household": "two",
        "yearly_distance": 12000.0,
    }
    assert open_page(field, interview_id).page.id == "complete"


def test_who_has_begun_is_not_refused_where_the_consent_finds_no_room_at_first():
    field = field_in_memory()
    store, left = field.store, [3]

    class Full(type(store)):
        def __init__(self) -> None:
            vars(self).update(vars(store))

        def submit(self, submission):
            if left[0] > 0:
                left[0] -= 1
                raise StoreBusyError(retry_after_s=0.01)
            return super().submit(submission)

    receipt = begin_interview(
        replace(field, store=Full()), key="a" * 16, language="en", consented=True
    ).result(10)
    assert left == [0]
    assert receipt.outcome == "stored"
    assert [c.kind for c in store.interview(receipt.interview_id).consents] == ["survey"]


def test_nothing_begins_without_consent():
    field = field_in_memory()
    with pytest.raises(FormError) as refused:
        begin_interview(field, key="a" * 16, language="en", consented=False)
    assert refused.value.by_field["consent"].reason == "missing"
    assert sum(field.store.counts().by_status.values()) == 0


def test_a_repeated_beginning_leads_to_the_interview_that_it_began():
    field = field_in_memory()
    first, again = (
        begin_interview(field, key="k" * 16, language="ko", consented=True, panel_id="p1").result()
        for _ in range(2)
    )
    assert again.interview_id == first.interview_id
    assert again.outcome == "repeated"
    with pytest.raises(KeyReusedError):
        begin_interview(field, key="k" * 16, language="zh", consented=True, panel_id="p1").result()


def test_who_is_screened_out_sees_no_task_and_takes_no_place():
    field = field_in_memory()
    interview_id = _begin(field)
    receipt = _hand_in(field, interview_id, screening={**ADMITTED, "licence": ["no"]})
    assert receipt.status == "screened_out"
    interview = field.store.interview(interview_id)
    assert interview.design_version is None
    page = open_page(field, interview_id, "task-1")
    assert (page.page.id, page.is_end, page.task) == ("screened_out", True, None)


def test_an_answer_is_stored_also_of_who_finds_the_quota_full():
    field = field_in_memory(asking(quotas={"age": {"from_18": 1}}))
    _finish(field, _begin(field))
    second = _begin(field)
    assert _hand_in(field, second).status == "over_quota"
    assert field.store.interview(second).answer_on("screening") is not None
    assert (
        _hand_in(field, _begin(field), screening={**ADMITTED, "age": ["from_30"]}).status == "open"
    )


def test_without_screening_a_place_is_taken_at_the_beginning(tmp_path):
    unscreened = asking(screening={}, quotas={}, margins={}, most_respondents=1)
    field = field_in_memory(unscreened, folder=tmp_path)
    assert open_page(field, _begin(field)).page.id == "task-1"
    assert open_page(field, _begin(field)).page.id == "over_quota"


def test_a_page_that_was_answered_shows_its_answer_and_keeps_it():
    field = field_in_memory()
    interview_id = _begin(field)
    _hand_in(field, interview_id)
    _hand_in(field, interview_id)
    before = open_page(field, interview_id, "task-1")
    assert (before.given, before.next_page) == ({"choice": "2"}, "task-2")
    again = submit_page(
        field, interview_id, "task-1", key=before.key, form={"choice": ["none"]}
    ).result()
    assert again.outcome == "answered"
    assert open_page(field, interview_id, "task-1").given == {"choice": "2"}


def test_a_page_cannot_be_skipped():
    field = field_in_memory()
    interview_id = _begin(field)
    with pytest.raises(PageNotDueError) as refused:
        submit_page(field, interview_id, "task-3", key="k" * 16, form={"choice": ["1"]})
    assert refused.value.due == "screening"
    assert open_page(field, interview_id, "task-3").page.id == "screening"


def test_a_retry_with_the_same_key_is_the_same_submission_even_after_the_end():
    field = field_in_memory()
    interview_id = _begin(field)
    _hand_in(field, interview_id)
    while (page := open_page(field, interview_id)).page.kind != "background":
        _hand_in(field, interview_id)
    outcomes = [
        submit_page(field, interview_id, "background", key=page.key, form=BACKGROUND).result()
        for _ in range(3)
    ]
    assert [receipt.outcome for receipt in outcomes] == ["stored", "repeated", "repeated"]
    assert {receipt.status for receipt in outcomes} == {"complete"}


def test_a_key_does_not_serve_twice_with_different_answers():
    field = field_in_memory()
    interview_id = _begin(field)
    key = field.new_key()
    submit_page(field, interview_id, "screening", key=key, form=ADMITTED).result()
    other = {**ADMITTED, "age": ["from_30"]}
    with pytest.raises(KeyReusedError):
        submit_page(field, interview_id, "screening", key=key, form=other).result()


def test_what_has_ended_takes_no_more():
    field = field_in_memory()
    interview_id = _begin(field)
    _hand_in(field, interview_id, screening={**ADMITTED, "licence": ["no"]})
    late = submit_page(field, interview_id, "task-1", key="k" * 16, form={"choice": ["1"]}).result()
    assert (late.outcome, late.status) == ("closed", "screened_out")


def test_unknown_interviews_and_pages_are_told_apart():
    field = field_in_memory()
    interview_id = _begin(field)
    with pytest.raises(UnknownInterviewError):
        open_page(field, "nobody")
    with pytest.raises(UnknownPageError):
        open_page(field, interview_id, "gallery")
    with pytest.raises(UnknownPageError):
        submit_page(field, interview_id, "../etc", key="k" * 16, form={})


def test_contacts_are_kept_apart_from_the_answers_and_only_by_consent():
    field = field_in_memory()
    wanted = {
        "interest": ["yes"],
        "region": ["other"],
        "name": ["Kim"],
        "phone": ["+82 10-1234-5678"],
        "consent_contact": ["yes"],
        "consent_partner_2": ["yes"],
    }
    interview_id = _begin(field)
    _finish(field, interview_id, test_drive=wanted)
    interview = field.store.interview(interview_id)
    assert interview.answer_on("test-drive").answers == {"interest": "yes", "region": "other"}
    assert "Kim" not in repr(interview)
    [(whose, contact)] = field.store.contacts()
    assert (whose, contact.name, contact.region) == (interview_id, "Kim", "other")
    assert [x for x, _ in field.store.contacts(partner="Battery company")] == [interview_id]
    assert not list(field.store.contacts(partner="Car maker"))


def test_a_panel_gets_its_respondents_back_by_how_the_interview_ended():
    field = field_in_memory()
    interview_id = _begin(field, panel_id="a b&c")
    _finish(field, interview_id)
    url = open_page(field, interview_id).return_url
    assert url == "https://panel.example/return?status=complete&id=a%20b%26c"
    by_themselves = _begin(field)
    _finish(field, by_themselves)
    assert open_page(field, by_themselves).return_url is None


def test_a_second_interview_from_one_device_is_flagged_and_kept():
    field = field_in_memory()
    first, second = (_begin(field, device="10.0.0.1 Browser") for _ in range(2))
    _finish(field, first)
    _finish(field, second)
    assert "10.0.0.1" not in repr(field.store.interview(second))
    assert "duplicate_device" in field.store.interview(second).flags
    assert field.store.interview(second).status == "complete"


def test_who_hurries_and_stays_at_one_place_is_flagged_at_the_end():
    field = field_in_memory()
    interview_id = _begin(field)
    while not (page := open_page(field, interview_id)).is_end:
        first = page.task and str(page.task.cards[0].place)
        form = {**FORMS, "task": {"choice": [first]}}[page.page.kind]
        submit_page(
            field, interview_id, page.page.id, key=page.key, form=form, seconds=0.5
        ).result()
    assert set(field.store.interview(interview_id).flags) == {"speeding", "straight_lining"}


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf"), 1e9])
def test_seconds_that_no_clock_measures_are_not_kept(seconds):
    field = field_in_memory()
    interview_id = _begin(field)
    key = field.new_key()
    submit_page(field, interview_id, "screening", key=key, form=ADMITTED, seconds=seconds).result()
    assert field.store.interview(interview_id).answer_on("screening").seconds is None


def test_an_interview_goes_on_with_the_design_that_it_was_begun_with():
    field = field_in_memory()
    interview_id = _begin(field)
    _hand_in(field, interview_id)
    before = open_page(field, interview_id, "task-1").task
    design = replace(field.design, codes=field.design.codes[::-1].copy())
    later = replace(field, design=design)
    later.store.open_fieldwork(later.fieldwork)
    assert open_page(later, interview_id).task == before


def test_the_introduction_names_the_consent_in_the_language_of_the_reader():
    field = field_in_memory()
    page = open_introduction(field, "zh")
    assert page.title == "您会选择哪一款车？"
    assert (page.consent.version, page.number, page.interview_id) == ("2025-10", 1, None)


def test_languages_are_matched_by_their_first_part():
    field = field_in_memory()
    assert field.language("fr", "zh-Hans-CN", "ko") == "zh"
    assert field.language("KO-kr") == "ko"
    assert field.language("fr") == "en"
