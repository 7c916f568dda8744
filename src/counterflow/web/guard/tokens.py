"""Tokens that only this service can have made: HMAC-SHA-256 under its secret."""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable

_TOKEN_BYTES = 18


class Tokens:
    """Makes and checks tokens for a purpose.

    Examples
    --------
    >>> tokens = Tokens(b"a secret of thirty-two bytes ....")
    >>> tokens.is_made_for("page", "interview-1", tokens.make("page", "interview-1"))
    True
    >>> tokens.is_made_for("page", "interview-2", tokens.make("page", "interview-1"))
    False
    """

    def __init__(self, secret: bytes, *, clock: Callable[[], float] = time.time) -> None:
        self._secret, self._clock = secret, clock

    def make(self, purpose: str, about: str) -> str:
        """Return the token that `about` has for this purpose."""
        # Not hmac.digest: it gives way to other threads, and a busy one keeps the turn for long.
        message = f"{len(purpose)}:{purpose}{about}".encode()
        digest = hmac.new(self._secret, message, "sha256").digest()
        return urlsafe_b64encode(digest[:_TOKEN_BYTES]).decode()

    def is_made_for(self, purpose: str, about: str, token: str) -> bool:
        """Return whether `token` is that of `about`; takes as long whatever it is."""
        return hmac.compare_digest(self.make(purpose, about).encode(), token.encode())

    def make_dated(self, purpose: str) -> str:
        """Return a token that tells when it was made."""
        now = str(int(self._clock()))
        return f"{now}.{self.make(purpose, now)}"

    def is_fresh(self, purpose: str, token: str, *, seconds: float) -> bool:
        """Return whether a dated token was made here, at most so long ago."""
        made, _, proof = token.partition(".")
        if not (made.isascii() and made.isdecimal() and len(made) <= 12):
            return False
        age_s = self._clock() - int(made)
        return self.is_made_for(purpose, made, proof) and -60.0 <= age_s <= seconds
