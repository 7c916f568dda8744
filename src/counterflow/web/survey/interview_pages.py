"""The pages of an interview: shown, handed in, and taken back."""

from __future__ import annotations

import asyncio
import math

from starlette.requests import Request
from starlette.responses import Response

from counterflow.programme.field.field import PageNotDueError
from counterflow.programme.field.pages_of_interview import InterviewBehindError
from counterflow.programme.field.submit_page import submit_page
from counterflow.programme.field.withdraw import withdraw
from counterflow.survey.questionnaire.form import FormError
from counterflow.survey.questionnaire.page_to_show import PageToShow
from counterflow.web.guard.errors import ForgedRequestError
from counterflow.web.guard.forms import Form, first, read_form
from counterflow.web.survey.rendering import Rendered, render_page
from counterflow.web.survey.replies import as_json, json_reply, page_reply, redirect, wants_json
from counterflow.web.survey.service import Service


class InterviewPages:
    """Shows the pages of an interview to who has its address, and takes what is handed in."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def show(self, request: Request) -> Response:
        """Return the page that is due, or one that was answered before."""
        interview_id = request.path_params["id"]
        asked = request.path_params.get("page")
        page = await self._service.page(interview_id, asked)
        if asked is not None and page.page.id != asked:
            return redirect(_address(interview_id, page))
        rendered = self._render(request, page)
        return page_reply(rendered.document(), rendered.language)

    async def hand_in(self, request: Request) -> Response:
        """Store a page, and lead to the next."""
        service = self._service
        interview_id, page_id = request.path_params["id"], request.path_params["page"]
        form, drawn_from = await self._own_form(request, interview_id)
        try:
            stored = await service.ask(
                submit_page,
                service.field,
                interview_id,
                page_id,
                key=first(form, "key"),
                form=form,
                seconds=_seconds(first(form, "seconds")),
                drawn_from=drawn_from,
            )
        except FormError as error:
            return await self._problems(request, interview_id, page_id, form, error)
        except PageNotDueError as error:
            return await self._not_due(request, interview_id, error.due)
        except InterviewBehindError:
            page = await service.page(interview_id)
            return await self._not_due(request, interview_id, None if page.is_end else page.page.id)
        receipt = await service.receipt(stored)
        if wants_json(request):
            return await self._next_as_json(request, interview_id, receipt.outcome)
        return redirect(f"/i/{interview_id}")

    async def take_back(self, request: Request) -> Response:
        """End the interview at the respondent's wish."""
        service = self._service
        interview_id = request.path_params["id"]
        form, _ = await self._own_form(request, interview_id)
        # In a thread whatever the store: the use case waits until it is durable.
        receipt = await asyncio.to_thread(
            withdraw, service.field, interview_id, key=first(form, "key")
        )
        if wants_json(request):
            return await self._next_as_json(request, interview_id, receipt.outcome)
        return redirect(f"/i/{interview_id}")

    async def _own_form(self, request: Request, interview_id: str) -> tuple[Form, str]:
        """Return what was handed in, and the version of the questionnaire it was drawn from."""
        self._service.require_calm(interview_id)
        form = await read_form(request, self._service.settings)
        return form, self._service.require_own_form(request, interview_id, form)

    async def _next_as_json(
        self, request: Request, interview_id: str, outcome: str, status: int = 200
    ) -> Response:
        page = await self._service.page(interview_id)
        told = {"outcome": outcome, "status": page.status, "next": _address(interview_id, page)}
        return json_reply({**told, **as_json(self._render(request, page))}, status)

    async def _problems(
        self, request: Request, interview_id: str, page_id: str, form: Form, error: FormError
    ) -> Response:
        if "key" in error.by_field:
            raise ForgedRequestError from error  # no page of ours made it
        page = await self._service.page(interview_id, page_id)
        rendered = self._render(request, page, _not_agreed_anew(form, error), error)
        if not wants_json(request):
            return page_reply(rendered.document(), rendered.language, 422)
        told = {"outcome": "problems", "status": page.status, "next": _address(interview_id, page)}
        problems = {name: problem.reason for name, problem in error.by_field.items()}
        return json_reply({**told, "problems": problems, **as_json(rendered)}, 422)

    async def _not_due(self, request: Request, interview_id: str, due: str | None) -> Response:
        if wants_json(request):
            return await self._next_as_json(request, interview_id, "not_due", 409)
        return redirect(f"/i/{interview_id}/{due}" if due else f"/i/{interview_id}")

    def _render(
        self,
        request: Request,
        page: PageToShow,
        form: Form | None = None,
        error: FormError | None = None,
    ) -> Rendered:
        interview_id = page.interview_id or ""
        return render_page(
            page,
            csrf=self._service.csrf(interview_id),
            address=str(request.base_url.replace(path=f"/i/{interview_id}")),
            entered=form,
            problems=error.by_field if error is not None else None,
        )


def _address(interview_id: str, page: PageToShow) -> str:
    return f"/i/{interview_id}" if page.is_end else f"/i/{interview_id}/{page.page.id}"


def _not_agreed_anew(form: Form, error: FormError) -> Form:
    """Return what was entered; no consent is ticked beforehand where its wording has changed."""
    if all(problem.reason != "changed" for problem in error.by_field.values()):
        return form
    return {name: values for name, values in form.items() if not name.startswith("consent")}


def _seconds(text: str) -> float | None:
    """Return the time that a device says, None where it says none that can be read."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None
