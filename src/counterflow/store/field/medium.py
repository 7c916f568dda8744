"""Whether the file that SQLite writes is still the file that a person finds."""

from __future__ import annotations

from pathlib import Path

from counterflow.programme.field_store import StoreFailedError


class Medium:
    """Remembers which files a database is kept in.

    Someone may delete or replace them while the server runs. SQLite would go on writing to files
    without a name, and what was acknowledged would be gone when the server stops.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._log = file.with_name(f"{file.name}-wal")
        self._known = _identity(file)

    def check(self) -> None:
        """Raise StoreFailedError unless the files are still those of the beginning."""
        if _identity(self._file) != self._known or not self._log.exists():
            raise StoreFailedError(
                f"expected the database at {self._file} to be the one that was opened; found that "
                "it was deleted or replaced. Put it back, or restore a backup, then start again."
            )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
