"""What commands on a field have in common: the programme, its store, and where results go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from counterflow.bootstrap import field_folder, open_field_store, open_workspace, programme_file
from counterflow.cli.outcome import errors, outcome
from counterflow.cli.progress import TerminalProgress
from counterflow.domain.programme import Programme
from counterflow.programme.field_store import FieldStore


@dataclass(frozen=True)
class FieldSession:
    """A programme and its interviews."""

    programme: Programme
    store: FieldStore
    folder: Path
    """Where what is made of interviews goes."""
    software: str


@contextmanager
def field_session(path: Path, database: str | None, *, as_json: bool) -> Iterator[FieldSession]:
    """Open the programme at `path` and its field store; on leaving, say how it went."""
    with outcome(as_json=as_json), TerminalProgress(errors()) as progress:
        workspace = open_workspace(path, progress=progress)
        beside = programme_file(path).parent
        folder = field_folder(beside)
        with closing(open_field_store(beside, database)) as store:
            folder.mkdir(parents=True, exist_ok=True)
            yield FieldSession(workspace.programme, store, folder, workspace.software)
