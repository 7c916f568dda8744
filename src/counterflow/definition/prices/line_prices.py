"""Prices of a line: the best given rivals, those that rivals would answer with, and how sure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.definition.candidates import Candidate
from counterflow.definition.feasibility.line_rules import line_rules
from counterflow.definition.offers import fixed_costs
from counterflow.definition.price_slope import check_prices_deter
from counterflow.definition.prices.best_responses import BestResponses, best_responses
from counterflow.definition.prices.conditions import PriceProblem
from counterflow.definition.prices.equilibrium import PriceEquilibrium, equilibrium_prices
from counterflow.definition.prices.line_grids import answers_on_grids
from counterflow.definition.prices.line_market import LineMarkets
from counterflow.definition.prices.market import PricedMarket
from counterflow.definition.prices.prices_in_draws import solved_in_draw, spread_draws
from counterflow.definition.prices.problems import price_problem, share_not_minding
from counterflow.definition.prices.rival_costs import notes_on_held_prices, rival_costs
from counterflow.domain.definition import Interval, Offer
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.rounding import significant
from counterflow.domain.settings import PriceRange
from counterflow.domain.volumes import interval
from counterflow.kernels.blocks import MapBlocks

NearPrices = Callable[[str, float], Sequence[float]]
"""Prices that an offer may have near one that was computed, e.g. those that end in 900."""

STEPS = (0.9, 0.95, 1.0, 1.05, 1.1)
"""Prices of a curve, relative to the best price."""


@dataclass(frozen=True, kw_only=True)
class AtPrices:
    """What the line brings at some prices, over draws."""

    prices: Mapping[str, float]
    """Of the line and of its rivals."""
    profit: Interval
    """Contribution of the line over all regions and periods, after fixed costs."""
    volumes: Mapping[str, Interval]
    """Vehicles of each offer of the line, over all regions and periods."""

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "prices": {name: significant(price) for name, price in self.prices.items()},
            "profit": self.profit.as_dict(),
            "volumes": {name: volume.as_dict() for name, volume in self.volumes.items()},
        }


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """What one offer sells and the whole line earns at another price of that offer."""

    price: float
    volume: Interval
    profit: Interval


@dataclass(frozen=True, kw_only=True)
class LinePrices:
    """The best prices of a line, and the equilibrium with rivals who answer."""

    currency: str
    offers: tuple[str, ...]
    """Of the line; rivals stand beside them in `prices`."""
    now: AtPrices
    """As the definition has them."""
    found: PriceEquilibrium
    """The best prices of the line before they are rounded, rivals' prices held."""
    best: AtPrices
    """At the best prices that are allowed: `found`, with endings where the programme has some."""
    best_by_draw: Mapping[str, Interval]
    """What the best price would be if a draw were the truth."""
    is_better: float
    """Share of draws in which the line earns more at the best prices than now."""
    elasticities: Mapping[str, Mapping[str, Interval]]
    """By how many % the volume of an offer changes (outer) with 1 % of a price (inner)."""
    curves: Mapping[str, tuple[CurvePoint, ...]]
    """Of each offer around its best price."""
    equilibrium: PriceEquilibrium | None
    """Where rivals with known costs answer; None if no rival's cost is known."""
    at_equilibrium: AtPrices | None
    equilibrium_by_draw: Mapping[str, Interval]
    """What the equilibrium prices would be if a draw were the truth."""
    on_grids: BestResponses
    """Where answers to one another end on the prices that shops ask: at rest, or in a cycle."""
    n_draws: int
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return all figures as JSON values."""
        return {
            "currency": self.currency,
            "offers": list(self.offers),
            "n_draws": self.n_draws,
            "now": self.now.as_dict(),
            "best": {
                **self.best.as_dict(),
                "solution": self.found.as_dict(),
                "by_draw": _dicts(self.best_by_draw),
                "probability_of_more_profit_than_now": self.is_better,
            },
            "elasticities": {name: _dicts(row) for name, row in self.elasticities.items()},
            "curves": {
                name: [
                    {
                        "price": significant(point.price),
                        "volume": point.volume.as_dict(),
                        "profit": point.profit.as_dict(),
                    }
                    for point in curve
                ]
                for name, curve in self.curves.items()
            },
            "equilibrium": None
            if self.equilibrium is None or self.at_equilibrium is None
            else {
                **self.at_equilibrium.as_dict(),
                "solution": self.equilibrium.as_dict(),
                "by_draw": _dicts(self.equilibrium_by_draw),
            },
            "on_grids": self.on_grids.as_dict(),
            "notes": list(self.notes),
        }


def line_prices(
    programme: Programme,
    offers: Sequence[Offer],
    part_worths: PartWorths,
    *,
    rival_unit_costs: Mapping[str, float] | None = None,
    near: NearPrices | None = None,
    n_draws: int = 100,
    n_starts: int = 5,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> LinePrices:
    """Return the prices at which a line is expected to earn most, and what rivals would answer.

    Prices stay within `search.prices`, rivals' within what people were asked about. They are best
    for `search.n_buyers` respondent-draws; what they bring is told over `n_draws` whole draws,
    evenly spaced. `rival_unit_costs` adds to, and overrides, `unit_cost` of the competitors;
    rivals without one keep their prices. `near` says which prices near a computed one are allowed,
    those of `search.price_ending` if absent; of these the best are taken.

    Raises
    ------
    InputError
        If prices cannot be set, see `equilibrium_prices`, or people like them high.
    """
    report = report or (lambda *_: None)
    check_prices_deter(programme, part_worths)
    costs = rival_costs(programme, rival_unit_costs or {})
    markets = LineMarkets(programme, offers, part_worths, rival_unit_costs=costs)
    ours = tuple(offer.name for offer in offers)
    answering = tuple(name for name in markets.rivals if name in costs)
    seed = programme.seeds.search
    report(0.0, "finding the best prices")
    pooled = markets.pooled()
    found = equilibrium_prices(
        pooled,
        moving=ours,
        prices=markets.prices,
        n_starts=n_starts,
        seed=seed,
        map_blocks=map_blocks,
    )
    best = _allowed(pooled, found, ours, near or _endings(programme))
    report(0.2, "finding what rivals answer")
    equilibrium = None
    if answering:
        equilibrium = equilibrium_prices(
            pooled,
            moving=(*ours, *answering),
            prices=markets.prices,
            n_starts=n_starts,
            seed=seed,
            map_blocks=map_blocks,
        )
    on_grids = answers_on_grids(programme, offers, pooled, answering, n_starts=n_starts)
    asked = _Asked(markets, ours, (*ours, *answering), markets.prices, best, equilibrium)
    chosen = spread_draws(part_worths.n_draws, n_draws)
    draws: list[_Draw] = []
    for draw in map_blocks(partial(_of_draw, asked), chosen):
        draws.append(draw)
        report(0.3 + 0.7 * len(draws) / len(chosen), f"draw {len(draws)} of {len(chosen)}")
    told = _Told(asked, draws, fixed_costs(programme, offers))
    return LinePrices(
        currency=programme.programme.currency,
        offers=ours,
        now=told.at(0, markets.prices),
        found=found,
        best=told.at(1, best),
        best_by_draw=told.prices_by_draw("best"),
        is_better=told.is_better(1, than=0),
        elasticities=told.elasticities(),
        curves=told.curves(best),
        equilibrium=equilibrium,
        at_equilibrium=told.at(2, equilibrium.prices) if equilibrium else None,
        equilibrium_by_draw=told.prices_by_draw("equilibrium") if equilibrium else {},
        on_grids=on_grids,
        n_draws=len(chosen),
        notes=(
            *_notes(programme, offers, pooled, found, best, equilibrium, costs),
            *_notes_on_grids(on_grids),
        ),
    )


def _endings(programme: Programme) -> NearPrices:
    """Return the prices just below and just above that end as the programme says."""
    ending = programme.search.price_ending

    def near(_offer: str, price: float) -> tuple[float, ...]:
        if ending is None:
            return (price,)
        steps = np.floor((price - ending.ending) / ending.every)
        below = ending.ending + ending.every * float(steps)
        return (round(below, 9), round(below + ending.every, 9))

    return near


def _allowed(
    market: PricedMarket, found: PriceEquilibrium, ours: Sequence[str], near: NearPrices
) -> dict[str, float]:
    """Return the best of the allowed prices near those found, all others as they are."""
    grids = {}
    for name in ours:
        o = market.offers.index(name)
        asked = near(name, found.prices[name])
        within = [price for price in asked if market.least[o] <= price <= market.most[o]]
        grids[name] = within or [found.prices[name]]
    ends = best_responses(market, grids, prices=found.prices).ends
    problem = price_problem(market, moving=ours, prices=found.prices)

    def profit(prices: Mapping[str, float]) -> float:
        earned = problem.conditions(_numbers(market, prices)).profits
        return float(earned[market.numbers_of(ours)].sum())

    return max((dict(end.rounds[0]) for end in ends), key=profit)


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is asked of every draw."""

    markets: LineMarkets
    ours: tuple[str, ...]
    answering: tuple[str, ...]
    """Whose prices move at the equilibrium: the line, and rivals whose costs are known."""
    now: Mapping[str, float]
    best: Mapping[str, float]
    equilibrium: PriceEquilibrium | None

    @property
    def points(self) -> tuple[Mapping[str, float], ...]:
        """Return the prices at which the line is valued."""
        at_equilibrium = (self.equilibrium.prices,) if self.equilibrium else ()
        return (self.now, self.best, *at_equilibrium)


