"""Equilibrium: prices from which no firm wants to move, found from several starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from counterflow.definition.prices.conditions import PriceProblem
from counterflow.definition.prices.market import PricedMarket
from counterflow.definition.prices.problems import price_problem
from counterflow.definition.prices.solve import Ended, Stopping, solve_from
from counterflow.domain.random_streams import random_stream
from counterflow.domain.rounding import significant
from counterflow.kernels.blocks import MapBlocks

Status = Literal["converged", "at_bound", "not_converged", "several_equilibria"]

_SAME = 1e-6
"""Prices that differ by less, as a share of themselves, are the same."""


@dataclass(frozen=True, kw_only=True)
class PriceEquilibrium:
    """Prices from which no firm gains by a small step, nor by a jump towards another start.

    `status` is "converged" where every profit gradient is zero, "at_bound" where a price would
    leave its bounds if it could (`at_bound` says which, and which way), "several_equilibria" where
    starts ended at different equilibria among several firms (`others` lists them), and
    "not_converged" where no start reached a maximum; the prices are then the nearest to one.

    Where one firm sets all prices that move, the prices are the most profitable that any start
    reached, and `others` are local optima that earn less.
    """

    status: Status
    prices: Mapping[str, float]
    """By offer, those that were held as well."""
    moved: tuple[str, ...]
    """The offers whose prices were set."""
    volumes: Mapping[str, float]
    """Sum of weights times share, by offer."""
    markups: Mapping[str, float]
    """How far each price that moved lies above what a vehicle costs, on average of its variants."""
    profits: Mapping[str, float]
    """By firm, of those whose prices moved."""
    gradient_norm: float
    """The largest slope of a profit by a price, for each vehicle sold, bounds aside."""
    at_bound: Mapping[str, Literal["least", "most"]]
    is_maximum: bool
    """Whether each firm's profit falls off around its prices, bounds aside."""
    n_starts: int
    n_starts_at_it: int
    """How many of the starts led to these prices."""
    n_steps: int
    """Of the start that led here."""
    others: tuple[Mapping[str, float], ...] = ()
    notes: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Return the equilibrium as JSON values."""
        return {
            "status": self.status,
            "prices": _rounded(self.prices),
            "moved": list(self.moved),
            "volumes": _rounded(self.volumes),
            "markups": _rounded(self.markups),
            "profits": _rounded(self.profits),
            "gradient_norm": self.gradient_norm,
            "at_bound": dict(self.at_bound),
            "is_maximum": self.is_maximum,
            "n_starts": self.n_starts,
            "n_starts_at_it": self.n_starts_at_it,
            "n_steps": self.n_steps,
            "others": [_rounded(prices) for prices in self.others],
            "notes": list(self.notes),
        }


def equilibrium_prices(
    market: PricedMarket,
    *,
    ownership: Float[np.ndarray, "O O"] | None = None,
    moving: Sequence[str] | None = None,
    prices: Mapping[str, float] | None = None,
    n_starts: int = 5,
    seed: int = 0,
    stopping: Stopping | None = None,
    map_blocks: MapBlocks = map,
) -> PriceEquilibrium:
    """Return the Nash equilibrium in prices of the market's firms.

    `ownership[j, l]` is what part of the profit on offer l counts for who sets the price of offer
    j; 1 within a firm and 0 across firms if absent, all ones for a monopoly. Only the offers
    `moving` are repriced, all of them if absent; the others keep their `prices`. Prices that are
    given for offers that move are where the first start begins.

    Raises
    ------
    InputError
        With every problem: a cost that is missing, bounds that cross, a price coefficient that is
        not negative or a profit that rises without end where no highest price is set.

    Examples
    --------
    One offer that costs 1 and is as good as the outside option at a price of 4; with a price
    coefficient of -1 its best markup m solves m = 1 + exp(3 - m), 2.56:

    >>> from counterflow.definition.prices.market import priced_market
    >>> market = priced_market(np.array([[4.0]]), np.array([[-1.0]]), np.array([1.0]))
    >>> found = equilibrium_prices(market)
    >>> found.status, round(found.markups["offer_0"], 2)
    ('converged', 2.56)
    """
    problem = price_problem(
        market, ownership=ownership, moving=moving, prices=prices, map_blocks=map_blocks
    )
    stopping = stopping or Stopping()
    starts = _starts(problem, prices or {}, n_starts=n_starts, seed=seed)
    # The first start is the one that homotopy leads to, the others begin where they are put.
    ends = [
        solve_from(problem, start, stopping=stopping, homotopy=i == 0)
        for i, start in enumerate(starts)
    ]
    return _told(problem, ends, starts)


def _starts(
    problem: PriceProblem, prices: Mapping[str, float], *, n_starts: int, seed: int
) -> list[Float[np.ndarray, " O"]]:
    """Return prices to start from: as given or by a rule of thumb, then all over the bounds."""
    typical = _typical_markups(problem)
    costs = _mean_costs(problem.market)
    first = np.array(
        [
            prices.get(name, cost + markup)
            for name, cost, markup in zip(problem.market.offers, costs, typical, strict=True)
        ]
    )
    high = np.where(np.isfinite(problem.most), problem.most, costs + 4.0 * typical)
    low = np.maximum(problem.least, np.minimum(costs, high))
    stream = random_stream(seed, "starting prices")
    reach = [0.0, 1.0, *stream.random(max(0, n_starts - 3)).tolist()]
    starts = [first]
    for share in reach[: n_starts - 1]:
        # A part of its own for each offer, but for the corners.
        parts = share if share in (0.0, 1.0) else stream.random(len(first))
        starts.append(np.where(problem.moves, low + parts * (high - low), first))
    return starts


def _typical_markups(problem: PriceProblem) -> Float[np.ndarray, " O"]:
    """Return 1 over the mean size of buyers' price coefficients: the markup of a small offer."""
    market = problem.market
    prices = np.where(
        np.isfinite(problem.most), (problem.least + problem.most) / 2.0, _mean_costs(market) + 1.0
    )
    slope, weight = np.zeros(len(market.extra)), 0.0
    for region in market.regions:
        coefficients = region.buyers.weights @ region.buyers.coefficients
        slope += coefficients @ market.terms(region, prices, prices).slopes
        weight += region.buyers.weights.sum()
    least = np.array([(-slope[market.offer_of == o] / weight).max() for o in range(len(prices))])
    return 1.0 / np.maximum(least, 1e-12)


