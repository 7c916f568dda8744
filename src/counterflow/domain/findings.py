"""The findings of a run: everything that the report says, and nothing that it must look up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from counterflow.domain.coding import OUTSIDE
from counterflow.domain.definition import Definition, Interval
from counterflow.domain.errors import LabelMismatchError
from counterflow.domain.estimate import Estimate
from counterflow.domain.production_plan import ProductionPlan
from counterflow.domain.programme import Programme
from counterflow.domain.volumes import VolumeDraws


@dataclass(frozen=True, kw_only=True)
class ShareShift:
    """What share of informed, served buyers something takes without our line, and with it."""

    before: Interval
    after: Interval


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Which software made the findings, of which inputs, and when.

    `hashes` are content hashes by what they identify, `versions` those of the libraries that
    computed; both may be empty. `generated_at` is text: the report itself looks at no clock.
    """

    software: str
    generated_at: str | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class Findings:
    """What each stage found for one programme, aligned by the names of offers and rivals.

    Parameters
    ----------
    shifts
        Where the volume comes from: each rival, by its name in the programme, and `outside`.
        Empty if it was not computed.
    drivers
        Share of the variance of total volume (0 to 1) that each uncertain input explains, by the
        names of `volumes.drivers`. What is left to 1 is due to their joint effects. Empty if it
        was not computed.

    Raises
    ------
    LabelMismatchError
        If the parts speak of other attributes, offers, rivals, regions, periods or parts than the
        definition and the programme do.
    """

    programme: Programme
    estimate: Estimate
    definition: Definition
    volumes: VolumeDraws
    shifts: Mapping[str, ShareShift] = field(default_factory=dict)
    drivers: Mapping[str, float] = field(default_factory=dict)
    production: ProductionPlan
    provenance: Provenance

    def __post_init__(self) -> None:
        offers = [offer.name for offer in self.definition.offers]
        others = [*self.programme.market.competitors, OUTSIDE]
        _check_same("volumes.offers", offers, self.volumes.offers)
        _check_same("volumes.regions", self.programme.market.regions, self.volumes.regions)
        _check_same("production.offers", offers, self.production.offers)
        _check_same("production.periods", self.volumes.periods, self.production.periods)
        if self.volumes.shares:
            _check_same("volumes.shares", [*offers, *others], self.volumes.shares)
        if self.shifts:
            _check_same("shifts", others, self.shifts)
        steps = (wtp.attribute for wtp in self.estimate.willingness_to_pay)
        _check_known("willingness_to_pay", self.programme.attributes, steps)
        _check_known("production.parts", self.programme.parts, self.production.parts)
        _check_known("drivers", self.volumes.drivers, self.drivers)


def _check_same(what: str, expected: Iterable[str], found: Iterable[str]) -> None:
    wanted, given = set(expected), set(found)
    if wanted != given:
        raise LabelMismatchError(what, expected=wanted, found=given)


def _check_known(what: str, known: Iterable[str], found: Iterable[str]) -> None:
    if unknown := set(found) - set(known):
        raise LabelMismatchError(what, expected=(), found=unknown)
