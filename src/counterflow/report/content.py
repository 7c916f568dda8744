"""What a page is made of: sections that lead with a finding, and the blocks that bear it out.

Blocks hold text and drawings only; how each looks is in the template named after its kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from markupsafe import Markup


@dataclass(frozen=True)
class Key:
    """What a mark in a chart stands for; `mark` is the class that draws its sample."""

    mark: Literal["bar", "tick", "dot", "diamond", "line"]
    colour: str
    text: str


@dataclass(frozen=True)
class Picture:
    """One chart drawn twice: for a desk or a printed page, and for a phone."""

    wide: Markup
    narrow: Markup


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of text. Columns named in `numbers` are set to the right."""

    kind: ClassVar[str] = "table"
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[str] = frozenset()
    note: str = ""
    has_total: bool = False
    """Whether the last row sums up the others."""
    is_code: bool = False
    """Whether the last column holds hashes and versions, to be copied rather than read."""

    def __post_init__(self) -> None:
        if wrong := [row for row in self.rows if len(row) != len(self.columns)]:
            raise ValueError(f"rows need {len(self.columns)} cells, got {wrong[0]}")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart with its caption, key and, folded beneath it, its figures."""

    kind: ClassVar[str] = "figure"
    title: str
    picture: Picture | None = None
    panels: tuple[tuple[str, Markup], ...] = ()
    """Small charts of one kind side by side, each under its name, in place of one picture."""
    keys: tuple[Key, ...] = ()
    table: Table | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Names and what they are: `Log-likelihood: -12,345`."""

    kind: ClassVar[str] = "facts"
    title: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Sentences:
    """Sentences, one a line."""

    kind: ClassVar[str] = "sentences"
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Card:
    """One offer as a buyer would be shown it, and what it brings."""

    colour: str
    name: str
    price: str
    price_note: str
    terms: tuple[tuple[str, tuple[str, ...]], ...]
    """What the buyer agrees to or gets back: a heading, and each term in full."""
    levels: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """By attribute: each level with what it costs on top."""
    economics: tuple[tuple[str, str], ...]
    volume: str
    volume_note: str


@dataclass(frozen=True, kw_only=True)
class Cards:
    """Offer cards side by side."""

    kind: ClassVar[str] = "cards"
    cards: tuple[Card, ...]


Block = Table | Figure | Facts | Sentences | Cards


@dataclass(frozen=True, kw_only=True)
class Section:
    """One question, the finding that answers it, and what bears it out."""

    anchor: str
    question: str
    finding: str
    """The answer in a sentence or two, computed from the data."""
    blocks: Sequence[Block] = ()
    is_result: bool = True
    """Whether it shows results, which must say so where respondents were simulated."""


@dataclass(frozen=True)
class Notice:
    """Something that limits how far the figures can be trusted, said before them."""

    title: str
    text: str


@dataclass(frozen=True)
class KeyFigure:
    """A figure that the reader takes away."""

    name: str
    figure: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything on the page."""

    title: str
    description: str
    simulated: str
    """Where the answers of simulated respondents come from; empty for real respondents."""
    made: tuple[tuple[str, str], ...]
    """When, with what and from what the page was made."""
    notices: tuple[Notice, ...]
    key_figures: tuple[KeyFigure, ...]
    sections: tuple[Section, ...]
