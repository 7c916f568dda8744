"""Pictures of levels: SVG and PNG, told by what is in the file and not by its name alone."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from counterflow.domain.programme import Programme

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = re.compile(r"\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*<svg[\s>]", re.DOTALL)
_ACTIVE = re.compile(r"<script|<foreignObject|\son[a-z]+\s*=|javascript:|<!ENTITY", re.IGNORECASE)


def picture_hashes(programme: Programme, folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each picture that levels name, by its place beside the programme."""
    levels = (level for a in programme.attributes.values() for level in a.levels)
    names = sorted({level.picture for level in levels if level.picture is not None})
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def is_picture(path: Path) -> bool:
    """Return whether the file is an SVG or a PNG, as the end of its name says.

    An SVG that could run something is no picture: it would run on the respondent's device.
    """
    if path.suffix.lower() == ".png":
        with path.open("rb") as file:
            return file.read(len(_PNG)) == _PNG
    if path.suffix.lower() != ".svg":
        return False
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return False
    return _SVG.match(text) is not None and _ACTIVE.search(text) is None
