"""`counterflow define --compare`: what changed between two definitions, and what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from counterflow.cli.outcome import print_json
from counterflow.cli.tables import (
    NUMBER,
    SHARE,
    amount,
    between,
    print_line,
    print_notes,
    print_table,
)
from counterflow.definition.compare import DefinitionComparison, OfferEffect
from counterflow.definition.comparison.changes import Change, Fact, LineChanges
from counterflow.definition.comparison.difference import Difference
from counterflow.report.numbers import Measure

_FIGURES = ("A", "B", "B less A")
_POINTS = Measure("points", factor=100.0)
"""Differences of shares that are told in percent."""
Row = tuple[str, ...]


def show(found: DefinitionComparison, *, as_json: bool) -> None:
    """Print the comparison as JSON, or as tables for people."""
    if as_json:
        print_json(found.as_dict())
        return
    print_line(f"A is {found.version_a[:12]}, B is {found.version_b[:12]}")
    if found.changes.is_none:
        print_line("Both offer the same.")
    else:
        print_table(
            "What changed",
            ("offer", "what", "in A", "in B"),
            list(_change_rows(found.changes)),
            n_texts=4,
        )
    print_table(
        f"What it does: mean and 90 % interval, money in {found.currency}",
        ("", *_FIGURES),
        list(_effect_rows(found)),
    )
    if found.parts:
        print_table(
            "Parts needed over all periods",
            ("part", *_FIGURES),
            [
                _figures(f"{part} ({found.part_units[part]})", needed)
                for part, needed in found.parts.items()
            ],
        )
    print_line(
        f"B earns more than A with probability {found.probability_b_earns_more:.2f} "
        f"({found.n_draws:,} draws that both share)"
    )
    print_line(
        f"both are valued under {found.programme} as it is now, {found.programme_version[:12]}"
    )
    print_notes(found.notes)


def _change_rows(changes: LineChanges) -> Iterator[Row]:
    for offer in changes.removed:
        yield offer.name, "offer", _offered_at(offer.price), "-"
    for offer in changes.added:
        yield offer.name, "offer", "-", _offered_at(offer.price)
    for changed in changes.changed:
        # What holds for many variants alike is said once, as a range.
        for what in dict.fromkeys(change.what for change in changed.changes):
            alike = [change for change in changed.changes if change.what == what]
            yield changed.name, _what(alike), *_before_and_after(alike)


def _what(alike: Sequence[Change]) -> str:
    if len(alike) > 1:
        return f"{alike[0].what}, {len(alike)} variants"
    return f"{alike[0].what} of {alike[0].variant}" if alike[0].variant else alike[0].what


def _before_and_after(alike: Sequence[Change]) -> tuple[str, str]:
    return _range([change.before for change in alike]), _range([change.after for change in alike])


def _range(facts: Sequence[Fact]) -> str:
    numbers = sorted(fact for fact in facts if isinstance(fact, float | int))
    if len(numbers) == len(facts) and numbers[0] < numbers[-1]:
        return f"{amount(numbers[0])} to {amount(numbers[-1])}"
    return ", ".join(dict.fromkeys(map(_fact, facts)))


def _fact(fact: Fact) -> str:
    if fact is None:
        return "-"
    return fact if isinstance(fact, str) else amount(fact)


def _offered_at(price: float) -> str:
    return f"at {amount(price)}"


def _effect_rows(found: DefinitionComparison) -> Iterator[Row]:
    yield _figures("profit", found.profit)
    costs = (found.fixed_costs_a, found.fixed_costs_b, found.fixed_costs_b - found.fixed_costs_a)
    yield "of which fixed costs", *map(amount, costs)
    yield _figures("vehicles", found.vehicles)
    for offer in found.offers:
        yield _figures(f"  {_name(offer)}", offer.vehicles)
    yield _figures("share of buyers", found.share, SHARE)
    for region, share in found.share_by_region.items():
        yield _figures(f"  in {region}", share, SHARE)
    for name, share in found.others.items():
        yield _figures(f"  taken by {name}", share, SHARE)


def _name(offer: OfferEffect) -> str:
    names = [name for name in (offer.before, offer.after) if name is not None]
    return " -> ".join(dict.fromkeys(names))


def _figures(name: str, found: Difference, measure: Measure = NUMBER) -> Row:
    of_difference = _POINTS if measure is SHARE else measure
    return (
        name,
        between(found.a, measure),
        between(found.b, measure),
        between(found.difference, of_difference),
    )
