"""What a feature is worth in a market: in price at an unchanged share, and at re-optimised prices.

Willingness to pay as a ratio of coefficients (`choice.willingness_to_pay`) says what a person would
pay were there nothing else to buy. In a market rivals cap it, and they answer with their prices:
its worth to the seller is what prices and profit are with it against without (Allenby, Brazell,
Howell and Rossi, Quantitative Marketing and Economics 12, 2014).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import brentq

from counterflow.definition.simulator.calibration import Calibrated
from counterflow.definition.simulator.people import People
from counterflow.definition.simulator.scenario import Scenario
from counterflow.definition.simulator.simulate import simulate
from counterflow.kernels.blocks import MapBlocks

_TIMES = 4.0
"""How far below the lowest and above the highest price asked about a price is looked for."""
_STEP = 1.25
"""Factor between the prices that are tried to begin with."""


class Repriced(NamedTuple):
    """Prices that firms settle on in one draw, and what our line then earns."""

    prices: Mapping[str, float]
    profit: float
    """Of the line over all regions and periods, after fixed costs."""
    at_bound: tuple[str, ...] = ()
    """Our offers whose price is the lowest or the highest that is allowed."""
    is_converged: bool = True


Reprice = Callable[[int], Repriced]
"""Finds the prices of a scenario in a draw: best responses, or those of a monopolist."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FixedPriceValue:
    """How much dearer an offer can be with a feature and sell as many; all else stays."""

    offer: str
    price_difference: Float[np.ndarray, " S"]
    is_bounded: Bool[np.ndarray, " S"]
    """Whether no price from a quarter of the lowest to four times the highest asked about does
    it: the difference is then that to the end of this range."""


@dataclass(frozen=True, eq=False, kw_only=True)
class EquilibriumValue:
    """What prices and profit are with a feature less what they are without, re-optimised."""

    offer: str
    draws: tuple[int, ...]
    """The draws that were looked at."""
    price_difference: Float[np.ndarray, " D"]
    profit_difference: Float[np.ndarray, " D"]
    is_bounded: Bool[np.ndarray, " D"]
    """Whether the offer's price is at an end of what is allowed, with the feature or without: it
    would move further if it could, so that the difference of prices is not the feature's alone."""
    is_converged: Bool[np.ndarray, " D"]
    """Whether prices came to rest in both."""


def fixed_price_value(
    with_feature: Scenario,
    without_feature: Scenario,
    people: People,
    offer: str,
    calibrated: Calibrated | None = None,
    *,
    map_blocks: MapBlocks = map,
) -> FixedPriceValue:
    """Return the price at which as many take the offer with the feature as without, less its price.

    The two scenarios differ in the offer's levels; the price without is that of `without_feature`.
    Each draw has its own answer. Under first choice shares jump, and the price is that of the jump.
    """
    work = partial(_of_draw, with_feature, without_feature, people, offer, calibrated)
    found = list(map_blocks(work, range(people.n_draws)))
    return FixedPriceValue(
        offer=offer,
        price_difference=np.array([difference for difference, _ in found]),
        is_bounded=np.array([is_bounded for _, is_bounded in found]),
    )


def equilibrium_value(
    with_feature: Reprice,
    without_feature: Reprice,
    offer: str,
    *,
    draws: Sequence[int],
    map_blocks: MapBlocks = map,
) -> EquilibriumValue:
    """Return how price and profit differ between two scenarios once prices are set anew.

    Whose prices move is for the two functions to decide; both are asked in each of the draws.
    """
    found = list(map_blocks(lambda s: (with_feature(s), without_feature(s)), draws))
    return EquilibriumValue(
        offer=offer,
        draws=tuple(draws),
        price_difference=np.array([a.prices[offer] - b.prices[offer] for a, b in found]),
        profit_difference=np.array([a.profit - b.profit for a, b in found]),
        is_bounded=np.array([offer in (*a.at_bound, *b.at_bound) for a, b in found]),
        is_converged=np.array([a.is_converged and b.is_converged for a, b in found]),
    )


def _of_draw(
    with_feature: Scenario,
    without_feature: Scenario,
    people: People,
    offer: str,
    calibrated: Calibrated | None,
    draw: int,
) -> tuple[float, bool]:
    """Return the difference of prices in one draw, and whether it is only a bound."""
    of_draw, moved = people.only(draw), (calibrated or Calibrated()).only(draw)
    wanted = float(simulate(without_feature, of_draw, moved).of(offer)[0])

    def excess(price: float) -> float:
        return (
            float(simulate(with_feature.priced(offer, price), of_draw, moved).of(offer)[0]) - wanted
        )

    programme, before = with_feature.programme, without_feature.price_of(offer)
    asked = programme.attributes[programme.price_attribute].values
    bounds = min(asked) / _TIMES, max(asked) * _TIMES
    low, high = _bracket(excess, before, bounds)
    if low == high:
        return low - before, True
    return float(brentq(excess, low, high, xtol=1e-9 * high)) - before, False


def _bracket(
    excess: Callable[[float], float], price: float, bounds: tuple[float, float]
) -> tuple[float, float]:
    """Return two prices between which `excess` changes sign, or twice the bound it does not reach.

    The way leads outward from `price`, so that no price is tried that nobody would ask.
    """
    least, most = min(bounds[0], price), max(bounds[1], price)
    is_above = excess(price) > 0.0
    here = price
    while here != (end := most if is_above else least):
        further = min(here * _STEP, end) if is_above else max(here / _STEP, end)
        if (excess(further) > 0.0) != is_above:
            return min(here, further), max(here, further)
        here = further
    return here, here
