"""What all pages of the survey work with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from starlette.requests import Request

from counterflow.domain.interview import Receipt
from counterflow.programme.field.catch_up import catch_up
from counterflow.programme.field.field import Field
from counterflow.programme.field.open_page import open_page
from counterflow.programme.field.pages_of_interview import InterviewBehindError
from counterflow.programme.field_store import StoreBusyError
from counterflow.survey.questionnaire.page_to_show import PageToShow
from counterflow.web.guard.errors import ForgedRequestError, TooManyRequestsError
from counterflow.web.guard.forms import Form, first
from counterflow.web.guard.origins import require_own_origin
from counterflow.web.guard.rates import TokenBuckets
from counterflow.web.guard.settings import ServiceSettings
from counterflow.web.guard.tokens import Tokens

_P = ParamSpec("_P")
_R = TypeVar("_R")

_RECEIPT_PATIENCE_S = 20.0
_BUSY_RETRY_S = 2.0


@dataclass(frozen=True)
class Service:
    """A survey in the field, and what guards its pages.

    `in_threads` says whether asking the store may take long (a database elsewhere, adaptive tasks):
    then other respondents are served meanwhile. A file on this machine answers sooner than a
    thread is found.
    """

    field: Field
    settings: ServiceSettings
    tokens: Tokens
    device_buckets: TokenBuckets
    in_threads: bool

    async def ask(self, use_case: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Return what a use case returns."""
        if self.in_threads:
            return await asyncio.to_thread(use_case, *args, **kwargs)
        return use_case(*args, **kwargs)

    async def page(self, interview_id: str, page_id: str | None = None) -> PageToShow:
        """Return a page, as `open_page` does, of an interview that is brought up to date first."""
        try:
            return await self.ask(open_page, self.field, interview_id, page_id)
        except InterviewBehindError:
            await self.receipt(catch_up(self.field, interview_id))
            return await self.ask(open_page, self.field, interview_id, page_id)

    async def receipt(self, stored: Future[Receipt]) -> Receipt:
        """Return the receipt once it is durable; StoreBusyError if that takes too long.

        The future is never cancelled: what was handed to the store is stored, and a retry with its
        key is told so.
        """
        try:
            async with asyncio.timeout(_RECEIPT_PATIENCE_S):
                return await asyncio.shield(asyncio.wrap_future(stored))
        except TimeoutError as error:
            raise StoreBusyError(_BUSY_RETRY_S) from error

    def csrf(self, interview_id: str) -> str:
        """Return the token that forms of an interview bear; it tells what they were drawn from."""
        version = self.field.questionnaire_version
        return f"{version}.{self.tokens.make('page', f'{version} {interview_id}')}"

    def require_own_form(self, request: Request, interview_id: str, form: Form) -> str:
        """Refuse a form that was not made here for this interview.

        Return the version of the questionnaire that it was drawn from, which may be an earlier one.
        """
        require_own_origin(request)
        version, _, token = first(form, "csrf").partition(".")
        if not self.tokens.is_made_for("page", f"{version} {interview_id}", token):
            raise ForgedRequestError
        return version

    def require_calm(self, device: str) -> None:
        """Refuse who hands in more often than a person can."""
        wait_s = self.device_buckets.wait_s(device)
        if wait_s > 0.0:
            raise TooManyRequestsError(wait_s)
