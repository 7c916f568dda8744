from __future__ import annotations

import logging

from strategies.fieldwork import field_in_memory
from unit.web.client import begin, finish, visit


def test_the_log_says_which_page_answered_and_nothing_about_who_asked(caplog):
    caplog.set_level(logging.INFO, "counterflow.web.access")
    with visit(field_in_memory()) as client:
        address = begin(client, panel_id="panel-person-1")
        finish(client, address)
        client.get("/nothing/secret-path?q=secret-query")
    lines = [record.getMessage() for record in caplog.records if "web" in record.name]
    assert any(line.startswith("POST InterviewPages.hand_in 303 ") for line in lines)
    assert any(line.startswith("GET nothing 404 ") for line in lines)
    for secret in (address.removeprefix("/i/"), "panel-person-1", "10.0.0.1", "secret"):
        assert all(secret not in line for line in lines)
