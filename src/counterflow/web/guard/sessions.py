"""Who is signed in: kept in memory alone, so that a restart signs everybody out."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from time import monotonic

_MOST_SESSIONS = 100


@dataclass(frozen=True)
class Session:
    """A signed-in administrator: since when, when last seen, and the token of the forms."""

    began: float
    seen: float
    csrf: str


class Sessions:
    """Sessions by the hash of their token: what is kept cannot be used to sign in.

    Examples
    --------
    >>> now = 0.0
    >>> sessions = Sessions(lasts_s=100.0, idle_s=10.0, clock=lambda: now)
    >>> token = sessions.begin()
    >>> now = 9.0
    >>> sessions.find(token) is not None
    True
    >>> now = 20.0
    >>> sessions.find(token) is None
    True
    """

    def __init__(
        self, *, lasts_s: float, idle_s: float, clock: Callable[[], float] = monotonic
    ) -> None:
        self._lasts_s, self._idle_s, self._clock = lasts_s, idle_s, clock
        self._sessions: dict[bytes, Session] = {}

    def begin(self) -> str:
        """Return the token of a new session: 256 random bits."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        self._forget_ended(now)
        self._sessions[_hash(token)] = Session(now, now, secrets.token_urlsafe(16))
        while len(self._sessions) > _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return token

    def find(self, token: str | None) -> Session | None:
        """Return the session of a token, and note that it was seen; None if it has ended."""
        if not token:
            return None
        now = self._clock()
        session = self._sessions.get(_hash(token))
        if session is None or not self._lasts(session, now):
            self._sessions.pop(_hash(token), None)
            return None
        self._sessions[_hash(token)] = replace(session, seen=now)
        return session

    def end(self, token: str | None) -> None:
        """Sign out."""
        if token:
            self._sessions.pop(_hash(token), None)

    def _lasts(self, session: Session, now: float) -> bool:
        return now - session.began < self._lasts_s and now - session.seen < self._idle_s

    def _forget_ended(self, now: float) -> None:
        self._sessions = {k: s for k, s in self._sessions.items() if self._lasts(s, now)}


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
