"""How shares answer to prices: curves, and elasticities of an arc and at a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.definition.simulator.calibration import Calibrated
from counterflow.definition.simulator.people import People
from counterflow.definition.simulator.scenario import Scenario
from counterflow.definition.simulator.simulate import simulate
from counterflow.kernels.blocks import MapBlocks

ARC = 0.10
"""Relative change of price, down and up, between whose ends an arc elasticity is taken."""
POINT = 1e-4
"""The same at a point: small enough for an error of 1e-8, large enough against rounding."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PriceCurve:
    """Shares over all regions as one price changes and all others stay."""

    name: str
    prices: tuple[float, ...]
    is_tested: tuple[bool, ...]
    """Whether the price is within what people were asked about."""
    shares: Float[np.ndarray, "S prices"]
    line_shares: Float[np.ndarray, "S prices"]
    """Of all our offers together."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Elasticities:
    """By how many percent the shares of `answering` change where a price of `moving` does by one.

    `arc` is taken between 10 % below and above the price, `point` at the price itself. The latter
    means nothing under first choice, where shares jump: it is not a number there.
    """

    moving: tuple[str, ...]
    answering: tuple[str, ...]
    arc: Float[np.ndarray, "S moving answering"]
    point: Float[np.ndarray, "S moving answering"]


def price_curve(
    scenario: Scenario,
    people: People,
    name: str,
    prices: Sequence[float],
    calibrated: Calibrated | None = None,
    *,
    map_blocks: MapBlocks = map,
) -> PriceCurve:
    """Return the share of an offer or rival at each of `prices`.

    Raises
    ------
    KeyError
        If there is no offer or rival called `name`.
    """
    scenario.price_of(name)
    asked = scenario.programme.attributes[scenario.programme.price_attribute].values
    shares = [
        simulate(scenario.priced(name, price), people, calibrated, map_blocks=map_blocks)
        for price in prices
    ]
    return PriceCurve(
        name=name,
        prices=tuple(prices),
        is_tested=tuple(min(asked) <= price <= max(asked) for price in prices),
        shares=np.column_stack([found.of(name) for found in shares]),
        line_shares=np.column_stack([found.of_line() for found in shares]),
    )


def elasticities(
    scenario: Scenario,
    people: People,
    calibrated: Calibrated | None = None,
    *,
    map_blocks: MapBlocks = map,
) -> Elasticities:
    """Return own and cross elasticities of all offers and rivals.

    Notes
    -----
    Of an arc from (p0, s0) to (p1, s1): (s1 - s0) / (s1 + s0) over (p1 - p0) / (p1 + p0), the
    midpoint formula (Allen, Economica 1(2), 1934). At a point: the same over a relative change of
    1e-4 each way, which is p/s ds/dp to about 1e-8. Prices are those before subsidies.
    """
    answering = simulate(scenario, people, calibrated, map_blocks=map_blocks).names
    moving = scenario.names[:-1]

    def over(change: float) -> Float[np.ndarray, "S moving answering"]:
        found = [_arc(scenario, people, calibrated, name, change, map_blocks) for name in moving]
        return np.stack(found, axis=1)

    arc = over(ARC)
    is_smooth = scenario.rule != "first_choice"
    point = over(POINT) if is_smooth else np.full_like(arc, np.nan)
    return Elasticities(moving=moving, answering=answering, arc=arc, point=point)


def _arc(
    scenario: Scenario,
    people: People,
    calibrated: Calibrated | None,
    name: str,
    change: float,
    map_blocks: MapBlocks,
) -> Float[np.ndarray, "S answering"]:
    price = scenario.price_of(name)
    low, high = (
        simulate(
            scenario.priced(name, price * (1.0 + sign * change)),
            people,
            calibrated,
            map_blocks=map_blocks,
        ).overall()
        for sign in (-1.0, 1.0)
    )
    total = high + low
    # Relative to the midpoint, the price changes from 1 - change to 1 + change.
    relative = np.divide(high - low, total, out=np.zeros_like(total), where=total > 0.0)
    return relative / change
