"""The pages of a survey whose questionnaire changes between two requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from counterflow.programme.field.field import Field
from strategies.fieldwork import asking, field_in_memory
from unit.web.client import JSON, Browser, PageRead, begin, due, filled, finish, go_on_to, visit

NO_TEXTS = Path("no texts here")


def _later(field: Field, **changes) -> Field:
    """Return the survey once more, served by another process on the same store."""
    told = {name: getattr(field, name) for name in field.__dataclass_fields__}
    later = Field(**{**told, **changes})
    later.store.open_fieldwork(later.fieldwork)
    return later


def _retitled(field: Field) -> Field:
    english = {**field.texts["en"], ("survey", "title"): "Which car now?"}
    return _later(field, texts={**field.texts, "en": english})


def _shorter(field: Field) -> Field:
    programme = asking(background={}, margins={})
    return field_in_memory(programme, folder=NO_TEXTS, **_same(field))


def _same(field: Field) -> dict[str, Any]:
    return {name: getattr(field, name) for name in ("store", "design", "random_bytes")}


def _stored(field: Field, address: str):
    return field.store.interview(address.removeprefix("/i/"))


def test_a_page_that_was_open_while_a_translation_changed_is_stored_as_it_was_shown():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        go_on_to(client, address, "task-1")
        form = due(client, address).form
    later = _retitled(field)
    with visit(later) as client:
        assert client.post(form.action, data=filled(form)).status_code == 303
        finish(client, address)
    interview = _stored(later, address)
    assert interview.status == "complete"
    told = {answer.page: answer.questionnaire_version for answer in interview.answers}
    assert told["task-1"] is None
    assert told["task-2"] == later.questionnaire_version


def test_nobody_tells_a_form_which_version_it_was_drawn_from():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        form = due(client, address).form
        version, _, token = form.values["csrf"][0].partition(".")
        assert version == field.questionnaire_version
        for forged in (f"{'0' * 64}.{token}", f".{token}", token, version):
            data = {**filled(form), "csrf": [forged]}
            assert client.post(form.action, data=data).status_code == 403


def test_a_consent_to_a_first_page_that_has_changed_is_asked_for_once_more():
    field = field_in_memory()
    with visit(field) as client:
        form = PageRead(client.get("/").text).form
    later = _retitled(field)
    with visit(later) as client:
        agreed = {**form.values, "consent": ["yes"]}
        refused = client.post(form.action, data=agreed)
        assert refused.status_code == 422
        page = PageRead(refused.text)
        assert "This has changed since you opened the page" in page.text
        told = client.post(form.action, data=agreed, headers=JSON)
        assert (told.status_code, told.json()["outcome"]) == (422, "problems")
        assert sum(later.store.counts().by_status.values()) == 0
        again = client.post(page.form.action, data={**page.form.values, "consent": ["yes"]})
        assert again.status_code == 303


def test_no_consent_is_ticked_beforehand_where_its_page_has_changed():
    field = field_in_memory()
    wanted = {
        "interest": ["yes"],
        "region": [next(iter(field.programme.market.regions))],
        "name": ["Kim"],
        "phone": ["010 1234"],
        "consent_contact": ["yes"],
        "consent_partner_1": ["yes"],
    }
    with visit(field) as client:
        address = begin(client)
        go_on_to(client, address, "test-drive")
        form = due(client, address).form
    with visit(_retitled(field)) as client:
        refused = client.post(form.action, data=filled(form, wanted))
        assert refused.status_code == 422
        page = PageRead(refused.text).form
        assert page.values["name"] == ["Kim"]
        assert not [name for name in page.values if name.startswith("consent")]
        agreed = {**page.values, "consent_contact": ["yes"]}
        assert client.post(page.action, data=agreed).status_code == 303
        assert len(list(field.store.contacts())) == 1


def test_who_opens_the_address_of_an_interview_that_became_complete_is_thanked_and_counted():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        go_on_to(client, address, "background")
        form = due(client, address).form
    with visit(_shorter(field)) as client:
        assert "Thank you!" in due(client, address).text
    assert _stored(field, address).status == "complete"
    assert field.store.counts().by_status["complete"] == 1
    with visit(_shorter(field)) as client:
        assert _handed_in(client, form) == ("closed", "complete")


def test_an_answer_to_a_page_that_is_not_asked_any_more_leads_on_and_not_astray():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        go_on_to(client, address, "background")
        form = due(client, address).form
    with visit(_shorter(field)) as client:
        assert _handed_in(client, form) == ("not_due", "complete")
        response = client.post(form.action, data=filled(form))
        assert (response.status_code, response.headers["location"]) == (303, address)


def _handed_in(client: Browser, form) -> tuple[str, str]:
    told = client.post(form.action, data=filled(form), headers=JSON).json()
    return told["outcome"], told["status"]


def test_a_changed_wording_of_the_consent_is_asked_again_in_each_language():
    field = field_in_memory()
    consent = field.questionnaire.consent.model_dump(mode="json")
    for language in ("en", "ko", "zh"):
        with visit(field) as client:
            address = begin(client, language=language)
            go_on_to(client, address, "task-2")
        reworded = asking(consent={**consent, "version": "2026-01"})
        later = field_in_memory(reworded, **_same(field))
        with visit(later) as client:
            page = due(client, address)
            assert "/consent-" in page.form.action
            without = client.post(page.form.action, data=page.form.values)
            assert without.status_code == 422
            answers = {**page.form.values, "consent": ["yes"]}
            assert client.post(page.form.action, data=answers).status_code == 303
            assert due(client, address).form.action.endswith("/task-2")
