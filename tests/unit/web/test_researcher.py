from __future__ import annotations

import re
from dataclasses import replace

import pytest

from counterflow.domain.errors import InputError
from counterflow.programme.field.results import field_results
from counterflow.web.guard.passwords import (
    PasswordHash,
    generated_password,
    read_hash,
    read_password,
    write_hash,
)
from counterflow.web.guard.sessions import Sessions
from counterflow.web.guard.settings import Rate, ServiceSettings
from strategies.fieldwork import field_in_memory
from unit.web.client import HOME, PASSWORD, SETTINGS, PageRead, begin, finish, visit


def sign_in(client, password=PASSWORD):
    form = PageRead(client.get("/field").text).form
    return client.post(form.action, data={**form.values, "password": password})


def test_who_has_not_signed_in_sees_no_figure_and_gets_no_file():
    with visit(field_in_memory()) as client:
        page, file = client.get("/field"), client.get("/field/export.csv")
    assert "Median" not in page.text
    assert (file.status_code, file.headers["location"]) == (303, "/field")


@pytest.mark.parametrize("language", ["en", "ko", "zh"])
def test_the_researcher_signs_in_watches_and_signs_out(language):
    field = field_in_memory()
    with visit(field) as client:
        finish(client, begin(client))
        begin(client)
        assert sign_in(client).headers["location"] == "/field"
        page = PageRead(client.get(f"/field?lang={language}").text)
        tiles = [word for word in page.words if re.fullmatch(r"\d+ ?", word)]
        assert tiles[:3] == ["1 ", "2", "1"]
        client.post(page.form.action, data=page.form.values)
        assert len(PageRead(client.get("/field").text).named("table")) == 0


def test_a_wrong_password_is_refused_without_telling_more():
    with visit(field_in_memory()) as client:
        response = sign_in(client, PASSWORD.upper())
        assert response.status_code == 403
        assert "set-cookie" not in response.headers
        assert PASSWORD.upper() not in response.text
        assert PageRead(client.get("/field").text).named("table") == []


def test_passwords_cannot_be_tried_one_after_another():
    settings = ServiceSettings(public_origins=(HOME,), per_address=None, sign_ins=Rate(0.01, 2.0))
    with visit(field_in_memory(), settings) as client:
        answers = [sign_in(client, "a wrong password") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [403, 403, 429]


def test_the_session_is_a_new_cookie_that_scripts_and_other_sites_do_not_get():
    settings = replace(SETTINGS, public_origins=("https://survey.test",))
    with visit(field_in_memory(), settings) as client:
        first = sign_in(client).headers["set-cookie"]
        second = sign_in(client)
    name, *attributes = first.split("; ")
    assert name.startswith("__Host-researcher=")
    assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(attributes)
    assert second.status_code in (303, 403)


def test_a_session_ends_on_the_server_and_not_just_in_the_browser():
    with visit(field_in_memory()) as client:
        sign_in(client)
        token = client.cookies["researcher"]
        page = PageRead(client.get("/field").text)
        client.post(page.form.action, data=page.form.values)
        again = client.get("/field", headers={"cookie": f"researcher={token}"})
    assert PageRead(again.text).named("table") == []


def test_signing_out_needs_the_token_of_the_session():
    with visit(field_in_memory()) as client:
        sign_in(client)
        assert client.post("/field/sign-out", data={"csrf": "x"}).status_code == 403
        assert PageRead(client.get("/field").text).named("table")


def test_a_session_ends_after_its_time_however_busy():
    now = 0.0
    sessions = Sessions(lasts_s=100.0, idle_s=30.0, clock=lambda: now)
    token = sessions.begin()
    for _ in range(5):
        assert sessions.find(token) is not None
        now += 19.0
    now = 100.0
    assert sessions.find(token) is None


def test_files_are_made_for_who_has_signed_in():
    with visit(field_in_memory()) as client:
        finish(client, begin(client))
        sign_in(client)
        people = client.get("/field/export.csv?rows=respondents")
        cards, table = client.get("/field/export.csv"), client.get("/field/export.parquet")
        none = client.get("/field/export.xlsx")
    assert len(people.text.splitlines()) == 2
    assert len(cards.text.splitlines()) == 1 + 8 * 4
    assert table.content.startswith(b"PAR1")
    assert 'filename="respondents.csv"' in people.headers["content-disposition"]
    assert none.status_code == 404


def test_results_are_given_with_and_without_flagged_interviews():
    field = field_in_memory()
    with visit(field) as client:
        addresses = [begin(client) for _ in range(2)]
        for address in addresses:
            finish(client, address)
        assert client.get("/field/results").headers["location"] == "/field"
        sign_in(client)
        page = PageRead(client.get("/field/results?lang=zh").text)
    counted = field_results(field)
    assert counted.n_interviews == 2
    assert counted.n_flagged == sum(bool(x.flags) for x in field.store.interviews())
    assert sum(row.n_shown for row in counted.levels if row.attribute == "trim") == 2 * 8 * 3
    assert counted.chose_none.among_all == 0.0
    assert counted.mean_chance.among_all == 7.0
    assert "不含被标记的" in page.text
    assert field_results(field, most=1).n_interviews == 1


def test_a_service_without_administrator_has_no_such_page():
    with visit(field_in_memory(), administrator=None) as client:
        assert client.get("/field").status_code == 404


def test_a_password_is_kept_as_a_hash_that_only_its_owner_may_read(tmp_path):
    path = tmp_path / "field" / "administrator.json"
    password = generated_password()
    write_hash(PasswordHash.of(password), path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert password not in path.read_text()
    kept = read_hash(path)
    assert kept is not None
    assert kept.fits(password)
    assert not kept.fits(password + " ")
    assert read_hash(tmp_path / "none.json") is None


@pytest.mark.parametrize("password", ["", "too short", "abcabcabcabcabcabc", "x" * 600])
def test_a_weak_password_is_refused_with_what_is_expected(tmp_path, password):
    path = tmp_path / "password"
    path.write_text(password + "\n")
    with pytest.raises(InputError, match="expected a password"):
        read_password(path)
