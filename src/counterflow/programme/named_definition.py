"""Definitions by what they are called: a place, or the beginning of a version that is kept."""

from __future__ import annotations

import re

from counterflow.domain.definition import Definition
from counterflow.domain.errors import InputError, Problem
from counterflow.programme.definition_archive import DefinitionArchive

CURRENT = "current"
"""How the definition of the programme as it is now is called."""

_BEGINNING = re.compile(r"[0-9a-f]{4,64}")
_LIST = "`counterflow define --versions` lists those that are kept."


def kept_definition(archive: DefinitionArchive, called: str) -> Definition:
    """Return a definition that exists: at a place, or else of a kept version.

    Raises
    ------
    InputError
        If there is none, several, or one that was changed after it was written.
    """
    return archive.at(called) or _of_version(archive, called)


def _of_version(archive: DefinitionArchive, beginning: str) -> Definition:
    if not _BEGINNING.fullmatch(beginning):
        expected = (
            f"a definition.json, a folder that holds one, four digits or more of a version, "
            f'or "{CURRENT}"'
        )
        raise InputError([Problem(expected, f'"{beginning}"', advice=_LIST)])
    kept = archive.kept(beginning)
    if len(kept) != 1:
        versions = ", ".join(each.definition.version[:12] for each in kept)
        problem = Problem(
            expected=f'one kept definition whose version begins with "{beginning}"',
            found=f"{len(kept)} ({versions})" if kept else "none",
            advice="Give more digits of it." if kept else _LIST,
        )
        raise InputError([problem])
    return kept[0].definition
