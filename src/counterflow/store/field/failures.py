"""What a database reports, said without a word of what people typed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, DisconnectionError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from counterflow.programme.field_store import StoreFailedError

_OF_THE_MEDIUM = (OperationalError, InternalError, DisconnectionError, PoolTimeoutError, OSError)


_NOT_ACKNOWLEDGED = (
    "Nothing of this was acknowledged: hand it in again with the same key when the cause is mended."
)


@contextmanager
def failures_told(place: str, *, then: str = _NOT_ACKNOWLEDGED) -> Iterator[None]:
    """Turn a failure of the medium into a StoreFailedError; other errors pass.

    `then` says what became of what was asked, and what to do. The original is not chained: its text
    may hold parts of a row.
    """
    try:
        yield
    except _OF_THE_MEDIUM as error:
        raise StoreFailedError(
            f"expected a database that takes answers at {place}; {_reason(error)}. {then}"
        ) from None


def _reason(error: Exception) -> str:
    if not isinstance(error, DBAPIError):
        return f"found {type(error).__name__}"
    primary = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    if primary:
        return f"found that {primary}"
    # SQLite's texts, and those about a lost connection, name the fault and no data.
    return f"found that {str(error.orig).splitlines()[0]}"
