"""Lines with parts, margins and volumes: by hand where a test counts, generated where it judges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterflow.domain.configuration import Configuration
from counterflow.domain.costs import Part
from counterflow.domain.definition import Definition, Interval, Offer, Variant
from counterflow.domain.programme import Programme
from counterflow.domain.settings import Production
from counterflow.domain.volumes import VolumeDraws
from strategies.findings import SMALL_PROGRAMME

COLOURS = ("white", "red", "blue")


class Build(NamedTuple):
    """One variant, told from others of its offer by its colour."""

    colour: str
    price: float
    unit_cost: float
    parts: Mapping[str, float] = {}


def part(unit_cost: float = 1.0, salvage_share: float = 0.0, **other: Any) -> Part:
    """Return a long-lead part."""
    return Part.model_validate(
        {
            "label": "Part",
            "unit": "piece",
            "unit_cost": unit_cost,
            "lead_time_weeks": 10.0,
            "long_lead": True,
            "salvage_share": salvage_share,
            "used_in": [{"quantity": 1.0}],
            **other,
        }
    )


@dataclass(frozen=True, eq=False)
class Line:
    """What production planning is given; `draws` are S x V x M x Q, variants in the order given.

    The values are made when asked for and not when generated: what checks their types draws random
    numbers of its own, which Hypothesis does not allow while it generates.
    """

    offers: Mapping[str, Sequence[Build]]
    draws: np.ndarray
    parts: Mapping[str, Part] = field(default_factory=dict)
    capacity: float = 1e6
    holding: float = 0.0
    lost: float = 0.0
    contract_value: float = 0.0

    @cached_property
    def programme(self) -> Programme:
        production = Production(
            takt_s=1.0,
            line_hours_per_period=1e6,
            capacity_per_period=self.capacity,
            holding_cost_share_per_period=self.holding,
            lost_share_per_period_waited=self.lost,
        )
        programme = Programme.model_validate(SMALL_PROGRAMME)
        return programme.model_copy(update={"parts": dict(self.parts), "production": production})

    @cached_property
    def definition(self) -> Definition:
        return Definition(
            programme="test",
            currency="CNY",
            offers=tuple(self._offer(name, builds) for name, builds in self.offers.items()),
            status="optimal",
            method="by hand",
            profit=Interval(0.0, 0.0, 0.0, 0.0),
            search_value=1.0,
            bound=1.0,
            n_candidates=1,
            n_configurations=1,
        )

    @cached_property
    def volumes(self) -> VolumeDraws:
        labels = [(offer, v) for offer in self.definition.offers for v in offer.variants]
        _, _, n_regions, n_periods = self.draws.shape
        return VolumeDraws(
            draws=self.draws,
            variants=tuple(str(v.configuration) for _, v in labels),
            offer_of_variant=tuple(offer.name for offer, _ in labels),
            regions=tuple(f"region_{m}" for m in range(n_regions)),
            periods=tuple(f"period_{q}" for q in range(n_periods)),
        )

    def _offer(self, name: str, builds: Sequence[Build]) -> Offer:
        return Offer(
            name=name,
            configuration=Configuration(()),
            price=builds[0].price,
            contract=None,
            terms={},
            contract_value=self.contract_value,
            variants=tuple(
                Variant(
                    configuration=Configuration.of({"colour": build.colour}),
                    price=build.price,
                    unit_cost=build.unit_cost,
                    parts=dict(build.parts),
                )
                for build in builds
            ),
        )


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """Return lines of one or two offers with up to three colours and up to three parts each."""
    parts = {
        f"part_{p}": part(
            draw(st.integers(0, 40)) / 4.0,
            draw(st.integers(0, 4)) / 4.0,
            long_lead=draw(st.booleans()),
        )
        for p in range(draw(st.integers(0, 3)))
    }
    offers = {
        f"offer_{o}": [
            draw(_builds(colour, tuple(parts))) for colour in COLOURS[: draw(st.integers(1, 3))]
        ]
        for o in range(draw(st.integers(1, 2)))
    }
    n_variants = sum(map(len, offers.values()))
    n_draws, n_regions, n_periods = (draw(st.integers(1, most)) for most in (8, 2, 3))
    return Line(
        offers,
        draw(hnp.arrays(float, (n_draws, n_variants, n_regions, n_periods), elements=volumes())),
        parts=parts,
        capacity=draw(st.integers(1, 100)) * 1.0,
        holding=draw(st.integers(0, 4)) / 8.0,
        lost=draw(st.integers(0, 4)) / 4.0,
        contract_value=draw(st.integers(0, 5)) * 1.0,
    )


@st.composite
def _builds(draw: st.DrawFn, colour: str, parts: tuple[str, ...]) -> Build:
    used = draw(st.sets(st.sampled_from(parts))) if parts else set()
    return Build(
        colour,
        price=draw(st.integers(10, 60)) * 1.0,
        unit_cost=draw(st.integers(5, 50)) * 1.0,
        parts={name: draw(st.integers(1, 8)) / 2.0 for name in parts if name in used},
    )


def volumes() -> st.SearchStrategy[float]:
    """Return vehicles in whole quarters, so that sums of them are exact."""
    return st.integers(0, 400).map(lambda quarters: quarters / 4.0)
