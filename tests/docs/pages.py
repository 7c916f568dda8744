"""Pages of the documentation, cut into what can be checked: snippets, links and headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One Markdown file of the project."""

    path: Path

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """Return the whole page."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """Return the page without its fenced code."""
        return _FENCE.sub("", self.text)

    def snippets(self, language: str) -> list[str]:
        """Return the fenced blocks of a language, in order."""
        return [body for name, body in _FENCE.findall(self.text) if name == language]

    @property
    def links(self) -> list[str]:
        """Return where the links and images of the page lead."""
        return _LINK.findall(self.prose)

    @cached_property
    def anchors(self) -> set[str]:
        """Return what a link to a heading of the page may say after the #."""
        return {_slug(heading) for heading in _HEADING.findall(self.prose)}


def pages() -> list[Page]:
    """Return every page: of the root, of docs and of examples."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    return [Page(path) for path in sorted(found) if "out" not in path.parts]


def _slug(heading: str) -> str:
    kept = "".join(x for x in heading.lower() if x.isalnum() or x in " -_")
    return kept.replace(" ", "-")
