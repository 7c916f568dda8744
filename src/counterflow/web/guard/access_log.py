"""The log: which kind of page, how it ended, how long it took; nobody's address or answers."""

from __future__ import annotations

import logging
import traceback
from time import perf_counter

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

access = logging.getLogger("counterflow.web.access")
failures = logging.getLogger("counterflow.web.failures")


class AccessLog:
    """Logs each request by the page that answered, and what failed by place rather than value.

    An address of an interview lets whoever has it go on with the interview, and the message of an
    error may quote what somebody entered: neither may stand in a log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = perf_counter()
        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:  # the last resort of every page
            failures.error("%s in %s", type(error).__name__, _places(error))
            if not status:
                answer = PlainTextResponse("Something went wrong here. Please try again.\n", 500)
                await answer(scope, receive, send_and_note)
        finally:
            if access.isEnabledFor(logging.INFO):
                milliseconds = 1000.0 * (perf_counter() - started)
                page = name_of_page(scope)
                access.info("%s %s %d %.1f ms", scope["method"], page, status, milliseconds)


def name_of_page(scope: Scope) -> str:
    """Return what answered, by its name in the code; its path holds what may not be kept."""
    return getattr(scope.get("endpoint"), "__qualname__", "nothing")


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
