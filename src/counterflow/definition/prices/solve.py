"""Prices from one start: the zeta fixed point, finished by Newton's method, inside the bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.definition.prices.conditions import Conditions, PriceProblem
from counterflow.domain.errors import InputError, Problem

SCALES = (0.2, 0.4, 0.6, 0.8)
"""Of utility, on the way to 1: among people who hardly mind prices there is one solution."""

_NEAR_ENOUGH = 1e-3
"""Gradient at which a scale on the way is left for the next."""
_ZETA_FIRST = 3
"""Steps of the fixed point before Newton's method is tried, and tried again."""
_PATIENCE = 8
_LEAST_DAMPING = 1.0 / 64.0
_FAR = 1e2
_UNBOUNDED = 1e9
"""Times where it started: a price that came so far has no end."""


@dataclass(frozen=True, kw_only=True)
class Stopping:
    """When a start ends."""

    tolerance: float = 1e-11
    """Largest profit gradient for each vehicle sold; prices are right to about that share of a
    markup."""
    most_steps: int = 300


@dataclass(frozen=True, eq=False)
class Ended:
    """Where one start ended."""

    problem: PriceProblem
    """Bounded by the pieces of prices that it ended in."""
    prices: Float[np.ndarray, " O"]
    conditions: Conditions
    gradient_norm: float
    """The largest projected gradient for each vehicle sold."""
    is_converged: bool
    n_steps: int

    @property
    def is_maximum(self) -> bool:
        """Return whether each firm's profit falls off around its prices, bounds and knots aside."""
        slopes = self.problem.gradient_slopes(self.prices)
        return self.problem.is_maximum(self.prices, slopes)


def solve_from(
    problem: PriceProblem,
    start: Float[np.ndarray, " O"],
    *,
    stopping: Stopping,
    homotopy: bool = False,
) -> Ended:
    """Return the prices that a start leads to.

    With `homotopy`, they are followed from buyers of a fifth of the scale of utility, where
    preferences hardly differ, to buyers as they are.

    Notes
    -----
    The map p -> c + zeta(p), cut to the bounds, until Newton's method on the profit gradient takes
    over: that counts only where each firm's Hessian is negative definite, for it would go to
    minima too, and where it lowers the gradient (Morrow and Skerlos, Operations Research 59(2),
    2011, section 4). Where slopes jump at knots the prices move from one piece to the next, and
    stay at a knot where profit falls on both sides.

    Raises
    ------
    InputError
        If a price without upper bound rises without end.
    """
    prices = problem.within(start)
    steps = 0
    # People who hardly mind prices may be asked any: what rises without end is cut on the way.
    cut = replace(problem, most=np.minimum(problem.most, _FAR * (1.0 + np.abs(prices))))
    rough = Stopping(tolerance=_NEAR_ENOUGH, most_steps=stopping.most_steps)
    for scale in SCALES if homotopy else ():
        ended = _across_pieces(cut, prices, rough, scale)
        prices, steps = ended.prices, steps + ended.n_steps
    ended = _across_pieces(problem, prices, stopping, 1.0)
    return replace(ended, n_steps=ended.n_steps + steps)


def _across_pieces(
    problem: PriceProblem, start: Float[np.ndarray, " O"], stopping: Stopping, scale: float
) -> Ended:
    """Return the end of the climb through pieces of prices between which slopes jump."""
    pieces = _Pieces(problem)
    if not pieces.has_knots:
        return _climb(problem, start, stopping, scale)
    at, prices, steps = pieces.containing(start), start, 0
    for _ in range(stopping.most_steps):
        ended = _climb(pieces.problem(at), prices, stopping, scale)
        prices, steps = ended.prices, steps + ended.n_steps
        moved = pieces.next(at, prices, scale)
        if not ended.is_converged or (moved == at).all():
            break
        at = moved
    return replace(ended, n_steps=steps)


class _Point(NamedTuple):
    prices: Float[np.ndarray, " O"]
    conditions: Conditions
    norm: float
    """The largest gradient for each vehicle sold that still moves a price."""


