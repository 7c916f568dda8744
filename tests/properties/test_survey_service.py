"""Whatever is sent to the survey: it does not fail, stores nothing wrong and echoes nothing."""

import json
from pathlib import Path
from urllib.parse import quote

import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from counterflow.web.app import create_app
from strategies.fieldwork import field_in_memory
from unit.web.client import HOME, JSON, SETTINGS, begin, due, go_on, visit

API = json.loads(
    (Path(__file__).parents[2] / "docs" / "reference" / "survey-api.json").read_text("utf-8")
)
MARK = "x1z9q"
HOSTILE = [
    f"<script>{MARK}</script>",
    f"'\"><img src={MARK} onerror=alert(1)>",
    f"{MARK}'; DROP TABLE interviews; --",
    f"{{{{7*7}}}}{MARK}",
    f"{MARK}\r\nset-cookie: a=b",
    f"../../etc/passwd\x00{MARK}",
    "ﷺ" * 500 + MARK,
    "\U0001f697" * 300 + MARK,
    "1e400",
    "-1",
    "9" * 400,
    "٣",
]

anything = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))
FIELDS = (
    "choice chance interest region name phone email consent_contact licence age intends home "
    "household yearly_distance charging remarks design_task version shown key seconds interview_id"
)
fields = st.sampled_from(FIELDS.split())
forms = st.dictionaries(fields, st.lists(anything, min_size=1, max_size=3), max_size=6)

schema = schemathesis.openapi.from_dict(API)
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


schema.app = create_app(field_in_memory(), settings=SETTINGS, administrator=None)
schema.config.update(base_url=HOME)


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_description_names(case):
    case.call_and_validate(checks=CHECKS)


def accepts(answers: dict, page: str) -> bool:
    """Return whether what is stored of a page is what its questions offer."""
    text = json.dumps(answers)
    if page.startswith("task-"):
        return answers["choice"] in ("1", "2", "3", "none")
    if page == "chance":
        return answers["chance"] in range(11)
    return len(text) < 10_000


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(n_before=st.integers(0, 12), form=forms, page=st.none() | anything, is_script=st.booleans())
def test_no_form_fails_the_service_is_stored_wrong_or_comes_back_unescaped(
    n_before, form, page, is_script
):
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        for _ in range(n_before - 1):
            assert go_on(client, address).status_code == 303
        read = due(client, address)
        own = read.form if len(read.forms) > 1 else None
        assume(own is not None)
        path = own.action if page is None else f"{address}/{httpx_path(page)}"
        reply = client.post(path, data={**own.values, **form}, headers=JSON if is_script else None)
    assert reply.status_code in (200, 303, 400, 403, 404, 409, 413, 422)
    shown = json.loads(reply.text).get("page", "") if is_script else reply.text
    assert f"<script>{MARK}" not in shown
    assert f"<img src={MARK}" not in shown
    assert "a=b" not in reply.headers.get("set-cookie", "")
    interview = field.store.interview(address.rpartition("/")[2])
    for answer in interview.answers:
        assert accepts(dict(answer.answers), answer.page)


def httpx_path(text: str) -> str:
    """Return text as one segment of an address."""
    return quote(text, safe="") or "-"


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(interview_id=anything, address=st.sampled_from(["/i/{}", "/i/{}/task-1", "/pictures/{}"]))
def test_forged_addresses_lead_nowhere_and_are_not_echoed(interview_id, address):
    with visit(field_in_memory()) as client:
        reply = client.get(address.format(httpx_path(interview_id)))
    assert reply.status_code in (400, 404)
    assert MARK not in reply.text
