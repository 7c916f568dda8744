"""Who is let in: the right host, not too often, and not more than can be served in time."""

from __future__ import annotations

import math

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from counterflow.web.guard.addresses import address_key
from counterflow.web.guard.rates import TokenBuckets
from counterflow.web.guard.settings import ServiceSettings

_BUSY_RETRY_S = 2.0
_FREE_PATHS = frozenset({"/healthz"})
# A page asks for a dozen of these and they never change: counted, a family behind one address would
# be refused the script that keeps their answers.
_UNCOUNTED_FOLDERS = ("/static/", "/pictures/")


class Admittance:
    """Refuses with 400 a host that is not ours, with 429 who asks too often, with 503 overload."""

    def __init__(self, app: ASGIApp, *, settings: ServiceSettings) -> None:
        self._app, self._settings = app, settings
        self._hosts = settings.hosts
        self._buckets = TokenBuckets(settings.per_address)
        self._n_in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        self._n_in_flight += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._n_in_flight -= 1

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        if _host(scope) not in self._hosts:
            return PlainTextResponse("This host is not served here.\n", 400)
        if scope["path"] in _FREE_PATHS:
            return None
        if self._n_in_flight >= self._settings.most_in_flight:
            return refusal("Too busy. Please try again soon.\n", 503, _BUSY_RETRY_S)
        if scope["path"].startswith(_UNCOUNTED_FOLDERS):
            return None
        wait_s = self._buckets.wait_s(address_key(scope))
        if wait_s > 0.0:
            return refusal("Too many requests. Please try again soon.\n", 429, wait_s)
        return None


def refusal(text: str, status: int, retry_after_s: float) -> PlainTextResponse:
    """Return an answer that says when to come again, in whole seconds."""
    return PlainTextResponse(text, status, {"retry-after": retry_after(retry_after_s)})


def retry_after(seconds: float) -> str:
    """Return seconds for the header `Retry-After`: whole, and at least one."""
    return str(max(1, math.ceil(seconds)))


def _host(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"host":
            host = value.decode("latin-1").lower()
            return host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]
    return ""
