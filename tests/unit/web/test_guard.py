from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.web.guard.addresses import address_key
from counterflow.web.guard.rates import TokenBuckets
from counterflow.web.guard.settings import Rate, ServiceSettings
from counterflow.web.guard.tokens import Tokens
from counterflow.web.survey.languages import accepted_languages
from strategies.fieldwork import field_in_memory
from unit.web.client import HOME, visit


@given(
    pauses=st.lists(st.floats(0, 30), min_size=1, max_size=60),
    per_second=st.floats(0.05, 5.0),
    burst=st.integers(1, 10),
)
def test_nobody_gets_more_than_the_burst_and_what_came_in_over_time(pauses, per_second, burst):
    now = 0.0
    buckets = TokenBuckets(Rate(per_second, float(burst)), clock=lambda: now)
    served = 0
    for pause in pauses:
        now += pause
        served += buckets.wait_s("somebody") == 0.0
        assert served <= burst + per_second * now + 1e-6


@given(n=st.integers(1, 30))
def test_who_waits_as_long_as_told_is_served(n):
    now = 0.0
    buckets = TokenBuckets(Rate(0.5, 3.0), clock=lambda: now)
    for _ in range(n):
        now += buckets.wait_s("somebody") + 1e-9
    now += buckets.wait_s("somebody") + 1e-9
    assert buckets.wait_s("another") == 0.0


def test_no_limit_is_no_limit():
    buckets = TokenBuckets(None)
    assert all(buckets.wait_s("somebody") == 0.0 for _ in range(1000))


def _key(host: str) -> bytes:
    return address_key({"type": "http", "client": (host, 1)})


def test_an_ipv6_subscriber_is_one_visitor_and_an_ipv4_address_another():
    assert _key("2001:db8:1:2::1") == _key("2001:db8:1:2:ffff::9")
    assert _key("2001:db8:1:2::1") != _key("2001:db8:1:3::1")
    assert _key("10.0.0.1") == _key("::ffff:10.0.0.1")
    assert _key("10.0.0.1") != _key("10.0.0.2")
    assert b"10.0.0.1" not in _key("10.0.0.1")


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_token_is_good_for_nothing_else(about, other):
    tokens = Tokens(b"k" * 32)
    token = tokens.make("page", about)
    assert tokens.is_made_for("page", about, token)
    assert (about == other) == tokens.is_made_for("page", other, token)
    assert not tokens.is_made_for("begin", about, token)
    assert not Tokens(b"j" * 32).is_made_for("page", about, token)


def test_a_dated_token_is_refused_once_it_is_too_old():
    now = 1_000_000.0
    tokens = Tokens(b"k" * 32, clock=lambda: now)
    token = tokens.make_dated("begin")
    now += 99.0
    assert tokens.is_fresh("begin", token, seconds=100.0)
    now += 2.0
    assert not tokens.is_fresh("begin", token, seconds=100.0)
    assert not tokens.is_fresh("begin", token.replace("1000000", "1000050"), seconds=100.0)


@given(st.text(max_size=80))
def test_any_language_header_is_read(header):
    assert all(isinstance(tag, str) for tag in accepted_languages(header))


def test_a_body_that_does_not_arrive_is_given_up_with_408():
    settings = ServiceSettings(public_origins=(HOME,), body_timeout_s=0.05)

    async def ask() -> int:
        status = 0

        async def receive():
            await asyncio.sleep(5)
            return {"type": "http.request", "body": b"", "more_body": True}

        async def send(message):
            nonlocal status
            status = message.get("status", status)

        headers = [
            (b"host", b"survey.test"),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/begin",
            "raw_path": b"/begin",
            "query_string": b"",
            "headers": headers,
            "client": ("10.0.0.1", 1),
            "server": ("survey.test", 80),
            "scheme": "http",
            "root_path": "",
        }
        await visit(field_in_memory(), settings).app(scope, receive, send)
        return status

    assert asyncio.run(ask()) == 408


@pytest.mark.parametrize("proxies", [(), ("10.9.9.9",)])
def test_a_forwarded_address_is_believed_of_a_trusted_proxy_alone(proxies):
    settings = ServiceSettings(
        public_origins=(HOME,), trusted_proxies=proxies, per_address=Rate(0.01, 1.0)
    )
    with visit(field_in_memory(), settings) as client:
        answers = [
            client.get("/", headers={"x-forwarded-for": f"192.0.2.{n}"}).status_code for n in "12"
        ]
    assert answers == [200, 429]
    trusting = ServiceSettings(
        public_origins=(HOME,), trusted_proxies=("10.0.0.1",), per_address=Rate(0.01, 1.0)
    )
    with visit(field_in_memory(), trusting) as client:
        answers = [
            client.get("/", headers={"x-forwarded-for": f"192.0.2.{n}"}).status_code for n in "12"
        ]
    assert answers == [200, 200]
