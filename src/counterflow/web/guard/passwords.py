"""The administrator's password: kept as a scrypt hash, compared without telling how far it fits."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from counterflow.domain.errors import InputError, Problem

LEAST_LETTERS = 15
MOST_LETTERS = 512
_SALT_BYTES = 16
_HASH_BYTES = 32
# OWASP Password Storage Cheat Sheet: N = 2^15, r = 8, p = 3 (32 MiB), as strong as 2^17 with p = 1.
_N, _R, _P = 2**15, 8, 3
_MEMORY_BYTES = 64 * 2**20

_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class PasswordHash:
    """A password that can be checked and not read.

    Examples
    --------
    >>> kept = PasswordHash.of("correct horse battery staple")
    >>> kept.fits("correct horse battery staple"), kept.fits("Correct horse battery staple")
    (True, False)
    """

    salt: str
    digest: str
    n: int = _N
    r: int = _R
    p: int = _P

    @classmethod
    def of(cls, password: str) -> PasswordHash:
        """Return the hash of a password under a fresh salt."""
        salt = secrets.token_bytes(_SALT_BYTES)
        digest = _scrypt(password, salt, _N, _R, _P)
        return cls(salt=salt.hex(), digest=digest.hex())

    def fits(self, password: str) -> bool:
        """Return whether it is this password. Takes a quarter of a second and 32 MiB, on purpose.

        One at a time: attempts to sign in never take more memory than that.
        """
        if len(password) > MOST_LETTERS:
            return False
        with _ONE_AT_A_TIME:
            found = _scrypt(password, bytes.fromhex(self.salt), self.n, self.r, self.p)
        return hmac.compare_digest(found, bytes.fromhex(self.digest))


def generated_password() -> str:
    """Return a password of 125 random bits, in groups that can be typed.

    Examples
    --------
    >>> len(generated_password().split("-"))
    5
    """
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(letters) for _ in range(5)) for _ in range(5))
    return "-".join(groups)


def read_password(path: Path) -> str:
    """Return the password that stands in the first line of a file.

    Raises
    ------
    InputError
        If it is shorter than 15 letters, has fewer than 6 different ones, or is too long.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError([Problem("a text file in UTF-8", "other bytes", str(path))]) from error
    password = lines[0] if lines else ""
    if not LEAST_LETTERS <= len(password) <= MOST_LETTERS:
        expected = f"a password of {LEAST_LETTERS} to {MOST_LETTERS} letters in the first line"
        raise InputError([Problem(expected, f"{len(password)} letters", str(path), 1)])
    if len(set(password)) < 6:
        expected = "a password that is not the same few letters again and again"
        raise InputError([Problem(expected, f"{len(set(password))} different", str(path), 1)])
    return password


def read_hash(path: Path) -> PasswordHash | None:
    """Return the hash that is kept in a file; None if there is none."""
    if not path.exists():
        return None
    return PasswordHash(**json.loads(path.read_text(encoding="utf-8")))


def write_hash(kept: PasswordHash, path: Path) -> None:
    """Keep a hash where nobody but its owner can read it."""
    write_private(path, json.dumps(asdict(kept)).encode())


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.writing")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY_BYTES, dklen=_HASH_BYTES
    )
