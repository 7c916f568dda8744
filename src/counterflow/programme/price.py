"""Price the line: the best prices given rivals, what rivals answer, and how demand responds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from counterflow.definition.prices.line_prices import LinePrices, NearPrices, line_prices
from counterflow.programme.answers import notes_on_answers
from counterflow.programme.chain import Chain
from counterflow.programme.define import define
from counterflow.programme.estimate import estimate_part_worths


def price(
    chain: Chain,
    *,
    rival_unit_costs: Mapping[str, float] | None = None,
    near: NearPrices | None = None,
    n_draws: int = 100,
) -> LinePrices:
    """Return the prices of the line that was defined, polished within `search.prices`.

    Costs of rivals come from `unit_cost` of the competitors and from `rival_unit_costs`, which
    comes first. The definition stays as it is: it is the search that chooses the line.

    Raises
    ------
    InputError
        If prices cannot be set, with every reason.
    """
    workspace = chain.workspace
    definition, estimate = define(chain).value(), estimate_part_worths(chain).value()
    with workspace.at_work("price", "Setting prices") as report:
        found = line_prices(
            workspace.programme,
            definition.offers,
            estimate.part_worths,
            rival_unit_costs=rival_unit_costs,
            near=near,
            n_draws=n_draws,
            map_blocks=workspace.runner.map,
            report=report,
        )
    return replace(found, notes=(*notes_on_answers(workspace), *found.notes))
