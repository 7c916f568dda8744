from __future__ import annotations

import json

from strategies.fieldwork import field_in_memory
from unit.web.client import JSON, PageRead, begin, due, filled, go_on_to, visit


def test_each_answer_to_the_script_holds_the_next_page():
    field = field_in_memory()
    with visit(field) as client:
        form = PageRead(client.get("/").text).form
        told = client.post(
            form.action, data={**form.values, "consent": ["yes"]}, headers=JSON
        ).json()
        assert (told["outcome"], told["status"]) == ("stored", "open")
        while told["status"] == "open":
            form = PageRead(told["page"]).form
            assert form.action == told["next"]
            response = client.post(form.action, data=filled(form), headers=JSON)
            assert response.headers["content-type"] == "application/json"
            told = response.json()
    assert (told["outcome"], told["status"]) == ("stored", "complete")
    assert told["title"].startswith("Thank you!")


def test_a_retry_with_the_same_key_is_told_so_and_stores_nothing_more():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        form = due(client, address).form
        first, again = (client.post(form.action, data=filled(form), headers=JSON) for _ in "12")
    assert (first.json()["outcome"], again.json()["outcome"]) == ("stored", "repeated")
    assert first.json()["next"] == again.json()["next"]
    interview = field.store.interview(address.removeprefix("/i/"))
    assert [answer.page for answer in interview.answers] == ["introduction", "screening"]


def test_a_key_with_another_answer_is_refused_with_409():
    with visit(field_in_memory()) as client:
        address = begin(client)
        go_on_to(client, address, "task-1")
        form = due(client, address).form
        client.post(form.action, data=filled(form, {"choice": ["1"]}), headers=JSON)
        response = client.post(form.action, data=filled(form, {"choice": ["2"]}), headers=JSON)
    assert (response.status_code, response.json()["outcome"]) == (409, "conflict")
    assert response.json()["next"] == address


def test_a_page_ahead_of_its_turn_is_refused_with_409_and_the_page_that_is_due():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        form = due(client, address).form
        response = client.post(
            f"{address}/task-2", data=filled(form, {"choice": ["1"]}), headers=JSON
        )
    assert (response.status_code, response.json()["outcome"]) == (409, "not_due")
    assert response.json()["next"] == f"{address}/screening"


def test_what_is_wrong_with_a_form_is_told_by_field_with_422():
    with visit(field_in_memory()) as client:
        address = begin(client)
        form = due(client, address).form
        response = client.post(
            form.action, data=filled(form, {"licence": ["perhaps"]}), headers=JSON
        )
    assert response.status_code == 422
    assert response.json()["problems"] == {
        "licence": "unknown",
        "age": "missing",
        "intends": "missing",
    }


def test_an_interview_that_has_ended_takes_no_more():
    with visit(field_in_memory()) as client:
        address = begin(client)
        form = due(client, address).form
        client.post(
            form.action,
            data=filled(form, {"licence": ["no"], "age": ["from_18"], "intends": ["later"]}),
        )
        response = client.post(
            f"{address}/task-1", data=filled(form, {"choice": ["1"]}), headers=JSON
        )
    assert (response.json()["outcome"], response.json()["status"]) == ("closed", "screened_out")


def test_time_on_the_page_is_kept_where_it_can_be_read():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        for seconds in ("2.5", "soon", "nan", "-1", "1e9"):
            form = due(client, address).form
            client.post(form.action, data={**filled(form), "seconds": [seconds]}, headers=JSON)
    answers = field.store.interview(address.removeprefix("/i/")).answers[1:]
    assert answers[0].seconds == 2.5
    assert all(answer.seconds is None for answer in answers[1:4])


def test_json_is_never_a_page_of_html():
    with visit(field_in_memory()) as client:
        response = client.post("/i/nobody/task-1", data={"choice": "<b>"}, headers=JSON)
    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.text)["next"] == "/"
