"""A survey by itself: the programme file with what its pages show, in a folder of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

from counterflow.domain.programme import Programme
from counterflow.formats.texts import TEXTS_FOLDER


def copy_survey(programme: Programme, folder: Path, to: Path) -> None:
    """Copy the texts and pictures of a programme to another folder; answers do not go along."""
    if (texts := folder / TEXTS_FOLDER).is_dir():
        shutil.copytree(texts, to / TEXTS_FOLDER)
    levels = (level for a in programme.attributes.values() for level in a.levels)
    for picture in {level.picture for level in levels if level.picture is not None}:
        (to / picture).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / picture, to / picture)
