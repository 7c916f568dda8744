"""A scenario as arrays: what each person chooses among in each region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.definition.simulator.consideration import consideration, each_alone
from counterflow.definition.simulator.people import People
from counterflow.definition.simulator.scenario import Scenario
from counterflow.definition.simulator.shared_errors import level_errors
from counterflow.domain.market_alternatives import MarketAlternatives, market_alternatives
from counterflow.domain.scenario import Rule
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.market_shares import Alternatives, ChoiceSets, LevelErrors, market_shares


@dataclass(frozen=True, eq=False, kw_only=True)
class SimulatedMarket:
    """The alternatives of a scenario, the sets in which they are considered, and their errors."""

    alternatives: MarketAlternatives
    tie_weights: Float[np.ndarray, "M A"]
    sets: ChoiceSets
    how_considered: str
    errors: LevelErrors | None
    is_first_choice: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Return the distinct names of alternatives: offers, rivals, `outside`."""
        return tuple(dict.fromkeys(self.alternatives.names))

    def shares(
        self,
        people: People,
        *,
        scale: float,
        offsets: Mapping[str, Float[np.ndarray, "S M"]],
        map_blocks: MapBlocks = map,
    ) -> Float[np.ndarray, "S M names"]:
        """Return the shares of each name, with utilities scaled and then moved by `offsets`."""
        moved = self.alternatives.offsets[None].copy()
        if self.is_first_choice:
            # Many variants make no offer better; they count where people have several best ones.
            moved = np.where(np.isneginf(moved), -np.inf, 0.0)
        if offsets:
            moved = np.repeat(moved, people.n_draws, axis=0)
            for a, name in enumerate(self.alternatives.names):
                if name in offsets:
                    moved[:, :, a] += offsets[name]
        shares = market_shares(
            people.part_worths.draws,
            people.weights,
            Alternatives(scale * self.alternatives.rows, moved, self.tie_weights),
            is_first_choice=self.is_first_choice,
            sets=self.sets,
            errors=self.errors,
            map_blocks=map_blocks,
        )
        return _by_name(self.alternatives.names, shares)


def simulated_market(
    scenario: Scenario, people: People, *, rule: Rule | None = None
) -> SimulatedMarket:
    """Return the market of the scenario; under another rule if one is given."""
    rule = rule or scenario.rule
    coding = people.part_worths.coding
    found = market_alternatives(scenario.programme, coding, scenario.offers)
    tie_weights = np.exp(np.where(np.isneginf(found.offsets), 0.0, found.offsets))
    alternatives = found.sold_in(scenario.regions)
    seed = scenario.programme.seeds.search
    how = consideration(alternatives.names, scenario.considered, seed=seed)
    is_alone = rule == "purchase_likelihood"
    return SimulatedMarket(
        alternatives=alternatives,
        tie_weights=tie_weights,
        sets=each_alone(alternatives.names, scenario.considered) if is_alone else how.sets,
        how_considered="exact" if is_alone else how.how,
        errors=level_errors(scenario, found) if rule == "randomised_first_choice" else None,
        is_first_choice=rule == "first_choice",
    )


def _by_name(
    names: Sequence[str], shares: Float[np.ndarray, "S M A"]
) -> Float[np.ndarray, "S M names"]:
    """Return the shares of variants of one offer added up."""
    distinct = list(dict.fromkeys(names))
    member = np.array([[float(name == of) for of in distinct] for name in names])
    return shares @ member
