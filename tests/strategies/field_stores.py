"""Field stores of every kind for tests, a clock that is moved by hand, and what is handed in."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, make_url, text

from conformance.field_store_twin import FieldStoreTwin
from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.interview import NewInterview, PageAnswer, Receipt, Submission
from counterflow.programme.field_store import FieldStore, Fieldwork, StoreBusyError
from counterflow.store.field.engines import read_url
from counterflow.store.field.field_clock import FieldClock
from counterflow.store.field.store import SqlFieldStore

POSTGRESQL = os.environ.get("COUNTERFLOW_TEST_POSTGRESQL", "")
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

needs_postgresql = pytest.mark.skipif(
    not POSTGRESQL,
    reason="no PostgreSQL: `make services` starts one, COUNTERFLOW_TEST_POSTGRESQL names it",
)


@dataclass
class HandClock:
    """A wall clock and a monotonic one that stand still unless a test moves them."""

    wall_at: datetime = START
    monotonic_s: float = 1000.0

    def pass_time(self, seconds: float) -> None:
        self.wall_at += timedelta(seconds=seconds)
        self.monotonic_s += seconds

    def wall(self) -> datetime:
        return self.wall_at

    def monotonic(self) -> float:
        return self.monotonic_s

    def field_clock(self) -> FieldClock:
        return FieldClock(wall=self.wall, monotonic=self.monotonic)


def design(*, n_versions: int = 3) -> ChoiceDesign:
    codes = np.zeros((n_versions, 2, 2, 1), dtype=np.int16)
    codes[..., 1, 0] = 1
    return ChoiceDesign(
        levels={"frame": ("steel", "carbon")},
        codes=codes,
        alternatives=("1", "2"),
        has_outside=True,
        provenance={"seed": 7},
    )


def fieldwork(*, n_versions: int = 3, **quotas: int) -> Fieldwork:
    return Fieldwork(programme_version="p1", design=design(n_versions=n_versions), quotas=quotas)


_serial = count(1)


def unique(prefix: str) -> str:
    return f"{prefix}-{next(_serial)}-{secrets.token_hex(4)}"


def new_interview(store: FieldStore, *, n_versions: int = 3, **changes) -> NewInterview:
    told = {
        "id": unique("interview"),
        "programme_version": "p1",
        "design_hash": _HASHES[n_versions],
        "language": "en",
        "seed": 2**64 - 1,
        "started_at": store.now,
    }
    return NewInterview(**{**told, **changes})


_HASHES = {n: design(n_versions=n).content_hash for n in (1, 3, 4)}


def begun(store: FieldStore, **changes) -> str:
    """Begin an interview and return its id."""
    new, key = new_interview(store, **changes), unique("key")
    return patiently(lambda: store.begin(new, key=key, body_hash="begin")).interview_id


def page(interview_id: str, name: str = "task-1", *, at: datetime = START, **changes) -> Submission:
    answer = PageAnswer(page=name, answers={"choice": "2"}, seconds=4.0, received_at=at)
    told = {
        "key": unique("key"),
        "body_hash": "body",
        "interview_id": interview_id,
        "answer": answer,
    }
    return Submission(**{**told, **changes})


def handed_in(store: FieldStore, submission: Submission):
    """Hand a page in and return the receipt."""
    return patiently(lambda: store.submit(submission))


def patiently(hand_in: Callable[[], Future[Receipt]]) -> Receipt:
    """Return the receipt; who is told that the store is busy comes again, as a device does."""
    while True:
        try:
            return hand_in().result(60)
        except StoreBusyError as busy:
            time.sleep(busy.retry_after_s)


@contextmanager
def postgresql_schema() -> Iterator[str]:
    """Make an empty schema and yield the URL of a database that consists of it."""
    url = make_url(POSTGRESQL).set(drivername="postgresql+psycopg")
    name = unique("field").replace("-", "_")
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        try:
            inside = url.update_query_dict({"options": f"-csearch_path={name}"})
            yield inside.render_as_string(hide_password=False)
        finally:
            with engine.begin() as connection:
                connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    finally:
        engine.dispose()


@dataclass
class Opened:
    """A kind of store, and what a test has opened of it; a second store shares the data."""

    kind: str
    url: str = ""
    clock: HandClock = field(default_factory=HandClock)
    stores: list[FieldStore] = field(default_factory=list)

    def open(self) -> FieldStore:
        if self.kind == "twin":
            store = FieldStoreTwin(wall=self.clock.wall, monotonic=self.clock.monotonic)
        else:
            store = SqlFieldStore(read_url(self.url), clock=self.clock.field_clock())
        self.stores.append(store)
        return store

    def close(self) -> None:
        for store in self.stores:
            store.close()


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Opened]:
    """Yield a kind of store by name; everything it opened is closed at the end."""
    if kind == "postgresql":
        with postgresql_schema() as url:
            yield from _closing(Opened(kind, url))
    else:
        yield from _closing(Opened(kind, f"sqlite:///{folder}/field.sqlite"))


def _closing(stores: Opened) -> Iterator[Opened]:
    try:
        yield stores
    finally:
        stores.close()
