"""Best responses: firms that answer one another on price grids, until nobody moves, or for ever.

Prices in shops end in 900 or 990: the game that is played is one of grids, and such a game need
not have an equilibrium. Then answers go round in a cycle, and the cycle is the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from counterflow.definition.prices.market import PricedMarket
from counterflow.definition.prices.problems import check_prices
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.random_streams import random_stream
from counterflow.kernels.markups import PriceOdds, odds_by_price, responses

_MOST_ROUNDS = 1000
_MOST_PASSES = 1000


@dataclass(frozen=True, kw_only=True)
class GridEnd:
    """Where answers ended: one set of prices from which nobody moves, or those of a cycle."""

    kind: Literal["equilibrium", "cycle", "not_ended"]
    rounds: tuple[Mapping[str, float], ...]
    """Prices after each round of the cycle; a single set at an equilibrium."""
    n_starts: int
    """How many starts ended here."""


@dataclass(frozen=True, kw_only=True)
class BestResponses:
    """All ends that some start reached, those reached most often first."""

    ends: tuple[GridEnd, ...]

    @property
    def status(self) -> Literal["equilibrium", "several_equilibria", "cycle", "not_ended"]:
        """Return how the game ends: in one way, in several, or not at all."""
        kinds = {end.kind for end in self.ends}
        if "not_ended" in kinds:
            return "not_ended"
        if "cycle" in kinds:
            return "cycle"
        return "equilibrium" if len(self.ends) == 1 else "several_equilibria"

    def as_dict(self) -> dict[str, Any]:
        """Return the ends as JSON values."""
        return {
            "status": self.status,
            "ends": [
                {
                    "kind": end.kind,
                    "rounds": [dict(prices) for prices in end.rounds],
                    "n_starts": end.n_starts,
                }
                for end in self.ends
            ],
        }


def best_responses(
    market: PricedMarket,
    grids: Mapping[str, Sequence[float]],
    *,
    prices: Mapping[str, float] | None = None,
    ownership: Float[np.ndarray, "O O"] | None = None,
    n_starts: int = 5,
    seed: int = 0,
) -> BestResponses:
    """Return where firms end that answer one another in turn, each price from its offer's grid.

    Firms move in the order of the market. A firm changes one price at a time, to the best on its
    grid while all others stay, until no single change earns it more; so with several offers its
    answer is one that no single price improves. Offers without a grid keep their `prices`. Starts
    are the lowest prices, the highest, and random ones.

    Raises
    ------
    InputError
        With every problem: costs that are missing, prices that are missing, empty grids.

    Examples
    --------
    One offer that costs 1 and sells less the dearer it is, at prices 2 to 5 (best: 3.56):

    >>> from counterflow.definition.prices.market import priced_market
    >>> market = priced_market(np.array([[4.0]]), np.array([[-1.0]]), np.array([1.0]))
    >>> best_responses(market, {"offer_0": [2.0, 3.0, 4.0, 5.0]}).ends[0].rounds
    ({'offer_0': 4.0},)
    """
    owned = market.ownership if ownership is None else np.asarray(ownership, dtype=float)
    game = _Game.of(market, grids, prices or {}, owned)
    found: dict[tuple[bytes, ...], tuple[GridEnd, int]] = {}
    for start in game.starts(n_starts, seed):
        kind, rounds = game.play(start)
        end = GridEnd(kind=kind, rounds=tuple(map(game.named, rounds)), n_starts=1)
        # A cycle is the same wherever one steps into it.
        key = tuple(sorted(asked.tobytes() for asked in rounds))
        known, n = found.get(key, (end, 0))
        found[key] = (known, n + 1)
    ends = [GridEnd(kind=end.kind, rounds=end.rounds, n_starts=n) for end, n in found.values()]
    return BestResponses(ends=tuple(sorted(ends, key=lambda end: -end.n_starts)))


@dataclass(frozen=True, eq=False)
class _Game:
    market: PricedMarket
    grids: tuple[tuple[float, ...], ...]
    """Of each offer; one price where it stays."""
    ownership: Float[np.ndarray, "O O"]
    odds: PriceOdds

    @classmethod
    def of(
        cls,
        market: PricedMarket,
        grids: Mapping[str, Sequence[float]],
        prices: Mapping[str, float],
        ownership: Float[np.ndarray, "O O"],
    ) -> _Game:
        empty = [Problem("prices", "none", key=name) for name, grid in grids.items() if not grid]
        if empty:
            raise InputError(empty)
        bounded = _within(market, grids)
        check_prices(bounded, ownership, tuple(grids), prices)
        each = tuple(
            tuple(sorted(set(grids[name]))) if name in grids else (prices[name],)
            for name in market.offers
        )
        return cls(market, each, ownership, _odds(market, each))

    def starts(self, n_starts: int, seed: int) -> list[Int[np.ndarray, " O"]]:
        """Return prices by their numbers: all lowest, all highest, then random ones."""
        sizes = np.array([len(grid) for grid in self.grids])
        stream = random_stream(seed, "starting grid prices")
        ends = [np.zeros_like(sizes), sizes - 1]
        return [*ends, *(stream.integers(sizes) for _ in range(n_starts - 2))][:n_starts]

    def play(
        self, start: Int[np.ndarray, " O"]
    ) -> tuple[Literal["equilibrium", "cycle", "not_ended"], list[Int[np.ndarray, " O"]]]:
        """Return how rounds of answers end, and the prices after each round of the end."""
        rounds = [start]
        seen = {start.tobytes(): 0}
        for _ in range(_MOST_ROUNDS):
            asked = self._round(rounds[-1])
            if asked.tobytes() in seen:
                end = rounds[seen[asked.tobytes()] :]
                return ("equilibrium" if len(end) == 1 else "cycle"), end
            seen[asked.tobytes()] = len(rounds)
            rounds.append(asked)
        return "not_ended", rounds[-1:]

    def named(self, asked: Int[np.ndarray, " O"]) -> dict[str, float]:
        """Return the prices by offer."""
        return {
            name: grid[t]
            for name, grid, t in zip(self.market.offers, self.grids, asked.tolist(), strict=True)
        }

    def _round(self, asked: Int[np.ndarray, " O"]) -> Int[np.ndarray, " O"]:
        """Return the prices after each firm has answered once."""
        asked = asked.copy()
        for firm in dict.fromkeys(self.market.firms):
            offers = [o for o, owner in enumerate(self.market.firms) if owner == firm]
            for _ in range(_MOST_PASSES):
                if not sum(self._improve(asked, offer) for offer in offers):
                    break
        return asked

    def _improve(self, asked: Int[np.ndarray, " O"], offer: int) -> bool:
        """Change the price of an offer to the best on its grid; return whether it changed."""
        n = len(self.grids[offer])
        profit = responses(self.odds, asked, offer=offer, ownership=self.ownership[offer])[:n]
        best = int(profit.argmax())
        # A tie to the last digits is no reason to move: it would look like a cycle.
        if profit[best] <= profit[asked[offer]] + 1e-12 * abs(profit[best]):
            return False
        asked[offer] = best
        return True


def _within(market: PricedMarket, grids: Mapping[str, Sequence[float]]) -> PricedMarket:
    """Return the market with each price bounded by its grid."""
    least, most = market.least.copy(), market.most.copy()
    for offer, name in enumerate(market.offers):
        if name in grids:
            least[offer], most[offer] = min(grids[name]), max(grids[name])
    return replace(market, least=least, most=most)


def _odds(market: PricedMarket, grids: Sequence[Sequence[float]]) -> PriceOdds:
    """Return what each offer means to all buyers at each price of its grid."""
    n_prices = max(map(len, grids))
    # Short grids repeat their last price, which nobody asks for by those numbers.
    table = np.array([[grid[min(t, len(grid) - 1)] for grid in grids] for t in range(n_prices)])
    found = [
        odds_by_price(
            region.buyers,
            np.array([market.terms(region, prices, prices).values for prices in table]),
            np.array([market.margins(region, prices) for prices in table]),
            market.offer_of,
            len(market.offers),
        )
        for region in market.regions
    ]
    return PriceOdds(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
