"""A command's session: the workspace opened, progress shown, errors turned into exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from counterflow.bootstrap import open_workspace
from counterflow.cli.outcome import errors, outcome
from counterflow.cli.progress import TerminalProgress
from counterflow.programme.chain import Chain


@contextmanager
def session(
    path: Path,
    *,
    as_json: bool,
    from_scratch: bool,
    from_field: bool = False,
    database: str | None = None,
) -> Iterator[Chain]:
    """Open the programme at `path`; on leaving, say how it went."""
    with outcome(as_json=as_json), TerminalProgress(errors()) as progress:
        workspace = open_workspace(
            path, progress=progress, from_field=from_field, database=database
        )
        yield Chain(workspace, from_scratch=from_scratch)
