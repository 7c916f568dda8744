from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import pytest

from counterflow.programme.field.open_page import open_page
from counterflow.programme.field_store import StoreFailedError, UnknownInterviewError
from counterflow.web.survey.recent_interviews import RecentInterviews
from strategies.fieldwork import field_in_memory
from unit.web.client import begin, finish, go_on, go_on_to, visit


@pytest.fixture
def field():
    return field_in_memory()


def remembering(field):
    return replace(field, store=RecentInterviews(field.store))


def test_what_is_remembered_is_what_is_stored_page_by_page(field):
    recent = remembering(field)
    with visit(recent) as client:
        address = begin(client)
        interview_id = address.removeprefix("/i/")
        while (found := recent.store.interview(interview_id)).status == "open":
            assert found == field.store.interview(interview_id)
            go_on(client, address)
        assert found == field.store.interview(interview_id)
        assert found.status == "complete"


def test_pages_between_admission_and_the_end_need_no_look_into_the_store(field, monkeypatch):
    recent = remembering(field)
    with visit(recent) as client:
        address = begin(client)
        go_on_to(client, address, "task-2")
        n_reads = 0
        read = field.store.interview

        def counting(interview_id):
            nonlocal n_reads
            n_reads += 1
            return read(interview_id)

        monkeypatch.setattr(field.store, "interview", counting)
        go_on_to(client, address, "background")
        assert n_reads == 0
        finish(client, address)
        assert n_reads > 0


def test_what_was_not_stored_is_not_remembered(field, monkeypatch):
    recent = remembering(field)

    def failing(_submission):
        future = Future()
        future.set_exception(StoreFailedError("full"))
        return future

    with visit(recent) as client:
        address = begin(client)
        go_on_to(client, address, "task-2")
        with monkeypatch.context() as patch:
            patch.setattr(field.store, "submit", failing)
            assert go_on(client, address).status_code == 503
        assert open_page(recent, address.removeprefix("/i/")).page.id == "task-2"
        assert finish(client, address)


def test_what_was_read_while_an_answer_came_in_is_not_remembered(field, monkeypatch):
    recent = remembering(field)
    with visit(field) as client:
        address = begin(client)
        go_on_to(client, address, "task-1")
        interview_id = address.removeprefix("/i/")
        read = field.store.interview

        def slowly(interview_id):
            found = read(interview_id)
            with visit(recent) as other:
                monkeypatch.setattr(field.store, "interview", read)
                go_on(other, address)
            return found

        monkeypatch.setattr(field.store, "interview", slowly)
        before = recent.store.interview(interview_id)
    assert before.answer_on("task-1") is None
    assert recent.store.interview(interview_id).answer_on("task-1") is not None


def test_who_is_forgotten_is_not_remembered(field):
    recent = remembering(field)
    with visit(recent) as client:
        address = begin(client, panel_id="p1")
        interview_id = address.removeprefix("/i/")
        assert recent.store.interview(interview_id).panel_id == "p1"
        recent.store.forget_person(interview_id)
        assert recent.store.interview(interview_id).panel_id is None
    with pytest.raises(UnknownInterviewError):
        recent.store.interview("nobody")
