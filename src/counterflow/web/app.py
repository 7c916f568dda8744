"""The service: its pages, and what stands before them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from counterflow.programme.field.field import Field
from counterflow.web.field.exports import exports_of
from counterflow.web.field.pages import FieldPages
from counterflow.web.guard.access_log import AccessLog
from counterflow.web.guard.admittance import Admittance
from counterflow.web.guard.headers import SecurityHeaders
from counterflow.web.guard.passwords import PasswordHash
from counterflow.web.guard.rates import TokenBuckets
from counterflow.web.guard.settings import ServiceSettings
from counterflow.web.guard.tokens import Tokens
from counterflow.web.survey.interview_pages import InterviewPages
from counterflow.web.survey.introduction import Introduction
from counterflow.web.survey.pictures import Pictures
from counterflow.web.survey.refusals import HANDLED, Refusals
from counterflow.web.survey.rendering import STATIC
from counterflow.web.survey.service import Service


def create_app(
    field: Field,
    *,
    settings: ServiceSettings | None = None,
    administrator: PasswordHash | None = None,
    in_threads: bool | None = None,
) -> ASGIApp:
    """Return the survey of a field as an ASGI application.

    Parameters
    ----------
    field, settings
        What is asked, and how it is served.
    administrator
        Hash of the password for the researcher's page; None: there is no such page.
    in_threads
        Whether asking the store may take long; by default only where tasks are adaptive.
    """
    settings = settings or ServiceSettings()
    service = Service(
        field=field,
        settings=settings,
        tokens=Tokens(field.secret),
        device_buckets=TokenBuckets(settings.per_device),
        in_threads=field.next_task is not None if in_threads is None else in_threads,
    )
    answer = Refusals(service).answer
    # Plain routes: what FastAPI adds to them (parsing by annotation) pages do not use, and a
    # submission would pay for.
    app = FastAPI(
        title="Counterflow survey",
        openapi_url=None,
        routes=[*_survey(service), *_research(service, administrator)],
        exception_handlers=dict.fromkeys((*HANDLED, Exception), answer),
        redirect_slashes=False,
    )
    guarded = AccessLog(
        SecurityHeaders(Admittance(app, settings=settings), is_https=settings.is_https)
    )
    return _believing(settings.trusted_proxies, guarded)


def _believing(proxies: Sequence[str], app: ASGIApp) -> ASGIApp:
    """Return the application with the client's address and scheme as trusted proxies tell them."""
    if not proxies:
        return app
    # Two words for one protocol: Uvicorn types its messages, Starlette does not.
    return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", app), trusted_hosts=list(proxies)))


def _survey(service: Service) -> list[BaseRoute]:
    introduction, interviews = Introduction(service), InterviewPages(service)
    return [
        Route("/i/{id}/withdraw", interviews.take_back, methods=["POST"]),
        Route("/i/{id}/{page}", interviews.hand_in, methods=["POST"]),
        Route("/i/{id}/{page}", interviews.show),
        Route("/i/{id}", interviews.show),
        Route("/", introduction.show),
        Route("/begin", introduction.begin, methods=["POST"]),
        Route("/static/{version}/{file}", STATIC.serve),
        Route("/pictures/{file:path}", Pictures(service).serve),
        Route("/healthz", _is_well),
    ]


def _research(service: Service, administrator: PasswordHash | None) -> list[BaseRoute]:
    if administrator is None:
        return []
    pages = FieldPages(service, administrator, exports_of(service.field))
    return [
        Route("/field", pages.show),
        Route("/field/results", pages.results),
        Route("/field/sign-in", pages.sign_in, methods=["POST"]),
        Route("/field/sign-out", pages.sign_out, methods=["POST"]),
        Route("/field/export.{ending}", pages.export),
    ]


async def _is_well(_request: Request) -> Response:
    return PlainTextResponse("ok\n")
