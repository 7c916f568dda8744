"""A visitor whom a service puts off comes again with the same key, and gives up in the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest

from counterflow.domain.errors import InputError
from counterflow.programme.field.simulate_field import simulated_respondents
from counterflow.web.visitor.page_as_read import PageReader
from counterflow.web.visitor.visit import Visits
from strategies.fieldwork import field_in_memory

INTRODUCTION = """<form method="post" action="/begin" data-begin>
<input type="hidden" name="key" value="the-first-key">
<input type="checkbox" name="consent" value="yes"></form>"""
CHANCE = """<form method="post" action="/i/7/chance" data-page>
<input type="hidden" name="key" value="the-second-key">
<input type="radio" name="chance" value="0"></form>"""
NEXT = {"outcome": "stored", "status": "open", "page": CHANCE}
END = {"outcome": "stored", "status": "complete", "page": "<h1>Thank you</h1>"}


@contextmanager
def service(*answers: tuple[int, object]) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """Serve these answers one after another, and yield the address and what was handed in."""
    left, handed_in = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            handed_in.append(parse_qs(body))
            self._answer()

        def _answer(self) -> None:
            status, told = left.pop(0)
            body = (told if isinstance(told, str) else json.dumps(told)).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            if status in (429, 503):
                self.send_header("retry-after", "7")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", handed_in
        finally:
            server.shutdown()
            thread.join()


def visit(address: str, waited: list[float]) -> str:
    field = field_in_memory()
    reader = PageReader(field.programme, field.texts)
    respondent = simulated_respondents(field.programme)[0]
    return Visits(address, reader, ("en",), wait=waited.append).visit(respondent)


def test_who_is_put_off_waits_as_long_as_told_and_comes_again_with_the_same_key():
    waited = []
    answers = [(200, INTRODUCTION), (503, "busy"), (429, "often"), (200, NEXT), (200, END)]
    with service(*answers) as (address, handed_in):
        assert visit(address, waited) == "complete"
    keys = [form["key"] for form in handed_in]
    assert keys == [["the-first-key"]] * 3 + [["the-second-key"]]
    assert waited == [7.0, 7.0]


def test_who_is_put_off_for_ever_gives_up_and_says_where():
    waited = []
    with (
        service((200, INTRODUCTION), *[(503, "busy")] * 20) as (address, handed_in),
        pytest.raises(InputError, match=r"found 503, again and again.*counterflow serve"),
    ):
        visit(address, waited)
    assert 3 < len(handed_in) < 20


def test_an_address_at_which_nobody_answers_is_told():
    with service() as (address, _):
        pass
    with pytest.raises(InputError, match="a survey of this programme that answers"):
        visit(address, [])


def test_a_page_that_takes_no_answer_is_an_error_and_not_asked_again():
    refusing = {"outcome": "problems", "status": "open", "page": CHANCE, "problems": {"chance": 1}}
    answers = [(200, INTRODUCTION), (200, NEXT), (422, refusing)]
    with (
        service(*answers) as (address, handed_in),
        pytest.raises(RuntimeError, match=r"found that it refuses: \{'chance': 1\}"),
    ):
        visit(address, [])
    assert len(handed_in) == 2


@pytest.mark.parametrize("address", ["", "survey", "ftp://127.0.0.1", "http://"])
def test_what_is_no_address_is_told_before_anybody_sets_out(address):
    with pytest.raises(InputError, match="--url"):
        visit(address, [])
