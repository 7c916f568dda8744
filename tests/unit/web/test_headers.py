from __future__ import annotations

from dataclasses import replace

import pytest

from counterflow.web.survey.rendering import STATIC
from strategies.fieldwork import field_in_memory
from unit.web.client import JSON, SETTINGS, PageRead, begin, due, visit

HTTPS = replace(SETTINGS, public_origins=("https://survey.test",))
PATHS = ("/", "/i/nobody", "/healthz", "/field", "/nothing", "/pictures/pictures/blue.svg")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_bears_the_headers_that_keep_pages_to_themselves(path):
    with visit(field_in_memory()) as client:
        headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy.replace("style-src 'unsafe-inline'; sandbox", "")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "server" not in headers
    assert "strict-transport-security" not in headers


def test_a_page_allows_no_frame_around_it_and_no_other_host():
    with visit(field_in_memory()) as client:
        policy = client.get("/").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "form-action 'self'" in policy
    assert "http" not in policy


def test_personal_pages_are_kept_by_nobody():
    with visit(field_in_memory()) as client:
        address = begin(client)
        for page in (address, f"{address}/screening", "/", "/field"):
            assert client.get(page).headers["cache-control"] == "no-store"
        assert client.post("/begin", headers=JSON).headers["cache-control"] == "no-store"


def test_over_tls_browsers_are_told_to_stay_there_for_a_year():
    with visit(field_in_memory(), HTTPS) as client:
        header = client.get("/nothing").headers["strict-transport-security"]
    assert int(header.partition("max-age=")[2].partition(";")[0]) >= 31_536_000


def test_a_device_is_told_again_by_a_cookie_that_scripts_and_other_sites_cannot_read():
    with visit(field_in_memory(), HTTPS) as client:
        assert "set-cookie" not in client.get("/").headers
        form = PageRead(client.get("/").text).form
        data = {**form.values, "consent": ["yes"]}
        cookie = client.post("/begin", data=data).headers["set-cookie"]
    name, *attributes = cookie.split("; ")
    assert name.startswith("__Host-device=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(attributes)


def test_two_interviews_of_one_device_are_told_and_a_retry_is_not_a_second_device():
    field = field_in_memory()
    with visit(field) as client:
        first, second = begin(client), begin(client)
    one, two = (field.store.interview(x.removeprefix("/i/")).device for x in (first, second))
    assert one is not None
    assert one == two
    with visit(field) as other:
        assert field.store.interview(begin(other).removeprefix("/i/")).device != one


def test_styles_and_script_are_kept_for_as_long_as_they_stay_the_same():
    with visit(field_in_memory()) as client:
        plain = client.get(STATIC.address("survey.js"), headers={"accept-encoding": "identity"})
        small = client.get(STATIC.address("survey.js"), headers={"accept-encoding": "gzip"})
    assert "immutable" in plain.headers["cache-control"]
    assert small.headers["content-encoding"] == "gzip"
    assert small.text == plain.text


def test_a_page_names_no_host_but_its_own_and_holds_no_script_or_style_of_its_own():
    field = field_in_memory()
    with visit(field) as client:
        page = due(client, begin(client))
    for tag in page.tags:
        assert "style" not in tag.attributes
        assert not any(name.startswith("on") for name in tag.attributes)
        for name in ("src", "href", "action"):
            address = tag.attributes.get(name, "/")
            assert address.startswith(("/", "#", "http://survey.test/")), address
        assert tag.name != "style"
        assert tag.name != "script" or "src" in tag.attributes
