"""Serve an application until it is told to stop: what is under way is finished first."""

from __future__ import annotations

import gc
import logging
import signal
from dataclasses import dataclass, replace
from typing import NoReturn

import uvicorn

from counterflow.programme.field.field import Field
from counterflow.web.app import create_app
from counterflow.web.guard.passwords import PasswordHash
from counterflow.web.guard.settings import ServiceSettings
from counterflow.web.survey.recent_interviews import RecentInterviews

_KEEP_ALIVE_S = 15
_GRACE_S = 20
_BACKLOG = 2048


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Where the service listens; `has_database_elsewhere` if others may write to the store too."""

    host: str
    port: int
    has_database_elsewhere: bool = False


def serve(
    field: Field,
    listening: Listening,
    *,
    settings: ServiceSettings,
    administrator: PasswordHash | None,
) -> None:
    """Serve the survey until the process is asked to end; then let what is under way finish.

    The caller closes the field, which stores what still waits.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("counterflow.web").setLevel(logging.INFO)
    elsewhere = listening.has_database_elsewhere
    app = create_app(
        field if elsewhere else replace(field, store=RecentInterviews(field.store)),
        settings=settings,
        administrator=administrator,
        in_threads=elsewhere or field.next_task is not None,
    )
    config = uvicorn.Config(
        app,
        host=listening.host,
        port=listening.port,
        http="httptools",
        lifespan="off",
        access_log=False,  # the application keeps its own, without addresses
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # the application believes trusted proxies alone
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
        backlog=_BACKLOG,
    )
    # What is loaded by now stays to the end. Looked through again and again by the collector, it
    # held everybody up for a quarter of a second at a time.
    gc.collect()
    gc.freeze()
    # The server finishes what is under way, then passes the signal on; the caller's `finally`
    # must still run.
    signal.signal(signal.SIGTERM, _end)
    uvicorn.Server(config).run()


def _end(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(0)
