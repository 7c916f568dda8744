"""What people and the script are told when a request cannot be served."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from counterflow.programme.field.field import ChangedProgrammeError, UnknownPageError
from counterflow.programme.field_store import (
    KeyReusedError,
    StoreBusyError,
    StoreFailedError,
    UnknownInterviewError,
)
from counterflow.survey.questionnaire.form import FormError
from counterflow.web.guard.admittance import retry_after
from counterflow.web.guard.errors import RefusedError
from counterflow.web.survey.languages import language_of
from counterflow.web.survey.rendering import render_problem
from counterflow.web.survey.replies import json_reply, page_reply, wants_json
from counterflow.web.survey.service import Service

_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_BUSY_RETRY_S, _FAILED_RETRY_S = 5.0, 30.0


@dataclass(frozen=True)
class Refusal:
    """Status, the text that says why, and which way the page leads."""

    status: int
    kind: str
    link: str = "start_over"
    retry_after_s: float | None = None


_BY_STATUS = {
    400: Refusal(400, "unreadable", "try_again"),
    403: Refusal(403, "forged", "try_again"),
    404: Refusal(404, "not_found"),
    408: Refusal(408, "unreadable", "try_again"),
    413: Refusal(413, "too_large", "try_again"),
    415: Refusal(415, "unreadable", "try_again"),
}

HANDLED = (
    RefusedError,
    HTTPException,
    UnknownInterviewError,
    UnknownPageError,
    ChangedProgrammeError,
    KeyReusedError,
    StoreBusyError,
    StoreFailedError,
    TimeoutError,
    FormError,
)
"""What pages need not catch themselves."""


class Refusals:
    """Turns what went wrong into an answer that helps, and quotes nothing of the request."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def answer(self, request: Request, error: Exception) -> Response:
        """Return the answer to a request that raised this error."""
        refusal = refusal_of(error)
        headers = dict(getattr(error, "headers", None) or {})
        if refusal.retry_after_s is not None:
            headers["retry-after"] = retry_after(refusal.retry_after_s)
        address = self._way_on(request, refusal)
        if wants_json(request):
            told = {"outcome": refusal.kind, "status": None, "next": address}
            return json_reply(told, refusal.status, headers)
        language = language_of(request, self._service.field)
        rendered = render_problem(
            refusal.kind,
            title=self._service.field.texts[language]["survey", "title"],
            language=language,
            address=address,
            link=refusal.link,
        )
        return page_reply(rendered.document(), rendered.language, refusal.status, headers)

    def _way_on(self, request: Request, refusal: Refusal) -> str:
        """Return where to go from here: to the interview only if its address can be one of ours."""
        interview_id = request.path_params.get("id", "")
        goes_on = refusal.link != "start_over" and _ID.fullmatch(interview_id)
        return f"/i/{interview_id}" if goes_on else "/"


def refusal_of(error: Exception) -> Refusal:
    """Return how an error is answered."""
    match error:
        case UnknownInterviewError() | UnknownPageError():
            return _BY_STATUS[404]
        case ChangedProgrammeError():
            return Refusal(410, "ended")
        case KeyReusedError():
            return Refusal(409, "conflict", "go_on")
        case StoreBusyError():
            return Refusal(503, "busy", "try_again", error.retry_after_s)
        case TimeoutError():
            return Refusal(503, "busy", "try_again", _BUSY_RETRY_S)
        case FormError():
            return _BY_STATUS[400]
        case StoreFailedError():
            return Refusal(503, "failed", "try_again", _FAILED_RETRY_S)
        case RefusedError() if error.status == 429:
            return Refusal(429, "too_many", "try_again", error.retry_after_s)
        case RefusedError():
            return _BY_STATUS[error.status]
        case HTTPException():
            known = _BY_STATUS.get(error.status_code, _BY_STATUS[400])
            return Refusal(error.status_code, known.kind, known.link)
    return Refusal(500, "failed", "try_again")