def _mean_costs(market: PricedMarket) -> Float[np.ndarray, " O"]:
    """Return the cost of each offer above its variants' extra prices, 0 where it is not known."""
    net = np.nan_to_num(market.unit_costs - market.extra, nan=0.0)
    n = np.bincount(market.offer_of, minlength=len(market.offers))
    return np.bincount(market.offer_of, weights=net, minlength=len(market.offers)) / n


def _told(
    problem: PriceProblem, ends: Sequence[Ended], starts: Sequence[Float[np.ndarray, " O"]]
) -> PriceEquilibrium:
    good = [end for end in ends if end.is_converged and end.is_maximum]
    distinct: list[Ended] = []
    for end in good:
        if not any(_is_same(end, other) for other in distinct):
            distinct.append(end)
    is_alone = len(problem.setters) == 1
    left: list[Ended] = []
    if is_alone:
        distinct.sort(key=lambda end: -_profit_of(problem, problem.setters[0], end))
    else:
        # Towards the lowest and the highest prices; where starts disagree, towards all of them.
        where = starts[1:] if len(distinct) > 1 else starts[1:3]
        towards = [*where, *(end.prices for end in distinct)]
        left = [end for end in distinct if _is_left(problem, end, towards)]
        distinct = [end for end in distinct if end not in left]
    best = distinct[0] if distinct else min(left or ends, key=lambda end: end.gradient_norm)
    at_bound = _at_bound(problem, best)
    status: Status = "at_bound" if at_bound else "converged"
    if not distinct:
        status = "not_converged"
    elif len(distinct) > 1 and not is_alone:
        status = "several_equilibria"
    return _equilibrium(
        problem,
        best,
        status=status,
        at_bound=at_bound if distinct else {},
        others=distinct[1:],
        n_starts=len(ends),
        n_starts_at_it=sum(_is_same(end, best) for end in good),
    )


