"""Compare two definitions: what changed, and what that does to profit, share and parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from counterflow.definition.comparison.changes import LineChanges, line_changes
from counterflow.definition.comparison.difference import (
    Difference,
    difference,
    differences_as_dict,
)
from counterflow.definition.comparison.outcome import LineOutcome, line_outcome
from counterflow.definition.comparison.still_possible import problems_now
from counterflow.definition.earnings import least_cost
from counterflow.definition.offers import parts_of, unit_cost
from counterflow.domain.definition import Definition, Offer
from counterflow.domain.errors import InputError
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.rounding import significant
from counterflow.kernels.blocks import MapBlocks

SCHEMA = "counterflow/definition-comparison/1"


@dataclass(frozen=True, kw_only=True)
class OfferEffect:
    """What becomes of one offer; an offer that a line lacks has share and vehicles 0 there."""

    before: str | None
    """Its name in A; None if A lacks it."""
    after: str | None
    """Its name in B; None if B lacks it."""
    share: Difference
    """Of informed, served buyers in all regions."""
    vehicles: Difference
    """Over all regions and periods."""

    def as_dict(self) -> dict[str, Any]:
        """Return names and figures as JSON values."""
        return {
            "before": self.before,
            "after": self.after,
            "share": self.share.as_dict(),
            "vehicles": self.vehicles.as_dict(),
        }


@dataclass(frozen=True, kw_only=True)
class DefinitionComparison:
    """What turns definition A into B, and what it does; every difference is B less A.

    Both are valued under one programme, on the same draws of preferences and of the market, so a
    difference holds what the definitions do and not what was drawn.
    """

    programme: str
    programme_version: str
    """The programme that both are valued under."""
    currency: str
    version_a: str
    version_b: str
    changes: LineChanges
    n_draws: int
    profit: Difference
    """Contribution of all periods and regions, after fixed costs."""
    fixed_costs_a: float
    fixed_costs_b: float
    share: Difference
    """Share of informed, served buyers who take the line, over all regions."""
    share_by_region: Mapping[str, Difference]
    vehicles: Difference
    """Over all offers, regions and periods."""
    offers: tuple[OfferEffect, ...]
    others: Mapping[str, Difference]
    """Shares of rivals and of the outside option, over all regions."""
    parts: Mapping[str, Difference]
    """Parts needed over all periods, in the part's unit."""
    part_units: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def probability_b_earns_more(self) -> float:
        """Return the share of draws in which B earns more than A; ties count half."""
        return self.profit.probability_more

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON values."""
        return {
            "schema": SCHEMA,
            "valued_under": {"programme": self.programme, "version": self.programme_version},
            "currency": self.currency,
            "a": self.version_a,
            "b": self.version_b,
            "changes": self.changes.as_dict(),
            "n_draws": self.n_draws,
            "probability_b_earns_more": significant(self.probability_b_earns_more),
            "profit": self.profit.as_dict(),
            "fixed_costs": {
                "a": significant(self.fixed_costs_a),
                "b": significant(self.fixed_costs_b),
                "difference": significant(self.fixed_costs_b - self.fixed_costs_a),
            },
            "share": {
                "all_regions": self.share.as_dict(),
                "regions": differences_as_dict(self.share_by_region),
            },
            "vehicles": self.vehicles.as_dict(),
            "offers": [offer.as_dict() for offer in self.offers],
            "others": differences_as_dict(self.others),
            "parts": {
                part: {"unit": self.part_units[part], **found.as_dict()}
                for part, found in self.parts.items()
            },
            "notes": list(self.notes),
        }


def compare(
    programme: Programme,
    part_worths: PartWorths,
    a: Definition,
    b: Definition,
    *,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> DefinitionComparison:
    """Return what changed from `a` to `b` and what it does under the programme as it is now.

    What a definition says is taken as written: offers, prices, terms, unit costs and parts.
    Everything around it is the programme's: who chooses, among which rivals, with which subsidies,
    and what an offer and a package cost once.

    Raises
    ------
    InputError
        With all that keeps either definition from being offered now: other money, an attribute or
        level that is no more, a rule that is broken, a price that was not asked about.
    """
    report = report or (lambda *_: None)
    problems = [
        *problems_now(programme, a, called=f"definition A ({a.version[:12]})"),
        *problems_now(programme, b, called=f"definition B ({b.version[:12]})"),
    ]
    if problems:
        raise InputError(problems)
    report(0.0, "valuing A on all draws")
    of_a = line_outcome(programme, a.offers, part_worths, map_blocks=map_blocks)
    report(0.5, "valuing B on all draws")
    of_b = line_outcome(programme, b.offers, part_worths, map_blocks=map_blocks)
    changes = line_changes(a.offers, b.offers)
    parts = sorted({*of_a.parts, *of_b.parts})
    return DefinitionComparison(
        programme=programme.programme.name,
        programme_version=programme.version,
        currency=programme.programme.currency,
        version_a=a.version,
        version_b=b.version,
        changes=changes,
        n_draws=part_worths.n_draws,
        profit=difference(of_a.profit, of_b.profit),
        fixed_costs_a=of_a.fixed_costs,
        fixed_costs_b=of_b.fixed_costs,
        share=difference(_line_share(of_a), _line_share(of_b)),
        share_by_region={
            region: difference(
                of_a.offer_shares[:, m].sum(axis=1), of_b.offer_shares[:, m].sum(axis=1)
            )
            for m, region in enumerate(of_a.regions)
        },
        vehicles=difference(of_a.vehicles().sum(axis=1), of_b.vehicles().sum(axis=1)),
        offers=tuple(_offer_effects(changes, of_a, of_b)),
        others={
            name: difference(
                of_a.over_regions(of_a.other_shares)[:, i],
                of_b.over_regions(of_b.other_shares)[:, i],
            )
            for i, name in enumerate(of_a.others)
        },
        parts={part: difference(_need(of_a, part), _need(of_b, part)) for part in parts},
        part_units={
            part: programme.parts[part].unit if part in programme.parts else "unit"
            for part in parts
        },
        notes=(*_notes(programme, a, "A"), *_notes(programme, b, "B")),
    )


def _offer_effects(
    changes: LineChanges, of_a: LineOutcome, of_b: LineOutcome
) -> Iterator[OfferEffect]:
    pairs: list[tuple[str | None, str | None]] = [
        *((kept.before.name, kept.after.name) for kept in changes.kept),
        *((offer.name, None) for offer in changes.removed),
        *((None, offer.name) for offer in changes.added),
    ]
    for before, after in pairs:
        yield OfferEffect(
            before=before,
            after=after,
            share=difference(_share(of_a, before), _share(of_b, after)),
            vehicles=difference(_vehicles(of_a, before), _vehicles(of_b, after)),
        )


def _line_share(of: LineOutcome) -> Float[np.ndarray, " S"]:
    return of.over_regions(of.offer_shares).sum(axis=1)


def _share(of: LineOutcome, offer: str | None) -> Float[np.ndarray, " S"]:
    if offer is None:
        return np.zeros(len(of.profit))
    return of.over_regions(of.offer_shares)[:, of.offers.index(offer)]


def _vehicles(of: LineOutcome, offer: str | None) -> Float[np.ndarray, " S"]:
    if offer is None:
        return np.zeros(len(of.profit))
    return of.vehicles()[:, of.offers.index(offer)]


def _need(of: LineOutcome, part: str) -> Float[np.ndarray, " S"]:
    if part not in of.parts:
        return np.zeros(len(of.profit))
    return of.part_needs[:, of.parts.index(part)]


def _notes(programme: Programme, definition: Definition, called: str) -> Iterator[str]:
    """Yield where what is written in the definition is not what the programme says now."""
    about = programme.programme
    if definition.programme != about.name:
        yield f"{called} was made for {definition.programme}, and is valued under {about.name}"
    elif definition.made_from.get("programme", programme.version) != programme.version:
        yield (
            f"{called} was made from another version of the programme; it is valued under the "
            "present one"
        )
    stale = [offer.name for offer in definition.offers if not _is_as_of_now(programme, offer)]
    if stale:
        yield (
            f"{called}: unit costs and parts of {', '.join(stale)} are those written in it; the "
            "programme now says otherwise"
        )


def _is_as_of_now(programme: Programme, offer: Offer) -> bool:
    """Return whether the programme still says what each variant costs and is made of."""
    return all(
        least_cost(programme, variant) == significant(unit_cost(programme, variant.configuration))
        and dict(variant.parts) == parts_of(programme, variant.configuration)
        for variant in offer.variants
    )
