"""The first page: what the survey is about, and the consent without which nothing begins."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response

from counterflow.programme.field.begin_interview import begin_interview
from counterflow.programme.field.open_page import open_introduction
from counterflow.survey.questionnaire.form import FormError, FormProblem, read_panel_id
from counterflow.web.guard.errors import ForgedRequestError
from counterflow.web.guard.forms import Form, first, read_form
from counterflow.web.guard.origins import require_own_origin
from counterflow.web.survey.languages import language_of
from counterflow.web.survey.rendering import Rendered, render_introduction, render_page
from counterflow.web.survey.replies import as_json, json_reply, page_reply, redirect, wants_json
from counterflow.web.survey.service import Service

_FORM_AGE_S = 7 * 86_400.0
"""How old the first page may be when it is handed in: who was offline for days may begin."""

_DEVICE_COOKIE_S = 90 * 86_400


class Introduction:
    """Shows the first page and begins interviews."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def show(self, request: Request) -> Response:
        """Return the first page, in the language that is asked for."""
        language = language_of(request, self._service.field)
        rendered = self._render(language, request.query_params.get("id"))
        return page_reply(
            rendered.document(), rendered.language, headers={"vary": "accept-language"}
        )

    async def begin(self, request: Request) -> Response:
        """Begin an interview and lead to its first page."""
        service = self._service
        form = await read_form(request, service.settings)
        require_own_origin(request)
        version, _, token = first(form, "csrf").partition(".")
        if not service.tokens.is_fresh(f"begin {version}", token, seconds=_FORM_AGE_S):
            raise ForgedRequestError
        if version != service.field.questionnaire_version:
            return self._problems(request, form, _changed())
        device = request.cookies.get(self._cookie) or self._new_device(form)
        try:
            receipt = await service.receipt(
                begin_interview(
                    service.field,
                    key=first(form, "key"),
                    language=first(form, "lang"),
                    consented=first(form, "consent") == "yes",
                    panel_id=first(form, "id") or None,
                    device=device,
                )
            )
        except FormError as error:
            return self._problems(request, form, error)
        response = await self._begun(request, receipt.interview_id, receipt.outcome)
        self._remember(response, device)
        return response

    async def _begun(self, request: Request, interview_id: str, outcome: str) -> Response:
        service = self._service
        here = f"/i/{interview_id}"
        if not wants_json(request):
            return redirect(here)
        page = await service.page(interview_id)
        address = str(request.base_url.replace(path=here))
        rendered = render_page(page, csrf=service.csrf(interview_id), address=address)
        told = {"outcome": outcome, "status": page.status, "next": f"{here}/{page.page.id}"}
        return json_reply({**told, **as_json(rendered)})

    def _problems(self, request: Request, form: Form, error: FormError) -> Response:
        if "consent" not in error.by_field:
            raise ForgedRequestError from error  # a key or panel id that no page of ours made
        language = self._service.field.language(first(form, "lang"))
        rendered = self._render(language, first(form, "id"), error)
        if wants_json(request):
            told = {"outcome": "problems", "status": "open", "next": "/"}
            return json_reply({**told, **as_json(rendered)}, 422)
        return page_reply(rendered.document(), rendered.language, 422)

    def _render(
        self, language: str, panel_id: str | None, error: FormError | None = None
    ) -> Rendered:
        service = self._service
        version = service.field.questionnaire_version
        try:
            panel_id = read_panel_id(panel_id)
        except FormError:
            panel_id = None
        return render_introduction(
            open_introduction(service.field, language),
            csrf=f"{version}.{service.tokens.make_dated(f'begin {version}')}",
            n_tasks=service.field.questionnaire.n_tasks,
            panel_id=panel_id,
            problems=error.by_field if error is not None else None,
        )

    @property
    def _cookie(self) -> str:
        return "__Host-device" if self._service.settings.is_https else "device"

    def _new_device(self, form: Form) -> str:
        """Return a number for a device that has none; the same when the same form is sent again."""
        key = f"device:{first(form, 'key')}".encode()
        digest = blake2b(key, key=self._service.field.secret[:32], digest_size=18).digest()
        return urlsafe_b64encode(digest).decode()

    def _remember(self, response: Response, device: str) -> None:
        """Let the device tell itself again; after the consent, and for nothing else."""
        response.set_cookie(
            self._cookie,
            device,
            max_age=_DEVICE_COOKIE_S,
            path="/",
            secure=self._service.settings.is_https,
            httponly=True,
            samesite="lax",
        )


def _changed() -> FormError:
    """Return why a consent to what a page said before it changed is asked for once more."""
    expected = "a consent to the page as it is now"
    return FormError(
        [FormProblem(expected, "one before a change", key="consent", reason="changed")]
    )
