"""The national car's survey, served by `counterflow serve` in a process of its own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from counterflow.bootstrap import open_field
from counterflow.domain.interview import Interview
from counterflow.web.visitor.service_process import service_process

EXAMPLE = Path(__file__).parents[2] / "examples" / "national-car"
PASSWORD = "a pass phrase for one test"
QUICK_DESIGN = {"n_versions": "6", "seconds": "1.0"}


@dataclass(frozen=True)
class ServedSurvey:
    """Where a survey is served, and the folder of its programme."""

    folder: Path
    address: str

    def interviews(self) -> list[Interview]:
        """Return all interviews as they are stored, whatever their status."""
        field = open_field(self.folder)
        try:
            statuses = ("open", "complete", "screened_out", "over_quota", "withdrawn")
            return list(field.store.interviews(statuses=statuses))
        finally:
            field.close()


@contextmanager
def served_survey(folder: Path, *arguments: str) -> Iterator[ServedSurvey]:
    """Serve a copy of the example from `folder` with a small design, until the block ends."""
    if not (folder / "programme.toml").exists():
        shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("out"))
        file = folder / "programme.toml"
        text = file.read_text(encoding="utf-8")
        for key, value in QUICK_DESIGN.items():
            text, n_found = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
            assert n_found == 1
        file.write_text(text, encoding="utf-8")
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
    options = ("--admin-password-file", str(folder / "password"), *arguments)
    with service_process(folder, *options) as service:
        yield ServedSurvey(folder, service.address)
