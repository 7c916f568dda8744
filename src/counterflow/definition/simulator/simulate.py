"""Simulate a scenario: shares of offers, rivals and outside option, by draw and region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.definition.simulator.calibration import Calibrated
from counterflow.definition.simulator.market import simulated_market
from counterflow.definition.simulator.people import People
from counterflow.definition.simulator.scenario import Scenario
from counterflow.domain.coding import OUTSIDE
from counterflow.domain.scenario import Rule
from counterflow.kernels.blocks import MapBlocks


@dataclass(frozen=True, eq=False, kw_only=True)
class MarketShares:
    """S draws of the share of each name in each region; they sum to 1 in each.

    Under purchase likelihood the figures are likelihoods instead: what part of people would take
    the offer were it the only one. They sum to nothing in particular, and there is none of the
    outside option.
    """

    names: tuple[str, ...]
    ours: tuple[str, ...]
    regions: tuple[str, ...]
    rule: Rule
    how_considered: str
    """"everything", or how consideration sets were counted: "exact" or "sampled"."""
    draws: Float[np.ndarray, "S M names"]
    reached: Float[np.ndarray, "S M"]
    """Informed, served buyers by region."""
    region_weights: Float[np.ndarray, "S M"]

    def overall(self) -> Float[np.ndarray, "S names"]:
        """Return the shares over all regions."""
        return np.einsum("sma,sm->sa", self.draws, self.region_weights)

    def of(self, name: str) -> Float[np.ndarray, " S"]:
        """Return the share over all regions of one name; 0 if it is not there."""
        if name not in self.names:
            return np.zeros(len(self.draws))
        return self.overall()[:, self.names.index(name)]

    def of_line(self) -> Float[np.ndarray, " S"]:
        """Return the share over all regions of all our offers together."""
        mine = [name in self.ours for name in self.names]
        return self.overall()[:, mine].sum(axis=1)

    def volume_of(self, name: str) -> Float[np.ndarray, " S"]:
        """Return how many of the reached buyers take it, over all regions and periods."""
        return (self.draws[:, :, self.names.index(name)] * self.reached).sum(axis=1)


def simulate(
    scenario: Scenario,
    people: People,
    calibrated: Calibrated | None = None,
    *,
    map_blocks: MapBlocks = map,
) -> MarketShares:
    """Return what part of people takes each alternative of the scenario.

    Raises
    ------
    LabelMismatchError
        If offers or rivals have levels that the part-worths do not know.
    """
    calibrated = calibrated or Calibrated()
    market = simulated_market(scenario, people)
    draws = market.shares(
        people, scale=calibrated.scale, offsets=calibrated.offsets, map_blocks=map_blocks
    )
    names = market.names
    if scenario.rule == "purchase_likelihood":
        draws, names = draws[:, :, :-1], tuple(name for name in names if name != OUTSIDE)
    return MarketShares(
        names=names,
        ours=scenario.line,
        regions=market.alternatives.regions,
        rule=scenario.rule,
        how_considered=market.how_considered,
        draws=draws,
        reached=people.reached,
        region_weights=people.region_weights,
    )
