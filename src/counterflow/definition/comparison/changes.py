"""Changes: which offers of a line were added, removed or changed, and in what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from counterflow.domain.configuration import Configuration
from counterflow.domain.definition import Offer, Variant

Fact = float | str | None
"""What is said of an offer; None where it says nothing."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that differs: `what` is a key of definition.json, dotted."""

    what: str
    before: Fact
    after: Fact
    variant: str = ""
    """Options of the variant that it concerns, e.g. "colour=pink"; empty for the offer itself."""


@dataclass(frozen=True, kw_only=True)
class OfferChange:
    """An offer that both lines have, under the name that each gives it, and what differs."""

    before: Offer
    after: Offer
    changes: tuple[Change, ...]

    @property
    def name(self) -> str:
        """Return the name of the offer, both names where it was renamed."""
        if self.before.name == self.after.name:
            return self.after.name
        return f"{self.before.name} -> {self.after.name}"

    def as_dict(self) -> dict[str, Any]:
        """Return names and changes as JSON values."""
        return {
            "before": self.before.name,
            "after": self.after.name,
            "changes": [asdict(change) for change in self.changes],
        }


@dataclass(frozen=True, kw_only=True)
class LineChanges:
    """What turns one line into another."""

    added: tuple[Offer, ...]
    removed: tuple[Offer, ...]
    kept: tuple[OfferChange, ...]
    """Offers of both lines, in the order of the first; without changes where they are the same."""

    @property
    def changed(self) -> tuple[OfferChange, ...]:
        """Return the offers of both lines in which something differs."""
        return tuple(offer for offer in self.kept if offer.changes)

    @property
    def is_none(self) -> bool:
        """Return whether both lines are the same, up to the order of their offers."""
        return not (self.added or self.removed or self.changed)

    def as_dict(self) -> dict[str, Any]:
        """Return the changes as JSON values."""
        return {
            "added": [_in_short(offer) for offer in self.added],
            "removed": [_in_short(offer) for offer in self.removed],
            "changed": [offer.as_dict() for offer in self.changed],
            "unchanged": [offer.after.name for offer in self.kept if not offer.changes],
        }


def line_changes(before: Sequence[Offer], after: Sequence[Offer]) -> LineChanges:
    """Return what turns the line `before` into the line `after`.

    An offer is the same offer where it has the same name, and, of those left, where what is fixed
    in it is the same: a name says only in which levels the offers that could be made differ.
    """
    pairs = dict(_pairs(before, after))
    partners = set(pairs.values())
    return LineChanges(
        added=tuple(offer for j, offer in enumerate(after) if j not in partners),
        removed=tuple(offer for i, offer in enumerate(before) if i not in pairs),
        kept=tuple(
            OfferChange(
                before=before[i],
                after=after[j],
                changes=tuple(_changes(before[i], after[j])),
            )
            for i, j in sorted(pairs.items())
        ),
    )


def _pairs(before: Sequence[Offer], after: Sequence[Offer]) -> Iterator[tuple[int, int]]:
    """Yield the positions of what is one offer in both lines."""
    by_name = {offer.name: j for j, offer in enumerate(after)}
    named = {i: by_name[offer.name] for i, offer in enumerate(before) if offer.name in by_name}
    yield from named.items()
    by_levels: dict[Configuration, list[int]] = {}
    for j, offer in enumerate(after):
        if j not in named.values():
            by_levels.setdefault(offer.configuration, []).append(j)
    for i, offer in enumerate(before):
        if i not in named and by_levels.get(offer.configuration):
            yield i, by_levels[offer.configuration].pop(0)


def _changes(before: Offer, after: Offer) -> Iterator[Change]:
    facts = chain(
        [("name", before.name, after.name)],
        _both("levels", before.configuration.as_dict(), after.configuration.as_dict()),
        [("price", before.price, after.price), ("contract", before.contract, after.contract)],
        _both("terms", before.terms, after.terms),
        [("contract_value", before.contract_value, after.contract_value)],
    )
    yield from _differing(facts)
    old, new = _by_options(before), _by_options(after)
    for options in dict.fromkeys([*old, *new]):
        yield from _changes_of_variant(options, old.get(options), new.get(options), before, after)


def _changes_of_variant(
    options: str, old: Variant | None, new: Variant | None, before: Offer, after: Offer
) -> Iterator[Change]:
    if old is None or new is None:
        what = "offered" if old is None else "not offered"
        was = "not offered" if old is None else "offered"
        yield Change(what="variants", before=was, after=what, variant=options)
        return
    facts = chain(
        # The price of the options alone: that of the offer is said once, for all its variants.
        [("option_price", round(old.price - before.price, 6), round(new.price - after.price, 6))],
        [("unit_cost", old.unit_cost, new.unit_cost)],
        [("seller_tax", old.seller_tax, new.seller_tax)],
        _both("parts", old.parts, new.parts),
    )
    yield from _differing(facts, variant=options)


def _differing(facts: Iterable[tuple[str, Fact, Fact]], variant: str = "") -> Iterator[Change]:
    for what, before, after in facts:
        if before != after:
            yield Change(what=what, before=before, after=after, variant=variant)


def _both(
    what: str, before: Mapping[str, float | str], after: Mapping[str, float | str]
) -> Iterator[tuple[str, Fact, Fact]]:
    for name in dict.fromkeys([*before, *after]):
        yield f"{what}.{name}", before.get(name), after.get(name)


def _by_options(offer: Offer) -> dict[str, Variant]:
    """Return the variants by what a buyer picked, which may stay where fixed levels change."""
    fixed = offer.configuration.as_dict()
    return {
        ";".join(
            f"{name}={level}" for name, level in v.configuration.levels if name not in fixed
        ): v
        for v in offer.variants
    }


def _in_short(offer: Offer) -> dict[str, Any]:
    return {
        "name": offer.name,
        "levels": offer.configuration.as_dict(),
        "price": offer.price,
        "contract": offer.contract,
    }
