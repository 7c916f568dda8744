"""Source of volume: from whom an offer takes what it sells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.definition.simulator.calibration import Calibrated
from counterflow.definition.simulator.people import People
from counterflow.definition.simulator.scenario import Scenario
from counterflow.definition.simulator.simulate import MarketShares, simulate
from counterflow.kernels.blocks import MapBlocks

LINE = "the whole line"
"""What the source of volume of all our offers together is called."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """What others have more where `offer` is withdrawn: that is what it takes from them."""

    offer: str
    share: Float[np.ndarray, " S"]
    """Of the offer, over all regions."""
    others: tuple[str, ...]
    ours: tuple[str, ...]
    """Those of the others that are ours."""
    taken: Float[np.ndarray, "S others"]
    """In share of the market; sums to `share` in each draw."""

    def diversion(self) -> Float[np.ndarray, "S others"]:
        """Return the parts of the offer's buyers who would take each other alternative instead.

        They sum to 1 in each draw; 0 where nobody takes the offer. These are second choices:
        diversion on withdrawal (Conlon and Mortimer, RAND Journal of Economics 52(4), 2021).
        """
        share = self.share[:, None]
        return np.divide(self.taken, share, out=np.zeros_like(self.taken), where=share > 0.0)

    def cannibalised(self) -> Float[np.ndarray, " S"]:
        """Return the part of the offer's buyers who would take another offer of ours instead."""
        mine = [name in self.ours for name in self.others]
        return self.diversion()[:, mine].sum(axis=1)

    def incremental(self) -> Float[np.ndarray, " S"]:
        """Return the share of the market that we would not have without the offer."""
        return self.share * (1.0 - self.cannibalised())


def sources_of_volume(
    scenario: Scenario,
    people: People,
    calibrated: Calibrated | None = None,
    *,
    map_blocks: MapBlocks = map,
) -> tuple[Source, ...]:
    """Return the source of each of our offers, and of the line as a whole where it has several.

    The rows of offers, read over those of our own that they take from, are the cannibalisation
    matrix. Under purchase likelihood offers do not compete, and nothing is returned.
    """
    if scenario.rule == "purchase_likelihood" or not scenario.offers:
        return ()
    everyone = simulate(scenario, people, calibrated, map_blocks=map_blocks)

    def sources() -> Iterator[Source]:
        for offer in scenario.line:
            left = scenario.without(offer)
            yield _source(
                offer, everyone, simulate(left, people, calibrated, map_blocks=map_blocks)
            )
        if len(scenario.line) > 1:
            left = scenario.without(*scenario.line)
            yield _source(LINE, everyone, simulate(left, people, calibrated, map_blocks=map_blocks))

    return tuple(sources())


def _source(offer: str, everyone: MarketShares, left: MarketShares) -> Source:
    before = everyone.overall()
    remaining = [everyone.names.index(name) for name in left.names]
    withdrawn = [i for i in range(len(everyone.names)) if i not in remaining]
    return Source(
        offer=offer,
        share=before[:, withdrawn].sum(axis=1),
        others=left.names,
        ours=left.ours,
        taken=left.overall() - before[:, remaining],
    )
