from __future__ import annotations

import re
from concurrent.futures import Future

import pytest

from counterflow.programme.field_store import StoreBusyError, StoreFailedError
from counterflow.web.guard.settings import Rate, ServiceSettings
from strategies.fieldwork import field_in_memory
from unit.web.client import HOME, JSON, SETTINGS, PageRead, begin, due, filled, visit

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def field():
    return field_in_memory()


@pytest.mark.parametrize(
    "path", ["/nothing", "/i/nobody", "/i/nobody/task-1", "/static/1/survey.js", "/field/else"]
)
def test_what_is_not_there_is_told_with_404(field, path):
    with visit(field) as client:
        response = client.get(path)
    assert response.status_code == 404
    assert "This page does not exist" in response.text


def test_a_page_that_the_questionnaire_does_not_have_is_told_with_404(field):
    with visit(field) as client:
        address = begin(client)
        form = due(client, address).form
        response = client.post(f"{address}/task-99", data=filled(form))
    assert response.status_code == 404


def test_another_method_is_refused_with_405_and_the_methods_that_are_allowed(field):
    with visit(field) as client:
        response = client.request("DELETE", "/")
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]


def test_a_body_that_says_it_is_too_large_is_refused_with_413(field):
    with visit(field) as client:
        response = client.post("/begin", content=b"x" * 65_537, headers=FORM)
    assert response.status_code == 413


def test_a_body_is_read_no_further_than_it_may_be_long(field):
    n_read = 0

    def endless():
        nonlocal n_read
        while n_read < 10_000:
            n_read += 1
            yield b"a" * 1024

    with visit(field) as client:
        response = client.post("/begin", content=endless(), headers={**FORM, **JSON})
    assert (response.status_code, response.json()["outcome"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"key=%ff%fe", FORM["content-type"], 400),
        (b"key=\xff", FORM["content-type"], 400),
        (b"&".join(b"a=1" for _ in range(500)), FORM["content-type"], 400),
        (b"{}", "application/json", 415),
        (b"", "multipart/form-data; boundary=x", 415),
    ],
)
def test_what_is_no_form_is_refused(field, content, media_type, status):
    with visit(field) as client:
        response = client.post("/begin", content=content, headers={"content-type": media_type})
    assert response.status_code == status


def test_other_hosts_are_not_served(field):
    with visit(field) as client:
        assert client.get("/", headers={"host": "evil.example"}).status_code == 400
        assert client.get("/", headers={"host": "survey.test:8000"}).status_code == 200


def test_an_address_that_asks_too_often_is_refused_with_429(field):
    settings = ServiceSettings(public_origins=(HOME,), per_address=Rate(0.1, 2.0))
    with visit(field, settings) as client:
        answers = [client.get("/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "10"


def test_what_a_page_is_made_of_is_not_counted_as_asking(field):
    settings = ServiceSettings(public_origins=(HOME,), per_address=Rate(0.01, 2.0))
    with visit(field, settings) as client:
        page = client.get("/").text
        parts = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
        assert parts
        answers = [client.get(part).status_code for part in parts for _ in range(5)]
        assert set(answers) == {200}
        assert client.get("/").status_code == 200
        assert client.get("/").status_code == 429


def test_an_interview_that_hands_in_too_often_is_refused_with_429(field):
    settings = ServiceSettings(public_origins=(HOME,), per_address=None, per_device=Rate(0.5, 1.0))
    with visit(field, settings) as client:
        address = begin(client)
        form = due(client, address).form
        client.post(form.action, data=filled(form, {}), headers=JSON)
        response = client.post(form.action, data=filled(form), headers=JSON)
    assert (response.status_code, response.json()["outcome"]) == (429, "too_many")
    assert response.headers["retry-after"] == "2"


def test_more_than_can_be_served_in_time_is_refused_with_503(field):
    settings = ServiceSettings(public_origins=(HOME,), per_address=None, most_in_flight=0)
    with visit(field, settings) as client:
        refused, well = client.get("/"), client.get("/healthz")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert well.status_code == 200


def _fails(error):
    future = Future()
    future.set_exception(error)
    return future


def test_a_busy_store_is_told_with_503_and_when_to_come_again(field, monkeypatch):
    def busy(_submission):
        raise StoreBusyError(3.2)

    with visit(field) as client:
        address = begin(client)
        form = due(client, address).form
        with monkeypatch.context() as patch:
            patch.setattr(field.store, "submit", busy)
            refused = client.post(form.action, data=filled(form), headers=JSON)
        again = client.post(form.action, data=filled(form), headers=JSON)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "4")
    assert refused.json()["outcome"] == "busy"
    assert again.json()["outcome"] == "stored"


def test_a_store_that_failed_is_told_with_503(field, monkeypatch):
    with visit(field) as client:
        address = begin(client)
        form = due(client, address).form
        monkeypatch.setattr(
            field.store, "submit", lambda _: _fails(StoreFailedError("disk full: /secret/place"))
        )
        response = client.post(form.action, data=filled(form))
    assert response.status_code == 503
    assert "Your answer was not stored" in response.text
    assert "secret" not in response.text


def test_what_nobody_foresaw_is_told_with_500_and_logged_without_what_it_says(
    field, monkeypatch, caplog
):
    def broken(_interview_id):
        raise RuntimeError("name=Kim phone=0101234567")

    with visit(field) as client:
        address = begin(client)
        monkeypatch.setattr(field.store, "interview", broken)
        response = client.get(address)
    assert response.status_code == 500
    assert "RuntimeError" in caplog.text
    assert address.removeprefix("/i/") not in caplog.text
    for secret in ("Kim", "0101234567"):
        assert secret not in caplog.text
        assert secret not in response.text


def test_a_form_of_another_interview_is_refused_with_403(field):
    with visit(field) as client:
        mine, other = begin(client), begin(client)
        token = due(client, other).form.values["csrf"]
        form = due(client, mine).form
        response = client.post(form.action, data={**filled(form), "csrf": token})
    assert response.status_code == 403


def test_a_form_from_another_site_is_refused_with_403(field):
    with visit(field) as client:
        form = PageRead(client.get("/").text).form
        data = {**form.values, "consent": ["yes"]}
        for header in (
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"origin": "https://evil.example"},
            {"origin": "null"},
        ):
            assert client.post("/begin", data=data, headers=header).status_code == 403
        for header in ({"sec-fetch-site": "same-origin"}, {"origin": HOME}):
            assert client.post("/begin", data=data, headers=header).status_code == 303


def test_a_first_page_that_was_not_made_here_begins_nothing(field):
    with visit(field) as client:
        form = PageRead(client.get("/").text).form
        for token in ("", "1.x", f"1.{'a' * 24}", "9999999999.x", "é"):
            data = {**form.values, "consent": ["yes"], "csrf": [token]}
            assert client.post("/begin", data=data).status_code == 403
    assert field.store.counts().by_status.get("open", 0) == 0


def test_without_consent_nothing_begins_and_the_page_says_so_beside_the_field(field):
    with visit(field) as client:
        form = PageRead(client.get("/?lang=ko").text).form
        response = client.post("/begin", data=form.values)
    page = PageRead(response.text)
    assert response.status_code == 422
    assert "#field-consent" in [tag.attributes.get("href") for tag in page.named("a")]
    assert "이 질문에 답해 주세요" in page.text
    assert SETTINGS.is_https is False