def _equilibrium(
    problem: PriceProblem,
    best: Ended,
    *,
    status: Status,
    at_bound: Mapping[str, Literal["least", "most"]],
    others: Sequence[Ended],
    n_starts: int,
    n_starts_at_it: int,
) -> PriceEquilibrium:
    market, found = problem.market, best.conditions
    moved = np.flatnonzero(problem.moves).tolist()
    sellers = {market.firms[offer] for offer in moved}
    return PriceEquilibrium(
        status=status,
        prices=_by_name(market, best.prices),
        moved=tuple(market.offers[offer] for offer in moved),
        volumes=_by_name(market, found.volumes),
        markups={
            market.offers[offer]: float(found.profits[offer] / max(found.volumes[offer], 1e-300))
            for offer in moved
        },
        profits={
            firm: float(found.profits[np.array(market.firms) == firm].sum())
            for firm in dict.fromkeys(market.firms)
            if firm in sellers
        },
        gradient_norm=best.gradient_norm,
        at_bound=at_bound,
        is_maximum=best.is_maximum,
        n_starts=n_starts,
        n_starts_at_it=n_starts_at_it,
        n_steps=best.n_steps,
        others=tuple(_by_name(market, end.prices) for end in others),
        notes=_notes(best, status, len(others)),
    )


def _notes(best: Ended, status: Status, n_others: int) -> tuple[str, ...]:
    if status == "not_converged" and best.is_converged and best.is_maximum:
        return ("wherever starts ended, some firm gains by a jump: ask best responses on a grid",)
    if status == "not_converged" and best.is_converged:
        return ("profit does not slope here, but this is no maximum; try more starts",)
    if status == "not_converged":
        norm = f"{best.gradient_norm:.2g}"
        return (f"no start came to rest; the least profit gradient left is {norm} a vehicle",)
    if status == "several_equilibria":
        return (f"starts ended at {n_others + 1} different equilibria; this is one of them",)
    if n_others:
        return (f"starts ended at {n_others} other local optima, which earn less",)
    return ()


def _is_same(one: Ended, other: Ended) -> bool:
    size = np.maximum(np.abs(one.prices), np.abs(other.prices)) + 1e-12
    return bool((np.abs(one.prices - other.prices) <= _SAME * size).all())


def _profit_of(problem: PriceProblem, offers: Sequence[int], end: Ended) -> float:
    """Return the profit of who sets the prices of these offers."""
    return float(problem.ownership[offers[0]] @ end.conditions.profits)


def _is_left(problem: PriceProblem, end: Ended, towards: Sequence[Float[np.ndarray, " O"]]) -> bool:
    """Return whether some firm earns more by a jump towards other prices of its own.

    Where profit has several peaks, a firm can be at a lower one: no small step gains, a jump does.
    """
    for other in towards:
        if other is end.prices:
            continue
        for offers in problem.setters:
            alone = np.isin(np.arange(len(end.prices)), offers)
            jumped = solve_from(
                replace(problem, moves=alone),
                np.where(alone, other, end.prices),
                stopping=Stopping(tolerance=1e-4),
            )
            profit = _profit_of(problem, offers, end)
            if _profit_of(problem, offers, jumped) > profit + _SAME * abs(profit):
                return True
    return False


def _at_bound(problem: PriceProblem, end: Ended) -> dict[str, Literal["least", "most"]]:
    found: dict[str, Literal["least", "most"]] = {}
    for offer in np.flatnonzero(problem.moves).tolist():
        name = problem.market.offers[offer]
        if end.prices[offer] <= problem.least[offer]:
            found[name] = "least"
        elif end.prices[offer] >= problem.most[offer]:
            found[name] = "most"
    return found


def _by_name(market: PricedMarket, values: Float[np.ndarray, " O"]) -> dict[str, float]:
    return dict(zip(market.offers, map(float, values), strict=True))


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: significant(value) for name, value in values.items()}
