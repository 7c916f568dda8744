"""Forms, read no further than they may be long, and no longer than they may take."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from starlette.requests import Request

from counterflow.web.guard.errors import (
    BodyTooLargeError,
    BodyTooSlowError,
    UnreadableFormError,
    WrongMediaTypeError,
)
from counterflow.web.guard.settings import ServiceSettings

_MOST_FIELDS = 200
_MEDIA_TYPE = "application/x-www-form-urlencoded"

Form = Mapping[str, Sequence[str]]
"""What was entered, by field; a field may come more than once."""


async def read_form(request: Request, settings: ServiceSettings) -> Form:
    """Return the fields of a form.

    Raises
    ------
    BodyTooLargeError, BodyTooSlowError
        While the body is being read: what comes after the limit is never held.
    WrongMediaTypeError, UnreadableFormError
        If it is not a form in UTF-8, or has more than 200 fields.
    """
    if request.headers.get("content-type", "").split(";", 1)[0].strip().lower() != _MEDIA_TYPE:
        raise WrongMediaTypeError
    body = await _read_body(request, settings)
    try:
        return parse_qs(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:  # also what UnicodeDecodeError is
        raise UnreadableFormError from error


def first(form: Form, field: str) -> str:
    """Return the first value of a field; empty where it is absent."""
    values = form.get(field)
    return values[0] if values else ""


async def _read_body(request: Request, settings: ServiceSettings) -> bytes:
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated[:20]) > settings.body_limit:
        raise BodyTooLargeError
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(settings.body_timeout_s):
            async for chunk in request.stream():
                size += len(chunk)
                if size > settings.body_limit:
                    raise BodyTooLargeError
                chunks.append(chunk)
    except TimeoutError as error:
        raise BodyTooSlowError from error
    return b"".join(chunks)
