"""The thread that writes: what waits is stored together, and acknowledged when it is durable."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeAlias

from counterflow.domain.interview import Receipt
from counterflow.programme.field_store import FieldStoreError, StoreBusyError, StoreFailedError
from counterflow.store.field.ledger import HandedIn, Outcome

LARGEST_GROUP = 256
"""Submissions that are stored in one transaction, at most."""
PATIENCE_S = 1.0
"""Who would wait longer than this is asked to come again."""
STALLED_S = 5.0
"""A transaction that takes longer than this has met a fault: nobody is made to wait behind it."""
_IDLE_S = 20.0

StoreGroup: TypeAlias = Callable[[Sequence[HandedIn]], list[Outcome]]


@dataclass(eq=False)
class _Waiting:
    item: HandedIn
    future: Future[Receipt]


@dataclass(eq=False)
class _Alone:
    work: Callable[[], Any]
    future: Future[Any]


class Writer:
    """Hands what waits to `store`, in groups; what fails together is tried one by one.

    One wait for the disk makes a whole group durable, so that the busier it is the cheaper a
    submission gets.
    """

    def __init__(self, store: StoreGroup, *, when_idle: Callable[[], None]) -> None:
        self._store = store
        self._when_idle = when_idle
        self._waiting: deque[_Waiting | _Alone] = deque()
        self._changed = threading.Condition()
        self._is_closing = False
        self._group_began: float | None = None
        self._pace = _Pace()
        self._thread = threading.Thread(target=self._run, name="field store", daemon=True)
        self._thread.start()

    def hand_in(self, item: HandedIn) -> Future[Receipt]:
        """Return the future of a submission, done when it is durable.

        Raises
        ------
        StoreBusyError
            If it would wait for more than about a second.
        """
        future: Future[Receipt] = Future()
        with self._changed:
            if self._is_closing:
                future.set_exception(_closed())
                return future
            self._refuse_if_busy()
            self._waiting.append(_Waiting(item, future))
            self._changed.notify()
        return future

    def alone(self, work: Callable[[], Any]) -> Future[Any]:
        """Run `work` between two groups, and return the future of its result."""
        future: Future[Any] = Future()
        with self._changed:
            if self._is_closing:
                future.set_exception(_closed())
                return future
            self._waiting.append(_Alone(work, future))
            self._changed.notify()
        return future

    def close(self) -> None:
        """Store what waits and end."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join()

    def _refuse_if_busy(self) -> None:
        n = len(self._waiting)
        stalled_s = time.monotonic() - self._group_began if self._group_began is not None else 0.0
        if n >= self._pace.n_in_time() or (n > 0 and stalled_s > STALLED_S):
            raise StoreBusyError(retry_after_s=max(PATIENCE_S, n * self._pace.seconds_each))

    def _run(self) -> None:
        while (group := self._next_group()) is not None:
            if not group:
                self._when_idle()
            elif isinstance(group[0], _Alone):
                _settle(group[0].future, group[0].work)
            else:
                self._store_group([one for one in group if isinstance(one, _Waiting)])

    def _next_group(self) -> list[_Waiting | _Alone] | None:
        """Return what to do next: nothing when idle for long, None at the end."""
        with self._changed:
            self._group_began = None
            if not self._waiting and not self._is_closing:
                self._changed.wait(_IDLE_S)
            if not self._waiting:
                return None if self._is_closing else []
            group: list[_Waiting | _Alone] = []
            while self._waiting and len(group) < LARGEST_GROUP:
                if isinstance(self._waiting[0], _Alone) and group:
                    break
                one = self._waiting.popleft()
                # From here on nobody can cancel it: it is stored, and told so.
                if one.future.set_running_or_notify_cancel():
                    group.append(one)
                if isinstance(one, _Alone):
                    break
            self._group_began = time.monotonic()
            return group

    def _store_group(self, group: list[_Waiting]) -> None:
        began = time.monotonic()
        try:
            outcomes = self._store([one.item for one in group])
        except StoreFailedError as error:
            outcomes = [error] * len(group)
        except Exception as error:
            if len(group) > 1:
                # One that the database does not take must not cost the others their answers.
                for one in group:
                    self._store_group([one])
                return
            outcomes = [_refused(error)]
        self._pace.note(len(group), time.monotonic() - began)
        for one, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, Receipt):
                one.future.set_result(outcome)
            else:
                one.future.set_exception(outcome)


class _Pace:
    """How long a submission took to store, lately."""

    def __init__(self) -> None:
        self._n, self._seconds = 1.0, 0.001

    def note(self, n: int, seconds: float) -> None:
        self._n, self._seconds = 0.9 * self._n + n, 0.9 * self._seconds + seconds

    @property
    def seconds_each(self) -> float:
        return self._seconds / self._n

    def n_in_time(self) -> int:
        # A lone submission pays for a whole transaction, and so says little about many: as many
        # as one transaction takes may always wait.
        return max(LARGEST_GROUP, int(PATIENCE_S / self.seconds_each))


def _settle(future: Future[Any], work: Callable[[], Any]) -> None:
    try:
        future.set_result(work())
    except Exception as error:
        future.set_exception(error)


def _closed() -> StoreFailedError:
    return StoreFailedError("expected an open store, found that it was closed")


def _refused(error: Exception) -> FieldStoreError:
    # The text of a database's error may quote what a person typed, and errors end in logs.
    return StoreFailedError(
        f"expected something that the database can keep, found a {type(error).__name__}. "
        "Nothing of it was stored."
    )
