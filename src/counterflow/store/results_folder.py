"""Results as folders beside the programme: written under another name, moved when whole."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterflow.programme.ports import Results

_KEY_FILE = ".made-from"
_TEMPORARY = ".writing-"
_REPLACED = ".replaced-"


@dataclass(frozen=True)
class StepFiles:
    """How the result of one step is written to a folder and read back."""

    write: Callable[[Any, Path], object]
    read: Callable[[Path], Any]
    main: str
    """The file in the folder that a person opens first."""


class ResultsFolder(Results):
    """One folder a step under `root`; each is replaced as a whole, so a reader never sees a half.

    A result counts as kept only if its key file, written last, is there.
    """

    def __init__(self, root: Path, files: Mapping[str, StepFiles]) -> None:
        self.root = root
        self._files = dict(files)
        self._put_back_what_an_interruption_left()

    def folder(self, step: str) -> Path:
        """Return where the result of `step` is kept."""
        return self.root / step

    def key(self, step: str) -> str | None:
        """Return the key of the kept result; None if there is none."""
        try:
            return (self.folder(step) / _KEY_FILE).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None

    def save(self, step: str, key: str, made: Any) -> None:
        """Write the result to a temporary folder, then move it into place."""
        with self._temporary_folder(step) as temporary:
            self._files[step].write(made, temporary)
            (temporary / _KEY_FILE).write_text(key + "\n", encoding="ascii")
            self._move_into_place(temporary, self.folder(step))

    def load(self, step: str) -> Any:
        """Return the kept result of `step`."""
        return self._files[step].read(self.folder(step))

    def place(self, step: str) -> str:
        """Return the path of the file that a person opens first."""
        return str(self.folder(step) / self._files[step].main)

    def save_record(self, record: dict[str, Any]) -> None:
        """Write run.json, whole or not at all."""
        self.root.mkdir(parents=True, exist_ok=True)
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        with tempfile.NamedTemporaryFile(
            "w", dir=self.root, prefix=_TEMPORARY, delete=False, encoding="utf-8"
        ) as file:
            file.write(text)
        whole = Path(file.name)
        whole.chmod(0o644)
        whole.replace(self.root / "run.json")

    @contextmanager
    def _temporary_folder(self, step: str) -> Iterator[Path]:
        self.root.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f"{_TEMPORARY}{step}-", dir=self.root))
        temporary.chmod(0o755)
        try:
            yield temporary
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _move_into_place(self, whole: Path, target: Path) -> None:
        # A folder cannot replace a folder in one step: the old one steps aside first, and is put
        # back on the next start if the process died between the two moves.
        aside = self.root / f"{_REPLACED}{target.name}"
        shutil.rmtree(aside, ignore_errors=True)
        if target.exists():
            target.rename(aside)
        whole.rename(target)
        shutil.rmtree(aside, ignore_errors=True)

    def _put_back_what_an_interruption_left(self) -> None:
        for aside in self.root.glob(f"{_REPLACED}*"):
            target = self.root / aside.name.removeprefix(_REPLACED)
            if target.exists():
                shutil.rmtree(aside, ignore_errors=True)
            else:
                aside.rename(target)
        for unfinished in self.root.glob(f"{_TEMPORARY}*"):
            if unfinished.is_dir():
                shutil.rmtree(unfinished, ignore_errors=True)
            else:
                unfinished.unlink(missing_ok=True)