def _climb(
    problem: PriceProblem, start: Float[np.ndarray, " O"], stopping: Stopping, scale: float
) -> Ended:
    best = here = _point(problem, problem.within(start), scale)
    damping, not_better, newton_from, step = 1.0, 0, _ZETA_FIRST, 0
    while best.norm > stopping.tolerance and step < stopping.most_steps:
        step += 1
        if step > newton_from:
            tried = _newton(problem, here, scale)
            if tried is not None and tried.norm < here.norm:
                best = here = tried
                continue
            # Too far away still: leave it to the fixed point for a while.
            newton_from = step + _ZETA_FIRST
        zeta = here.prices + damping * here.conditions.zeta_step
        _check_bounded(problem, zeta, start)
        here = _point(problem, problem.within(np.where(problem.moves, zeta, start)), scale)
        not_better = 0 if here.norm < best.norm else not_better + 1
        best = min(best, here, key=lambda point: point.norm)
        if not_better == _PATIENCE:
            # The map goes back and forth where it is no contraction; shorter steps are.
            damping, not_better = max(damping / 2.0, _LEAST_DAMPING), 0
    return Ended(
        problem=problem,
        prices=best.prices,
        conditions=best.conditions,
        gradient_norm=best.norm,
        is_converged=best.norm <= stopping.tolerance,
        n_steps=step,
    )


def _point(problem: PriceProblem, prices: Float[np.ndarray, " O"], scale: float) -> _Point:
    found = problem.conditions(prices, scale)
    gradient = problem.projected(prices, found.relative_gradient)
    return _Point(prices, found, float(np.abs(gradient).max(initial=0.0)))


def _newton(problem: PriceProblem, here: _Point, scale: float) -> _Point | None:
    """Return where one Newton step leads, or None where profit is not concave around here."""
    prices, gradient = here.prices, here.conditions.gradient
    inside = (prices > problem.least) & (prices < problem.most)
    moving = inside | (problem.projected(prices, gradient) != 0.0)
    active = np.flatnonzero(problem.moves & moving)
    slopes = problem.gradient_slopes(prices, scale)
    if not len(active) or not problem.is_maximum(prices, slopes):
        return None
    try:
        step = np.linalg.solve(slopes[np.ix_(active, active)], -gradient[active])
    except np.linalg.LinAlgError:
        return None
    moved = prices.copy()
    moved[active] += step
    return _point(problem, problem.within(moved), scale)


def _check_bounded(
    problem: PriceProblem, prices: Float[np.ndarray, " O"], start: Float[np.ndarray, " O"]
) -> None:
    open_ended = problem.moves & np.isinf(problem.most)
    far = _UNBOUNDED * (1.0 + np.abs(start))
    rising = np.flatnonzero(open_ended & ~(prices < far))
    if len(rising):
        raise InputError(
            [
                Problem(
                    expected=f"a highest price for {problem.market.offers[offer]}",
                    found=f"none, and a profit that still rises at {prices[offer]:.3g}",
                    advice="Set `most` to the highest price that was asked about.",
                )
                for offer in rising.tolist()
            ]
        )


class _Pieces:
    """The pieces of each offer's prices within which slopes do not jump, by number."""

    def __init__(self, problem: PriceProblem) -> None:
        self._problem = problem
        market = problem.market
        self._edges = [
            [
                problem.least[offer],
                *(
                    knot
                    for knot in market.knots_of(offer).tolist()
                    if problem.moves[offer] and problem.least[offer] < knot < problem.most[offer]
                ),
                problem.most[offer],
            ]
            for offer in range(len(market.offers))
        ]

    @property
    def has_knots(self) -> bool:
        return any(len(edges) > 2 for edges in self._edges)

    def containing(self, prices: Float[np.ndarray, " O"]) -> np.ndarray:
        """Return the piece of each price."""
        return np.array(
            [
                sum(edge <= price for edge in edges[1:-1])
                for edges, price in zip(self._edges, prices, strict=True)
            ]
        )

    def problem(self, at: np.ndarray) -> PriceProblem:
        """Return the problem bounded by these pieces."""
        ends = [list(pairwise(edges))[i] for edges, i in zip(self._edges, at, strict=True)]
        least, most = np.array(ends, dtype=float).T
        return replace(self._problem, least=least, most=most)

    def next(self, at: np.ndarray, prices: Float[np.ndarray, " O"], scale: float) -> np.ndarray:
        """Return the pieces with one price moved on, if profit rises beyond the knot it is at."""
        for offer in np.flatnonzero(self._problem.moves).tolist():
            edges = self._edges[offer]
            for towards, knot in ((-1, edges[at[offer]]), (1, edges[at[offer] + 1])):
                beyond = at.copy()
                beyond[offer] += towards
                if prices[offer] != knot or not 0 <= beyond[offer] < len(edges) - 1:
                    continue
                gradient = self.problem(beyond).conditions(prices, scale).gradient[offer]
                if towards * gradient > 0.0:
                    return beyond
        return at
