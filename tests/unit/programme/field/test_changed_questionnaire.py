"""A questionnaire changes while people answer it: nobody is lost, and what was shown is known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from counterflow.domain.interview import Interview
from counterflow.programme.field.begin_interview import begin_interview
from counterflow.programme.field.catch_up import catch_up, complete_answered
from counterflow.programme.field.field import Field, PageNotDueError, UnknownPageError
from counterflow.programme.field.open_page import open_page
from counterflow.programme.field.pages_of_interview import InterviewBehindError
from counterflow.programme.field.submit_page import submit_page
from counterflow.survey.questionnaire.form import FormError
from strategies.fieldwork import (
    ADMITTED,
    BACKGROUND,
    asking,
    field_in_memory,
    random_design,
)

LINKS = {
    "complete": "https://panel.example/done?id={id}",
    "screened_out": "https://panel.example/out?id={id}",
    "over_quota": "https://panel.example/full?id={id}",
}
FORMS: Mapping[str, dict[str, list[str]]] = {
    "consent": {"consent": ["yes"]},
    "screening": ADMITTED,
    "task": {"choice": ["2"]},
    "chance": {"chance": ["7"]},
    "test_drive": {"interest": ["no"]},
    "background": BACKGROUND,
}
NO_TEXTS = Path("no texts here")
SAME_DESIGN = {"n_tasks", "n_alternatives", "outside_option"}


def _later(field: Field, *, design: Any = None, **asked: Any) -> Field:
    """Return the field once its questionnaire has changed: another process on the same store."""
    programme = asking(**asked)
    keeps_design = design is None and not SAME_DESIGN & asked.keys()
    return field_in_memory(
        programme,
        store=field.store,
        random_bytes=field.random_bytes,
        design=field.design if keeps_design else design,
        folder=NO_TEXTS,
    )


def _begin(field: Field, **further: Any) -> str:
    key = field.new_key()
    begun = begin_interview(field, key=key, language="en", consented=True, **further)
    return begun.result().interview_id


def _next(field: Field, interview_id: str) -> str:
    """Return the id of the page that is due, as the service finds it."""
    try:
        return open_page(field, interview_id).page.id
    except InterviewBehindError:
        catch_up(field, interview_id).result()
        return open_page(field, interview_id).page.id


def _answer(field: Field, interview_id: str, *, drawn_from: str | None = None) -> None:
    page = open_page(field, interview_id)
    form = FORMS[page.page.kind]
    submit_page(
        field, interview_id, page.page.id, key=page.key, form=form, drawn_from=drawn_from
    ).result()


def _answer_until(field: Field, interview_id: str, page: str) -> None:
    while _next(field, interview_id) != page:
        _answer(field, interview_id)


def _rest(field: Field, interview_id: str) -> list[str]:
    """Answer all that is left, and return the pages."""
    passed = []
    while (page := _next(field, interview_id)) in FORMS or "-" in page:
        passed.append(page)
        _answer(field, interview_id)
    return passed


def _with_text(field: Field, text: str) -> Field:
    """Return the field with its Korean title said otherwise."""
    texts = {**field.texts, "ko": {**field.texts["ko"], ("survey", "title"): text}}
    return _with(field, texts=texts)


def _with(field: Field, **changes: Any) -> Field:
    told = {name: getattr(field, name) for name in field.__dataclass_fields__}
    later = Field(**{**told, **changes})
    later.store.open_fieldwork(later.fieldwork)
    return later


def _stored(field: Field, interview_id: str) -> Interview:
    return field.store.interview(interview_id)


# ---- Versions: shown is stored ----


def test_a_changed_translation_is_another_version_of_the_questionnaire():
    field = field_in_memory()
    later = _with_text(field, "다른 제목")
    assert later.programme_version == field.programme_version
    assert later.questionnaire_version != field.questionnaire_version
    first, second = _stored(field, _begin(field)), _stored(later, _begin(later))
    assert first.questionnaire_version == field.questionnaire_version
    assert second.questionnaire_version == later.questionnaire_version
    kept = field.store.questionnaire(second.questionnaire_version)
    assert kept["texts"]["ko"]["survey"]["title"] == "다른 제목"


def test_a_changed_picture_or_software_is_another_version_and_a_changed_quota_is_none():
    field = field_in_memory()
    versions = {
        field.questionnaire_version,
        _with(field, picture_hashes={"car.svg": "a"}).questionnaire_version,
        _with(field, picture_hashes={"car.svg": "b"}).questionnaire_version,
        _with(field, software="2").questionnaire_version,
    }
    assert len(versions) == 4
    later = field_in_memory(asking(quotas={"age": {"from_18": 9}}, most_respondents=1000))
    assert later.programme_version != field.programme_version
    assert later.questionnaire_version == field.questionnaire_version


def test_costs_and_preferences_are_not_kept_with_what_respondents_see():
    kept = field_in_memory().fieldwork.questionnaire
    assert kept.keys() == {
        "attributes", "contracts", "market", "questionnaire", "texts", "pictures", "software",
    }  # fmt: skip
    assert kept["market"].keys() == {"regions", "subsidies", "taxes"}


def test_an_answer_bears_the_version_that_its_page_was_drawn_from():
    field = field_in_memory()
    interview_id = _begin(field)
    _answer_until(field, interview_id, "task-2")
    later = _with_text(field, "다른 제목")
    _answer(later, interview_id, drawn_from=field.questionnaire_version)
    _answer(later, interview_id)
    interview = _stored(later, interview_id)
    assert interview.questionnaire_version == field.questionnaire_version
    told = {answer.page: answer.questionnaire_version for answer in interview.answers}
    assert told.pop("task-3") == later.questionnaire_version
    assert set(told.values()) == {None}


def test_an_interview_goes_on_to_the_end_under_another_translation():
    field = field_in_memory()
    interview_id = _begin(field)
    _answer_until(field, interview_id, "task-4")
    later = _with_text(field, "다른 제목")
    assert _rest(later, interview_id)[0] == "task-4"
    assert _stored(later, interview_id).status == "complete"


# ---- Longer, shorter, otherwise: everybody who answered all that is asked is complete ----


def test_who_answered_all_that_a_shorter_questionnaire_asks_is_complete_when_it_is_opened():
    field = field_in_memory()
    waiting, elsewhere = _begin(field), _begin(field)
    _answer_until(field, waiting, "background")
    _answer_until(field, elsewhere, "chance")
    later = _later(field, background={}, margins={})
    assert complete_answered(later) == 1
    assert complete_answered(later) == 0
    assert _stored(later, waiting).status == "complete"
    assert _stored(later, elsewhere).status == "open"
    assert later.store.counts().by_status["complete"] == 1
    assert open_page(later, waiting).page.id == "complete"


def test_who_returns_to_a_questionnaire_that_became_shorter_is_complete_and_led_back():
    field = field_in_memory(asking(panel=LINKS))
    interview_id = _begin(field, panel_id="p 7")
    _answer_until(field, interview_id, "background")
    later = _later(field, background={}, margins={}, panel=LINKS)
    with pytest.raises(InterviewBehindError):
        open_page(later, interview_id)
    first = catch_up(later, interview_id).result()
    assert (first.outcome, first.status) == ("stored", "complete")
    assert catch_up(later, interview_id).result().outcome == "repeated"
    end = open_page(later, interview_id)
    assert (end.page.id, end.status) == ("complete", "complete")
    assert end.return_url == "https://panel.example/done?id=p%207"


def test_who_hands_in_the_last_page_that_is_left_is_complete():
    field = field_in_memory()
    interview_id = _begin(field)
    _answer_until(field, interview_id, "chance")
    later = _later(field, background={}, margins={}, test_drive=False)
    assert _rest(later, interview_id) == ["chance"]
    assert _stored(later, interview_id).status == "complete"


def test_a_page_that_is_not_asked_any_more_leads_to_the_one_that_is_due():
    field = field_in_memory()
    interview_id = _begin(field)
    _answer_until(field, interview_id, "test-drive")
    later = _later(field, test_drive=False)
    assert open_page(later, interview_id, "test-drive").page.id == "background"
    form = {"interest": ["no"]}
    with pytest.raises(PageNotDueError) as refused:
        submit_page(later, interview_id, "test-drive", key="k" * 16, form=form)
    assert refused.value.due == "background"
    with pytest.raises(UnknownPageError):
        open_page(later, interview_id, "gallery")


def test_a_quota_that_is_full_by_now_ends_also_an_interview_that_became_complete_by_itself():
    field = field_in_memory(asking(most_respondents=2))
    first, second = _begin(field), _begin(field)
    _answer_until(field, first, "background")
    _answer_until(field, second, "background")
    later = _later(field, background={}, margins={}, most_respondents=1)
    complete_answered(later)
    assert sorted(_stored(later, one).status for one in (first, second)) == [
        "complete",
        "over_quota",
    ]
    [quota] = [q for q in later.store.counts().quotas if q.cell == "all"]
    assert (quota.complete, quota.held) == (1, 0)


def test_a_longer_questionnaire_asks_the_new_page_of_who_is_under_way():
    shorter = asking(purchase_chance=False, background={}, margins={})
    field = field_in_memory(shorter, folder=NO_TEXTS)
    interview_id = _begin(field)
    _answer_until(field, interview_id, "test-drive")
    later = _later(field)
    assert _rest(later, interview_id) == ["chance", "test-drive", "background"]
    assert _stored(later, interview_id).status == "complete"


@pytest.mark.parametrize(("before", "after", "asked"), [(6, 8, 6), (8, 6, 6), (6, 6, 6)])
def test_an_interview_has_the_tasks_of_its_own_design_and_no_more_than_are_asked_now(
    before, after, asked
):
    field = field_in_memory(asking(n_tasks=before))
    interview_id = _begin(field)
    _answer_until(field, interview_id, "task-3")
    reordered = random_design(asking(n_tasks=after), seed=9)
    later = _later(field, n_tasks=after, design=reordered)
    assert open_page(later, interview_id).task.n_tasks == asked
    _rest(later, interview_id)
    interview = _stored(later, interview_id)
    assert interview.status == "complete"
    tasks = [answer for answer in interview.answers if answer.page.startswith("task-")]
    assert len(tasks) == asked
    assert len({answer.shown["design_task"] for answer in tasks}) == asked


def test_a_choice_is_among_what_was_shown_whatever_others_are_shown_now():
    field = field_in_memory(asking(n_alternatives=3))
    interview_id = _begin(field)
    _answer_until(field, interview_id, "task-1")
    later = _later(field, n_alternatives=2, outside_option=False)
    task = open_page(later, interview_id).task
    assert (len(task.cards), task.has_outside) == (3, True)
    for page, choice in (("task-1", "3"), ("task-2", "none")):
        form = {"choice": [choice]}
        submit_page(later, interview_id, page, key=f"key-of-{page}", form=form).result()
    new = _begin(later)
    _answer_until(later, new, "task-1")
    for choice in ("3", "none"):
        with pytest.raises(FormError):
            submit_page(later, new, "task-1", key="k" * 16, form={"choice": [choice]})


def test_without_the_screening_that_they_had_yet_to_answer_people_are_admitted_all_the_same():
    field = field_in_memory()
    interview_id = _begin(field)
    later = _later(field, screening={}, quotas={}, margins={})
    assert complete_answered(later) == 0
    assert _next(later, interview_id) == "task-1"
    assert _stored(later, interview_id).design_version is not None
    _rest(later, interview_id)
    assert _stored(later, interview_id).status == "complete"


def test_a_quota_that_comes_later_has_counted_everybody():
    field = field_in_memory(asking(quotas={}))
    for _ in range(2):
        _rest(field, _begin(field))
    later = _later(field, quotas={"age": {"from_18": 2}})
    [quota] = [q for q in later.store.counts().quotas if q.cell == "age=from_18"]
    assert (quota.complete, quota.limit) == (2, 2)
    interview_id = _begin(later)
    _answer(later, interview_id)
    assert _stored(later, interview_id).status == "over_quota"


# ---- Consent: to what was read, in the wording that holds ----


def _reworded(field: Field, version: str, **asked: Any) -> Field:
    consent = field.questionnaire.consent.model_dump(mode="json")
    return _later(field, consent={**consent, "version": version}, **asked)


def test_a_changed_wording_of_the_consent_is_asked_again_of_who_is_under_way():
    field = field_in_memory()
    interview_id = _begin(field)
    _answer_until(field, interview_id, "task-2")
    later = _reworded(field, "2026-01")
    page = open_page(later, interview_id)
    assert (page.page.kind, page.consent.version, page.number) == ("consent", "2026-01", 2)
    with pytest.raises(FormError):
        submit_page(later, interview_id, page.page.id, key=page.key, form={})
    for outcome in ("stored", "repeated"):
        form = {"consent": ["yes"]}
        again = submit_page(later, interview_id, page.page.id, key=page.key, form=form)
        assert again.result().outcome == outcome
    assert open_page(later, interview_id).page.id == "task-2"
    consents = [(c.kind, c.version) for c in _stored(later, interview_id).consents]
    assert consents == [("survey", "2025-10"), ("survey", "2026-01")]
    assert _rest(later, interview_id)[-1] == "background"


def test_nobody_is_complete_without_the_consent_in_its_present_wording():
    field = field_in_memory()
    interview_id = _begin(field)
    _answer_until(field, interview_id, "background")
    later = _reworded(field, "2026-01", background={}, margins={})
    assert complete_answered(later) == 0
    [page] = _rest(later, interview_id)
    assert page.startswith("consent-")
    assert _stored(later, interview_id).status == "complete"


def test_contacts_are_taken_by_a_consent_to_the_wording_that_was_read():
    field = field_in_memory()
    interview_id = _begin(field)
    _answer_until(field, interview_id, "test-drive")
    later = _with_text(field, "다른 제목")
    agreed = {
        "interest": ["yes"],
        "region": [next(iter(later.programme.market.regions))],
        "name": ["Kim"],
        "phone": ["010 1234"],
        "consent_contact": ["yes"],
    }
    with pytest.raises(FormError) as refused:
        submit_page(
            later,
            interview_id,
            "test-drive",
            key="k" * 16,
            form=agreed,
            drawn_from=field.questionnaire_version,
        )
    assert refused.value.by_field["consent_contact"].reason == "changed"
    submit_page(later, interview_id, "test-drive", key="k" * 16, form=agreed).result()
    assert [contact.name for _, contact in later.store.contacts()] == ["Kim"]
