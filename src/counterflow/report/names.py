"""Names as people read them: offers, rivals, levels, regions and parts by their labels."""

from __future__ import annotations

import re
from dataclasses import dataclass

from counterflow.domain.attributes import Attribute
from counterflow.domain.coding import OUTSIDE
from counterflow.domain.definition import Offer
from counterflow.domain.programme import Programme
from counterflow.domain.section import Condition
from counterflow.report.numbers import Measure, exact

NONE_OF_THESE = "None of these"

_COLON = re.compile("[:：]")
"""A colon, as Latin and as Chinese text has it."""


@dataclass(frozen=True)
class Names:
    """What a programme calls its things, and the money it counts in."""

    programme: Programme

    @property
    def money(self) -> Measure:
        """Return how amounts of money are written."""
        return Measure(self.programme.programme.currency)

    def offer(self, name: str) -> str:
        """Return the offer's name, readable: `offer_1` becomes `Offer 1`."""
        text = name.replace("_", " ").strip()
        return text[:1].upper() + text[1:]

    def alternative(self, name: str) -> str:
        """Return what people call an offer, a rival or the outside option."""
        if name == OUTSIDE:
            return NONE_OF_THESE
        rival = self.programme.market.competitors.get(name)
        return rival.label if rival else self.offer(name)

    def attribute(self, name: str) -> str:
        """Return the attribute's label."""
        return self.programme.attributes[name].label

    def level(self, attribute: str, level: str | float) -> str:
        """Return the level's label; a number with its unit."""
        known = self.programme.attributes[attribute]
        label = known.level(level).label if isinstance(level, str) else None
        return label or _with_unit(known, level)

    def region(self, name: str) -> str:
        """Return the region's label."""
        return self.programme.market.regions[name].label

    def part(self, name: str) -> str:
        """Return the part's label."""
        return self.programme.parts[name].label

    def summary(self, offer: Offer) -> str:
        """Return the offer in one line: its price and the start of each level's label."""
        levels = [self.start(name, level) for name, level in offer.configuration.levels]
        return " · ".join([self.money.exact(offer.price), *levels])

    def condition(self, condition: Condition) -> str:
        """Return a condition in words: `Trim is Plus or Premium, and Range is 500 km`."""
        parts = [
            f"{self.attribute(name)} is {self._any_of(name, levels)}"
            for name, levels in condition.items()
        ]
        return ", and ".join(parts) or "always"

    def start(self, attribute: str, level: str) -> str:
        """Return the label up to its colon, where that still tells the levels apart."""
        texts = [self.level(attribute, x) for x in self.programme.attributes[attribute].level_names]
        mine = self.level(attribute, level)
        starts = [_COLON.split(text)[0] for text in texts]
        start = _COLON.split(mine)[0]
        return start if starts.count(start) == 1 else mine

    def _any_of(self, attribute: str, levels: tuple[str, ...]) -> str:
        return listed([quoted(self.level(attribute, level)) for level in levels], "or")


def quoted(label: str) -> str:
    """Return the label, in quotes where it would run into the sentence around it.

    Examples
    --------
    >>> quoted("Comfort"), quoted("Plus: heated seats")
    ('Comfort', '“Plus: heated seats”')
    """
    return f"“{label}”" if any(mark in label for mark in ",:;，：；、") else label


def listed(items: list[str], word: str = "and") -> str:
    """Return the items as a list in words.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def plural(n: int, noun: str) -> str:
    """Return the number and its noun.

    Examples
    --------
    >>> plural(1, "offer"), plural(3000, "offer")
    ('1 offer', '3,000 offers')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _with_unit(attribute: Attribute, level: str | float) -> str:
    text = level if isinstance(level, str) else exact(level)
    return f"{text} {attribute.unit}" if attribute.unit else text
