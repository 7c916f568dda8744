"""Answers to a request: a page for people, the same as JSON for the script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from counterflow.web.survey.rendering import Rendered


def wants_json(request: Request) -> bool:
    """Return whether the script asks, rather than a browser for a page."""
    return request.headers.get("accept", "").startswith("application/json")


def page_reply(
    document: str, language: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a whole page, in the language that it is in."""
    return HTMLResponse(document, status, {"content-language": language, **(headers or {})})


def json_reply(
    content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return JSON."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, headers, media_type="application/json")


def as_json(rendered: Rendered) -> dict[str, str]:
    """Return the part of a page that the script puts in place of the one before."""
    return {"title": rendered.document_title, "page": rendered.content}


def redirect(address: str) -> Response:
    """Lead to a page of this service after something was handed in."""
    return RedirectResponse(address, 303)