class _Draw(NamedTuple):
    profits: Float[np.ndarray, " points"]
    volumes: Float[np.ndarray, "points ours"]
    best: Float[np.ndarray, " ours"]
    equilibrium: Float[np.ndarray, " answering"]
    elasticities: Float[np.ndarray, "ours O"]
    curve_volumes: Float[np.ndarray, "ours steps"]
    curve_profits: Float[np.ndarray, "ours steps"]


def _of_draw(asked: _Asked, draw: int) -> _Draw:
    market = asked.markets.of_draw(draw)
    n = len(asked.ours)
    problem = price_problem(market, moving=asked.ours, prices=asked.now)
    valued = [_valued(problem, _numbers(market, prices), n) for prices in asked.points]
    best = _numbers(market, asked.best)
    curve = [
        [_valued(problem, _stepped(market, best, o, step), n) for step in STEPS] for o in range(n)
    ]
    return _Draw(
        profits=np.array([profit for profit, _ in valued]),
        volumes=np.array([volumes for _, volumes in valued]),
        best=solved_in_draw(problem, best).prices[:n],
        equilibrium=_equilibrium_of(asked, market),
        elasticities=_elasticities(problem, best)[:n],
        curve_volumes=np.array([[at[1][o] for at in row] for o, row in enumerate(curve)]),
        curve_profits=np.array([[at[0] for at in row] for row in curve]),
    )


