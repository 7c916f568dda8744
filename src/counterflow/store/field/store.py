"""The field store on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.interview import Contact, Interview, NewInterview, Receipt, Submission
from counterflow.programme.field_store import FieldCounts, FieldStore, FieldStoreError, Fieldwork
from counterflow.store.field import reading
from counterflow.store.field.copying import back_up
from counterflow.store.field.counting import field_counts
from counterflow.store.field.engines import open_engines
from counterflow.store.field.failures import failures_told
from counterflow.store.field.field_clock import FieldClock
from counterflow.store.field.fieldwork import register_fieldwork
from counterflow.store.field.lapse import has_lapsed, release_lapsed
from counterflow.store.field.ledger import Beginning, HandedIn, Outcome, store_together
from counterflow.store.field.medium import Medium
from counterflow.store.field.migrating import bring_up_to_date
from counterflow.store.field.people import contacts_after, forget
from counterflow.store.field.turn import Turn, take_turn
from counterflow.store.field.writer import Writer

T = TypeVar("T")


class SqlFieldStore(FieldStore):
    """Keeps interviews in a relational database, whose tables it makes or updates when opened.

    Examples
    --------
    >>> import tempfile
    >>> from counterflow.store.field.engines import sqlite_url
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = SqlFieldStore(sqlite_url(Path(folder) / "field.sqlite"))
    ...     print(store.counts().by_status["complete"])
    ...     store.close()
    0
    """

    def __init__(self, url: URL, *, clock: FieldClock | None = None) -> None:
        self._place = url.render_as_string(hide_password=True)
        with failures_told(self._place):
            self._engines = open_engines(url)
        self._clock = clock or FieldClock()
        self._medium: Medium | None = None
        try:
            with failures_told(self._place):
                bring_up_to_date(self._engines.writer)
                self._in_turn(lambda _connection, _turn: None)
            file = self._engines.file
            self._medium = None if file is None else Medium(file)
        except BaseException:
            self._engines.dispose()
            raise
        self._writer = Writer(self._store_group, when_idle=self._keep_time)

    @property
    def now(self) -> datetime:
        """Return the date and time, which never jumps while the store is open."""
        return self._clock.now

    def open_fieldwork(self, fieldwork: Fieldwork) -> None:
        """Register what is in the field; the same again changes nothing, new limits take effect."""
        self._alone(lambda connection, _: register_fieldwork(connection, fieldwork, self.now))

    def design(self, design_hash: str) -> ChoiceDesign:
        """Return a design that was in the field; KeyError if none has this hash."""
        return self._read(lambda connection: reading.design(connection, design_hash))

    def questionnaire(self, version: str) -> Mapping[str, Any]:
        """Return what respondents saw of a version that was in the field; KeyError if none was."""
        return self._read(lambda connection: reading.questionnaire(connection, version))

    def begin(self, new: NewInterview, *, key: str, body_hash: str) -> Future[Receipt]:
        """Begin an interview; done when it is durable."""
        return self._writer.hand_in(Beginning(new, key, body_hash))

    def submit(self, submission: Submission) -> Future[Receipt]:
        """Store a page; done when it is durable, with the key in the same transaction."""
        return self._writer.hand_in(submission)

    def interview(self, interview_id: str) -> Interview:
        """Return the interview; UnknownInterviewError if there is none."""
        return self._read(lambda connection: reading.interview(connection, interview_id))

    def interviews(
        self, *, statuses: Sequence[str] = ("complete",), not_begun_with: str | None = None
    ) -> Iterator[Interview]:
        """Yield interviews in order of number, some at a time, each of them whole."""

        def after(last: int) -> list[Interview]:
            return self._read(lambda c: reading.interviews_after(c, last, statuses, not_begun_with))

        some = after(0)
        while some:
            yield from some
            some = after(some[-1].number)

    def interviews_of_device(self, device: str) -> int:
        """Return how many interviews bear this device."""
        return self._read(lambda connection: reading.interviews_of_device(connection, device))

    def counts(self) -> FieldCounts:
        """Return how the fieldwork stands."""
        if self._read(lambda connection: has_lapsed(connection, self._clock.field_s)):
            # Places that lapsed are free, also while nobody hands anything in.
            self._keep_time()
        return self._read(field_counts)

    def contacts(self, *, partner: str | None = None) -> Iterator[tuple[str, Contact]]:
        """Yield (interview id, contact) of who agreed to be reached, or passed to `partner`."""
        last = 0
        while some := self._read(lambda c: contacts_after(c, last, partner)):  # noqa: B023
            yield from ((interview_id, contact) for _, interview_id, contact in some)
            last = some[-1][0]

    def forget_person(self, interview_id: str) -> None:
        """Delete contact, panel id and device; the answer stays and leads to nobody."""
        self._alone(lambda connection, _: forget(connection, interview_id))
        self._writer.alone(self._engines.empty_log).result()

    def backup(self, path: Path) -> None:
        """Write a whole, consistent copy while the store is in use."""
        with failures_told(self._place, then=f"{path} was left as it was."):
            back_up(self._engines, path)

    def close(self) -> None:
        """Store what waits, and let go of the database."""
        self._writer.close()
        self._keep_time()
        self._engines.dispose()

    def _store_group(self, group: Sequence[HandedIn]) -> list[Outcome]:
        def work(connection: Connection, turn: Turn) -> list[Outcome]:
            release_lapsed(connection, turn)
            return store_together(connection, turn, group)

        return self._in_turn(work)

    def _keep_time(self) -> None:
        # Nobody waits for it: a failure is told to who hands something in.
        with suppress(FieldStoreError):
            self._in_turn(release_lapsed)

    def _alone(self, work: Callable[[Connection, Turn], T]) -> T:
        return self._writer.alone(lambda: self._in_turn(work)).result()

    def _in_turn(self, work: Callable[[Connection, Turn], T]) -> T:
        with failures_told(self._place), self._engines.writer.begin() as connection:
            done = work(connection, take_turn(connection, self._clock))
        if self._medium is not None:
            self._medium.check()
        return done

    def _read(self, work: Callable[[Connection], T]) -> T:
        with failures_told(self._place), self._engines.reader.connect() as connection:
            return work(connection)
