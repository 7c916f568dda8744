"""A new programme from the template that ships with Counterflow."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from counterflow.domain.errors import InputError, Problem


def write_new_programme(folder: Path) -> Path:
    """Make `folder` with a programme.toml named after it and return the file's path.

    Refuses, with an InputError, where there is a programme.toml already.
    """
    path = folder / "programme.toml"
    if path.exists():
        problem = Problem(
            expected="a folder without a programme.toml",
            found="one that is there already",
            where=str(path),
            advice="Choose another folder, or edit the file that is there.",
        )
        raise InputError([problem])
    title = folder.resolve().name
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "programme"
    template = resources.files("counterflow.formats") / "templates" / "programme.toml"
    text = template.read_text(encoding="utf-8")
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("@NAME@", name).replace("@TITLE@", quoted), encoding="utf-8")
    return path
