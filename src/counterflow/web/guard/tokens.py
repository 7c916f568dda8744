"""Tokens that only this service can have made: keyed BLAKE2b (RFC 7693) under its secret."""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import blake2b, sha256

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
        self._key, self._clock = sha256(secret).digest(), clock

    def make(self, purpose: str, about: str) -> str:
        """Return the token that `about` has for this purpose."""
        # Not HMAC: OpenSSL gives way to other threads for it, and a busy one keeps the turn.
        message = f"{len(purpose)}:{purpose}{about}".encode()
        digest = blake2b(message, key=self._key, digest_size=_TOKEN_BYTES).digest()
        return urlsafe_b64encode(digest).decode()

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
