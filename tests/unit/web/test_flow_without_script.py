from __future__ import annotations

import pytest

from strategies.fieldwork import asking, field_in_memory
from unit.web.client import ANSWERS, begin, due, finish, go_on, go_on_to, visit


@pytest.mark.parametrize("language", ["en", "ko", "zh"])
def test_a_respondent_finishes_without_script_in_each_language(language):
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client, language=language)
        end = finish(client, address)
    interview = field.store.interview(address.removeprefix("/i/"))
    assert interview.status == "complete"
    assert interview.language == language
    assert end.named("html")[0].attributes["lang"] == language
    assert {answer.page for answer in interview.answers} == {page.id for page in field.pages}


def test_who_opens_the_address_elsewhere_goes_on_where_they_were():
    field = field_in_memory()
    with visit(field) as phone:
        address = begin(phone)
        go_on_to(phone, address, "task-3")
    with visit(field) as laptop:
        assert due(laptop, address).form.action == f"{address}/task-3"


def test_the_page_that_is_shown_holds_the_levels_that_are_stored():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        go_on_to(client, address, "task-1")
        shown = due(client, address).text
        go_on(client, address)
    answer = field.store.interview(address.removeprefix("/i/")).answer_on("task-1")
    for alternative in answer.shown["alternatives"]:
        for attribute, level in alternative["levels"].items():
            label = field.programme.attributes[attribute].level(level).label
            assert label is None or label in shown


def test_who_is_screened_out_reads_so_and_is_led_back_to_the_panel():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client, panel_id="p/1?")
        go_on(client, address, {**ANSWERS["screening"], "licence": ["no"]})
        end = due(client, address)
    links = [tag.attributes["href"] for tag in end.named("a")]
    assert "https://panel.example/return?status=screened&id=p%2F1%3F" in links
    assert field.store.interview(address.removeprefix("/i/")).status == "screened_out"


def test_who_comes_after_the_quota_is_full_reads_so():
    field = field_in_memory(asking(quotas={"age": {"from_18": 0}}, most_respondents=10))
    with visit(field) as client:
        address = begin(client, panel_id="p1")
        go_on(client, address)
        end = due(client, address)
    assert "https://panel.example/return?status=full&id=p1" in [
        tag.attributes.get("href") for tag in end.named("a")
    ]


def test_who_withdraws_is_thanked_and_counted_nowhere():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        form = next(form for form in due(client, address).forms if form.is_aside)
        assert client.post(form.action, data=form.values).status_code == 303
        end = due(client, address)
    assert "withdrawn" in end.text
    assert field.store.interview(address.removeprefix("/i/")).status == "withdrawn"


def test_a_page_that_was_answered_says_that_the_answer_stands():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        go_on(client, address)
        page = due(client, f"{address}/screening")
    assert "That answer stands" in page.text
    assert f"{address}/task-1" in [tag.attributes.get("href") for tag in page.named("a")]


def test_a_page_that_is_not_due_leads_to_the_one_that_is():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        ahead = client.get(f"{address}/task-2")
    assert (ahead.status_code, ahead.headers["location"]) == (303, f"{address}/screening")


def test_the_language_is_that_of_the_address_then_of_the_browser_then_of_the_survey():
    with visit(field_in_memory()) as client:

        def language(query: str, header: str) -> str:
            response = client.get(f"/{query}", headers={"accept-language": header})
            return response.headers["content-language"]

        assert language("?lang=zh", "ko") == "zh"
        assert language("", "fr;q=0.9, ko-KR;q=0.8, en;q=0.1") == "ko"
        assert language("", "zh-Hant-TW") == "zh"
        assert language("?lang=xx", "fr") == "en"
        assert language("?lang=%3Cscript%3E", ";;,q=,*;q=x") == "en"


def test_pictures_are_those_that_levels_name_and_no_other_file():
    with visit(field_in_memory()) as client:
        drawn = client.get("/pictures/pictures/blue.svg")
        assert (drawn.status_code, drawn.headers["content-type"]) == (
            200,
            "image/svg+xml; charset=utf-8",
        )
        assert "sandbox" in drawn.headers["content-security-policy"]
        for name in (
            "programme.toml",
            "pictures/../programme.toml",
            "%2e%2e/README.md",
            "/etc/passwd",
        ):
            assert client.get(f"/pictures/{name}").status_code == 404
