"""The researcher sees who came how far, in figures that can be counted by hand."""

import pytest

from counterflow.domain.interview import Contact
from counterflow.programme.field.begin_interview import begin_interview
from counterflow.programme.field.forget_person import forget_person
from counterflow.programme.field.open_page import open_page
from counterflow.programme.field.report import field_report
from counterflow.programme.field.submit_page import submit_page
from counterflow.programme.field.withdraw import withdraw
from counterflow.programme.field_store import UnknownInterviewError
from strategies.fieldwork import ADMITTED, BACKGROUND, asking, field_in_memory

FORMS = {
    "task": {"choice": ["1"]},
    "chance": {"chance": ["5"]},
    "test_drive": {
        "interest": ["yes"],
        "region": ["other"],
        "name": ["Kim"],
        "phone": ["010 1234 5678"],
        "consent_contact": ["yes"],
        "consent_partner_1": ["yes"],
    },
    "background": BACKGROUND,
}


def _go(field, *, n_pages: int, seconds: float = 4.0, **screening: list[str]) -> str:
    """Begin an interview and hand in so many pages."""
    begun = begin_interview(
        field, key=field.new_key(), language="en", consented=True, panel_id="p", device="d"
    )
    interview_id = begun.result().interview_id
    for _ in range(n_pages):
        page = open_page(field, interview_id)
        form = {**ADMITTED, **screening} if page.page.id == "screening" else FORMS[page.page.kind]
        submit_page(
            field, interview_id, page.page.id, key=page.key, form=form, seconds=seconds
        ).result()
    return interview_id


ALL = 12
"""Screening, eight tasks, chance, test drive, background."""


def test_pages_say_how_many_came_and_how_many_went_on():
    field = field_in_memory(asking(n_tasks=2, most_respondents=9))
    _go(field, n_pages=0)
    _go(field, n_pages=1, licence=["no"])
    _go(field, n_pages=2, seconds=10.0)
    _go(field, n_pages=6)
    report = field_report(field)
    assert [(p.page, p.reached, p.answered) for p in report.pages] == [
        ("introduction", 4, 4),
        ("screening", 4, 3),
        ("task-1", 2, 2),
        ("task-2", 2, 1),
        ("chance", 1, 1),
        ("test-drive", 1, 1),
        ("background", 1, 1),
    ]
    by_page = {page.page: page for page in report.pages}
    assert by_page["screening"].share_left == pytest.approx(0.25)
    assert by_page["task-2"].share_left == pytest.approx(0.5)
    assert by_page["task-1"].median_seconds == pytest.approx(7.0)
    assert (report.n_begun, report.n_complete, report.most_respondents) == (4, 1, 9)
    assert report.title == "Which car would you take?"


def test_nothing_is_left_of_a_page_that_nobody_reached():
    report = field_report(field_in_memory())
    assert {page.share_left for page in report.pages} == {None}
    assert report.n_flagged == 0


def test_who_withdraws_ends_and_is_forgotten():
    field = field_in_memory()
    interview_id = _go(field, n_pages=ALL - 1)
    assert [contact for _, contact in field.store.contacts()] == [
        Contact(name="Kim", region="other", phone="010 1234 5678")
    ]
    receipt = withdraw(field, interview_id, key="k" * 16)
    assert receipt.status == "withdrawn"
    assert withdraw(field, interview_id, key="k" * 16).outcome == "repeated"
    assert not list(field.store.contacts())
    interview = field.store.interview(interview_id)
    assert (interview.panel_id, interview.device) == (None, None)
    assert open_page(field, interview_id).page.id == "withdrawn"
    assert not list(field.store.interviews())


def test_who_withdraws_after_the_end_is_forgotten_and_the_anonymous_answers_stay():
    field = field_in_memory()
    interview_id = _go(field, n_pages=ALL)
    assert withdraw(field, interview_id, key="k" * 16).outcome == "closed"
    assert not list(field.store.contacts(partner="Car maker"))
    [interview] = field.store.interviews()
    assert interview.panel_id is None
    assert interview.answer_on("task-1") is not None


def test_forgetting_a_person_leaves_the_answers_and_may_be_repeated():
    field = field_in_memory()
    interview_id = _go(field, n_pages=ALL)
    before = field.store.interview(interview_id).answers
    for _ in range(2):
        forget_person(field.store, interview_id)
    assert field.store.interview(interview_id).answers == before
    assert not list(field.store.contacts())
    with pytest.raises(UnknownInterviewError):
        forget_person(field.store, "nobody")
