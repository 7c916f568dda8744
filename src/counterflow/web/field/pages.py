"""The researcher's pages: sign in, see how the fieldwork stands, take the answers along."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from counterflow.programme.field.report import field_report
from counterflow.programme.field.results import field_results
from counterflow.web.field.exports import MEDIA_TYPES, Exports, Rows
from counterflow.web.field.rendering import render_report, render_results, render_sign_in
from counterflow.web.guard.addresses import address_key
from counterflow.web.guard.errors import ForgedRequestError, TooManyRequestsError
from counterflow.web.guard.forms import first, read_form
from counterflow.web.guard.origins import require_own_origin
from counterflow.web.guard.passwords import PasswordHash
from counterflow.web.guard.rates import TokenBuckets
from counterflow.web.guard.sessions import Session, Sessions
from counterflow.web.survey.languages import language_of
from counterflow.web.survey.replies import page_reply, redirect
from counterflow.web.survey.service import Service

_FORM_AGE_S = 3600.0


class FieldPages:
    """Shows the fieldwork to who has signed in."""

    def __init__(self, service: Service, administrator: PasswordHash, exports: Exports) -> None:
        self._service, self._administrator, self._exports = service, administrator, exports
        settings = service.settings
        self._attempts = TokenBuckets(settings.sign_ins)
        self._sessions = Sessions(lasts_s=settings.session_s, idle_s=settings.session_idle_s)
        self._at_length = asyncio.Lock()

    async def show(self, request: Request) -> Response:
        """Return how the fieldwork stands, or the form to sign in."""
        session = self._session(request)
        if session is None:
            return self._sign_in_form(request, failed=False)
        field = self._service.field
        report = await asyncio.to_thread(field_report, field)
        language = language_of(request, field)
        rendered = render_report(
            report,
            texts=field.texts[language],
            languages=field.questionnaire.languages,
            language=language,
            csrf=session.csrf,
            endings=self._exports.endings,
        )
        return page_reply(rendered.text, rendered.language)

    async def results(self, request: Request) -> Response:
        """Return what was chosen, with and without flagged interviews, one count at a time."""
        if self._session(request) is None:
            return redirect("/field")
        field = self._service.field
        async with self._at_length:
            counted = await asyncio.to_thread(field_results, field)
        language = language_of(request, field)
        rendered = render_results(
            counted,
            title=field.programme.survey.title,
            texts=field.texts[language],
            languages=field.questionnaire.languages,
            language=language,
        )
        return page_reply(rendered.text, rendered.language)

    async def sign_in(self, request: Request) -> Response:
        """Begin a session for who knows the password."""
        self._require_calm(request)
        form = await read_form(request, self._service.settings)
        require_own_origin(request)
        token = first(form, "csrf")
        if not self._service.tokens.is_fresh("sign-in", token, seconds=_FORM_AGE_S):
            raise ForgedRequestError
        if not await asyncio.to_thread(self._administrator.fits, first(form, "password")):
            return self._sign_in_form(request, failed=True)
        self._sessions.end(request.cookies.get(self._cookie))
        response = redirect("/field")
        response.set_cookie(
            self._cookie,
            self._sessions.begin(),
            path="/",
            secure=self._service.settings.is_https,
            httponly=True,
            samesite="strict",
        )
        return response

    async def sign_out(self, request: Request) -> Response:
        """End the session, here and at the browser."""
        form = await read_form(request, self._service.settings)
        session = self._session(request)
        if session is None or first(form, "csrf") != session.csrf:
            raise ForgedRequestError
        self._sessions.end(request.cookies.get(self._cookie))
        response = redirect("/field")
        response.delete_cookie(self._cookie, path="/", secure=self._service.settings.is_https)
        response.headers["clear-site-data"] = '"cache"'
        return response

    async def export(self, request: Request) -> Response:
        """Return the answers as a file; one is made at a time."""
        if self._session(request) is None:
            return redirect("/field")
        ending = request.path_params["ending"]
        if ending not in self._exports.endings:
            raise HTTPException(404)
        by_person = request.query_params.get("rows") == "respondents"
        rows: Rows = "respondents" if by_person else "alternatives"
        folder = tempfile.TemporaryDirectory(prefix="counterflow-export-")
        path = Path(folder.name) / f"{rows}.{ending}"
        try:
            async with self._at_length:
                await asyncio.to_thread(self._exports.write, path, rows)
        except BaseException:
            folder.cleanup()
            raise
        return FileResponse(
            path,
            media_type=MEDIA_TYPES[ending],
            filename=path.name,
            background=BackgroundTask(folder.cleanup),
        )

    def _sign_in_form(self, request: Request, *, failed: bool) -> Response:
        rendered = render_sign_in(
            title=self._service.field.programme.survey.title,
            language=language_of(request, self._service.field),
            languages=self._service.field.questionnaire.languages,
            csrf=self._service.tokens.make_dated("sign-in"),
            failed=failed,
        )
        return page_reply(rendered.text, rendered.language, 403 if failed else 200)

    def _require_calm(self, request: Request) -> None:
        wait_s = self._attempts.wait_s(address_key(request.scope))
        if wait_s > 0.0:
            raise TooManyRequestsError(wait_s)

    def _session(self, request: Request) -> Session | None:
        return self._sessions.find(request.cookies.get(self._cookie))

    @property
    def _cookie(self) -> str:
        return "__Host-researcher" if self._service.settings.is_https else "researcher"