def _valued(
    problem: PriceProblem, prices: Float[np.ndarray, " O"], n_ours: int
) -> tuple[float, Float[np.ndarray, " ours"]]:
    found = problem.conditions(prices)
    return float(found.profits[:n_ours].sum()), found.volumes[:n_ours]


def _stepped(
    market: PricedMarket, prices: Float[np.ndarray, " O"], offer: int, step: float
) -> Float[np.ndarray, " O"]:
    moved = prices.copy()
    moved[offer] = np.clip(moved[offer] * step, market.least[offer], market.most[offer])
    return moved


def _equilibrium_of(asked: _Asked, market: PricedMarket) -> Float[np.ndarray, " answering"]:
    if asked.equilibrium is None:
        return np.empty(0)
    problem = price_problem(market, moving=asked.answering, prices=asked.now)
    prices = solved_in_draw(problem, _numbers(market, asked.equilibrium.prices)).prices
    return prices[market.numbers_of(asked.answering)]


def _elasticities(
    problem: PriceProblem, prices: Float[np.ndarray, " O"]
) -> Float[np.ndarray, "O O"]:
    volumes = np.maximum(problem.conditions(prices).volumes, np.finfo(float).tiny)
    return problem.volume_slopes(prices) * prices / volumes[:, None]


@dataclass(frozen=True, eq=False)
class _Told:
    """Intervals over what was found in each draw."""

    asked: _Asked
    draws: Sequence[_Draw]
    fixed_costs: float

    def at(self, point: int, prices: Mapping[str, float]) -> AtPrices:
        profits = self._all("profits")[:, point] - self.fixed_costs
        volumes = self._all("volumes")[:, point]
        return AtPrices(
            prices=dict(prices),
            profit=_interval(profits),
            volumes={n: _interval(volumes[:, o]) for o, n in enumerate(self.asked.ours)},
        )

    def is_better(self, point: int, *, than: int) -> float:
        profits = self._all("profits")
        return float((profits[:, point] > profits[:, than]).mean())

    def prices_by_draw(self, which: str) -> dict[str, Interval]:
        names = self.asked.ours if which == "best" else self.asked.answering
        prices = self._all(which)
        return {name: _interval(prices[:, o]) for o, name in enumerate(names)}

    def elasticities(self) -> dict[str, dict[str, Interval]]:
        found = self._all("elasticities")
        return {
            name: {
                other: _interval(found[:, o, k])
                for k, other in enumerate(self.asked.markets.prices)
            }
            for o, name in enumerate(self.asked.ours)
        }

    def curves(self, best: Mapping[str, float]) -> dict[str, tuple[CurvePoint, ...]]:
        volumes = self._all("curve_volumes")
        profits = self._all("curve_profits") - self.fixed_costs
        bounds = self.asked.markets.bounds
        curves: dict[str, tuple[CurvePoint, ...]] = {}
        for o, name in enumerate(self.asked.ours):
            prices = [float(np.clip(best[name] * step, *bounds[name])) for step in STEPS]
            points = {
                price: CurvePoint(
                    price=price,
                    volume=_interval(volumes[:, o, i]),
                    profit=_interval(profits[:, o, i]),
                )
                for i, price in enumerate(prices)
            }
            curves[name] = tuple(points.values())
        return curves

    def _all(self, part: str) -> Float[np.ndarray, " S *more"]:
        return np.array([getattr(draw, part) for draw in self.draws])


