"""Definitions as files in a folder, one a version: written under another name, moved when whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from counterflow.domain.definition import Definition
from counterflow.domain.errors import InputError, Problem
from counterflow.programme.definition_archive import DefinitionArchive, KeptDefinition

_DIGITS = 12
"""Of the version in a file's name: enough to tell any two definitions of a programme apart."""

_IN_FOLDERS = ("out/define/definition.json", "define/definition.json", "definition.json")
"""Where a folder holds its definition: that of a programme, that of its outputs, that of a step."""


class DefinitionFolder(DefinitionArchive):
    """One file a version under `root`, named by the beginning of the version.

    `write` and `read` are the file format of a definition; `read` refuses one that was changed.
    """

    def __init__(
        self,
        root: Path,
        *,
        write: Callable[[Definition, Path], object],
        read: Callable[[Path], Definition],
    ) -> None:
        self.root = root
        self._write, self._read = write, read

    def keep(self, definition: Definition) -> None:
        """Write the definition whole or not at all; a whole file that is there stays as it is."""
        path = self.root / f"{definition.version[:_DIGITS]}.json"
        if self._is_there(definition, path):
            return
        self.root.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.writing")
        try:
            self._write(definition, unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def kept(self, beginning: str = "") -> tuple[KeptDefinition, ...]:
        """Return the definitions whose version has this beginning, by the time of their files."""
        paths = [p for p in self.root.glob("[!.]*.json") if _may_begin(p.stem, beginning)]
        found: list[KeptDefinition] = []
        problems: list[Problem] = []
        for path in sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name)):
            try:
                found.append(KeptDefinition(definition=self._read(path), kept_at=_written_at(path)))
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        return tuple(kept for kept in found if kept.definition.version.startswith(beginning))

    def at(self, place: str) -> Definition | None:
        """Return the definition in a file, or in the folder of a programme or of its outputs."""
        path = Path(place)
        # Nothing would be the folder that one happens to stand in.
        if not place or not path.exists():
            return None
        if not path.is_dir():
            return self._read(path)
        for name in _IN_FOLDERS:
            if (path / name).is_file():
                return self._read(path / name)
        problem = Problem(
            expected=f"a folder with {_IN_FOLDERS[0]}",
            found="none in it",
            where=place,
            advice=f"Run `counterflow define {place}` first.",
        )
        raise InputError([problem])

    def _is_there(self, definition: Definition, path: Path) -> bool:
        try:
            return path.is_file() and self._read(path) == definition
        except InputError:
            return False


def _may_begin(stem: str, beginning: str) -> bool:
    return stem.startswith(beginning[:_DIGITS])


def _written_at(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
