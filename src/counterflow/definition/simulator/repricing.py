"""Prices set anew in a scenario: those of our line, and of rivals whose costs are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from counterflow.definition.offers import fixed_costs
from counterflow.definition.prices.equilibrium import PriceEquilibrium, equilibrium_prices
from counterflow.definition.prices.line_market import LineMarkets
from counterflow.definition.prices.prices_in_draws import solved_in_draw
from counterflow.definition.prices.problems import price_problem
from counterflow.definition.simulator.calibration import Calibrated
from counterflow.definition.simulator.feature_value import Repriced
from counterflow.definition.simulator.people import People
from counterflow.definition.simulator.scenario import Scenario
from counterflow.kernels.blocks import MapBlocks


class RepricedScenario:
    """A scenario in which our line and the rivals of `rival_unit_costs` ask their best prices.

    Our prices stay within `search.prices`, theirs within what people were asked about, as in
    `prices.line_prices`; the other rivals' prices are held. In a draw, prices are those that
    `expected`, the equilibrium of a sample of all draws, leads to.

    Raises
    ------
    InputError
        If prices cannot be set; see `equilibrium_prices`.
    """

    def __init__(
        self,
        scenario: Scenario,
        people: People,
        calibrated: Calibrated,
        *,
        rival_unit_costs: Mapping[str, float],
        n_starts: int = 5,
        map_blocks: MapBlocks = map,
    ) -> None:
        part_worths = people.part_worths
        self._markets = LineMarkets(
            scenario.programme,
            scenario.offers,
            replace(part_worths, draws=calibrated.scale * part_worths.draws),
            rival_unit_costs=rival_unit_costs,
            offsets=calibrated.offsets,
            sold_in=scenario.regions,
        )
        answering = [name for name in self._markets.rivals if name in rival_unit_costs]
        self._moving = (*scenario.line, *answering)
        self._n_ours = len(scenario.line)
        self._fixed_costs = fixed_costs(scenario.programme, scenario.offers)
        self.expected: PriceEquilibrium = equilibrium_prices(
            self._markets.pooled(),
            moving=self._moving,
            prices=self._markets.prices,
            n_starts=n_starts,
            seed=scenario.programme.seeds.search,
            map_blocks=map_blocks,
        )

    def __call__(self, draw: int) -> Repriced:
        """Return the prices in one draw, and what our line earns at them."""
        market = self._markets.of_draw(draw)
        problem = price_problem(market, moving=self._moving, prices=self._markets.prices)
        start = np.array([self.expected.prices[name] for name in market.offers])
        ended = solved_in_draw(problem, start)
        ours = slice(self._n_ours)
        ends = (ended.prices <= problem.least) | (ended.prices >= problem.most)
        return Repriced(
            prices=dict(zip(market.offers, ended.prices.tolist(), strict=True)),
            profit=float(ended.conditions.profits[ours].sum()) - self._fixed_costs,
            at_bound=tuple(np.array(market.offers)[ours][ends[ours]].tolist()),
            is_converged=ended.is_converged,
        )


def why_not_repriced(scenario: Scenario) -> Iterator[str]:
    """Yield why prices cannot be set anew in a scenario: they are best for logit alone."""
    if not scenario.offers:
        yield "no offer of ours is sold"
    if scenario.rule != "logit":
        yield f"prices are set for people who choose by logit, not by {scenario.rule}"
    if any(share < 1.0 for share in scenario.considered.values()):
        yield "prices are set for people who know every offer and can get it"