def _notes(
    programme: Programme,
    offers: Sequence[Offer],
    market: PricedMarket,
    found: PriceEquilibrium,
    best: Mapping[str, float],
    equilibrium: PriceEquilibrium | None,
    known_costs: Mapping[str, float],
) -> Iterator[str]:
    """Yield what a reader must know before trusting the prices."""
    yield from found.notes
    yield from equilibrium.notes if equilibrium else ()
    for name, end in found.at_bound.items():
        which = {"least": "lowest", "most": "highest"}[end]
        yield f"{name}: the best price is the {which} that is allowed; one beyond might earn more"
    share = share_not_minding(market)
    if share > 0.0:
        yield (
            f"{share:.1%} of buyers do not mind a higher price somewhere; estimate with "
            'signs = { price = "negative" }, as their answer alone holds such prices up'
        )
    for problem in _rules_broken(programme, offers, best):
        yield f"the best prices break a rule of the line: {problem}"
    yield from notes_on_held_prices(programme, known_costs)
    if any(package.tiers for package in programme.costs.packages.values()) or (
        programme.market.distance is not None
    ):
        yield "fees by volume and rent by distance are at the averages of the line as defined"


def _notes_on_grids(found: BestResponses) -> Iterator[str]:
    """Yield that answers on the grids do not come to rest, or not always at the same prices."""
    cycles = [end for end in found.ends if end.kind == "cycle"]
    if cycles:
        n = sum(end.n_starts for end in cycles)
        rounds = max(len(end.rounds) for end in cycles)
        yield (
            f"on the price grids answers go round for ever from {n} starts, through up to {rounds} "
            "sets of prices: no prices there are an equilibrium that these starts lead to"
        )
    if found.status == "several_equilibria":
        yield f"on the price grids answers end at {len(found.ends)} different sets of prices"
    if found.status == "not_ended":
        yield "on the price grids answers had not come to an end when the search stopped"


def _rules_broken(
    programme: Programme, offers: Sequence[Offer], prices: Mapping[str, float]
) -> tuple[str, ...]:
    line = [
        Candidate(
            configuration=offer.configuration,
            variants=tuple(variant.configuration for variant in offer.variants),
            price=prices[offer.name],
            prices=PriceRange(least=prices[offer.name], most=prices[offer.name], step=1.0),
        )
        for offer in offers
    ]
    return line_rules(programme, line).problems(tuple(range(len(line))))


def _numbers(market: PricedMarket, prices: Mapping[str, float]) -> Float[np.ndarray, " O"]:
    return np.array([prices[name] for name in market.offers])


def _interval(values: Float[np.ndarray, " S"]) -> Interval:
    found = interval(values)
    return Interval(*(significant(x) for x in (found.mean, found.low, found.median, found.high)))


def _dicts(values: Mapping[str, Interval]) -> dict[str, dict[str, float]]:
    return {name: value.as_dict() for name, value in values.items()}
