"""One respondent's way through the pages of a service, by HTTP, as the pages' script goes it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, cast, get_args
from urllib.parse import urlencode, urlsplit

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.interview import Status
from counterflow.survey.questionnaire.simulated_respondent import SimulatedRespondent
from counterflow.web.visitor.page_as_read import PageReader
from counterflow.web.visitor.page_in_html import PageInHtml, read_page

PANEL_PREFIX = "simulated-"
"""What the panel's id of a respondent who does not exist begins with, in every store."""

_MOST_TRIES = 8
_FIRST_WAIT_S = 0.25
_TIMEOUT_S = 60.0
_TOLD = frozenset({200, 409, 422})
"""What the service has made up its mind about; what is wrong stands in the answer."""
_COME_AGAIN = frozenset({429, 503})
_SCRIPT = {"accept": "application/json", "content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Visits:
    """Sends respondents through the pages at `address`, each in one of the languages in turn.

    What is refused for a while, and what may have been lost on the way, is handed in again with
    the same key, so that it is stored once.
    """

    address: str
    reader: PageReader
    languages: Sequence[str]
    wait: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        where = urlsplit(self.address)
        if where.scheme not in ("http", "https") or not where.hostname:
            expected = "the address of a survey, e.g. http://127.0.0.1:8000"
            raise InputError([Problem(expected, f'"{self.address}"', where="--url")])

    def visit(self, respondent: SimulatedRespondent) -> Status:
        """Return how the respondent's interview ended.

        Raises
        ------
        InputError
            If nobody answers at the address, or not with pages of this survey.
        """
        language = self.languages[respondent.number % len(self.languages)]
        asked = {"lang": language, "id": f"{PANEL_PREFIX}{respondent.number}"}
        connection = _Connection(self.address, self.wait)
        try:
            page = read_page(connection.get("/?" + urlencode(asked)))
            while page.action is not None:
                form = respondent.form(self.reader.understand(page, language))
                told = connection.hand_in(page.action, {**page.hidden, **form})
                page = _next_page(told, page)
            return _status(told, self.address)
        finally:
            connection.close()


def _next_page(told: Mapping[str, Any], page: PageInHtml) -> PageInHtml:
    following = read_page(str(told.get("page", "")))
    if following.action == page.action:
        raise RuntimeError(
            f"expected that {page.action} takes what a simulated respondent answers, found that "
            f"it refuses: {told.get('problems', told.get('outcome'))}"
        )
    return following


def _status(told: Mapping[str, Any], address: str) -> Status:
    status = told.get("status")
    if status not in get_args(Status):
        raise _no_survey(address, f"an end of the interview without status: {status!r}")
    return cast("Status", status)


class _Connection:
    """A connection to the service, opened anew where it was lost."""

    def __init__(self, address: str, wait: Callable[[float], None]) -> None:
        self._address, self._wait = address, wait
        where = urlsplit(address)
        kind = HTTPSConnection if where.scheme == "https" else HTTPConnection
        assert where.hostname is not None, "the caller has looked"
        self._connection = kind(where.hostname, where.port, timeout=_TIMEOUT_S)

    def get(self, path: str) -> str:
        return self._until_taken("GET", path, None, {}).decode()

    def hand_in(self, path: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the service told the script after a page was handed in."""
        told = self._until_taken("POST", path, urlencode(fields, doseq=True), _SCRIPT)
        found: Mapping[str, Any] = json.loads(told)
        return found

    def close(self) -> None:
        self._connection.close()

    def _until_taken(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> bytes:
        found = "nothing"
        for tries in range(_MOST_TRIES):
            stated_s = 0.0
            try:
                self._connection.request(method, path, body, dict(headers))
                reply = self._connection.getresponse()
                content = reply.read()
                if reply.status in _TOLD:
                    return content
                if reply.status not in _COME_AGAIN:
                    raise _no_survey(self._address, f"{reply.status} for {method} {path}")
                found, stated_s = f"{reply.status}, again and again", _retry_after_s(reply)
            except (OSError, HTTPException) as error:
                self._connection.close()
                found = str(error)
            self._wait(max(stated_s, _FIRST_WAIT_S * 2**tries))
        raise _no_survey(self._address, found)


def _retry_after_s(reply: HTTPResponse) -> float:
    stated = reply.getheader("retry-after", "")
    return float(stated) if stated.isdecimal() else 0.0


def _no_survey(address: str, found: str) -> InputError:
    expected = "a survey of this programme that answers"
    advice = "Start it by `counterflow serve`, or leave out --url to have one started."
    return InputError([Problem(expected, found, where=address, advice=advice)])
