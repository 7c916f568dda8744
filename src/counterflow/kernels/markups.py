"""Markups: how shares answer to prices, and what prices must satisfy to earn most.

Buyers are rows. An alternative's utility is `utility + coefficients @ terms`, relative to that of
everything whose price is not asked about; `terms` are what its price enters by, the same for all
buyers. A single term equal to the price gives each buyer one price coefficient; a term for each
alternative, zero for the others, gives one for each buyer and alternative; more terms make it
piecewise linear in the price.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.compiled import markups as compiled

_BUYERS_AT_ONCE = 4096
"""Buyers in a block of work: their number alone decides how sums are taken."""

_LEAST_SLOPE = 1e-300
"""Shares that underflow have no slope to divide by."""


class PricedBuyers(NamedTuple):
    """B buyers and A alternatives; `weights` say how many people each buyer stands for."""

    utility: Float[np.ndarray, "B A"]
    """Without the price, relative to the rest of the market; minus infinity if not sold."""
    coefficients: Float[np.ndarray, "B terms"]
    weights: Float[np.ndarray, " B"]


class PriceTerms(NamedTuple):
    """What prices are in utility, with the first and second derivatives by the price."""

    values: Float[np.ndarray, "terms A"]
    slopes: Float[np.ndarray, "terms A"]
    curvatures: Float[np.ndarray, "terms A"]


class ShareSlopes(NamedTuple):
    """Sums over buyers: how many take each alternative, and how that answers to prices.

    The slope of shares by prices is `diag(own) - cross`: row the share, column the price.
    """

    shares: Float[np.ndarray, " A"]
    own: Float[np.ndarray, " A"]
    cross: Float[np.ndarray, "A A"]

    def __add__(self, other: ShareSlopes) -> ShareSlopes:  # type: ignore[override]
        """Return the sums over the buyers of both."""
        return ShareSlopes(*(mine + its for mine, its in zip(self, other, strict=True)))


def linear_price(prices: Float[np.ndarray, " A"]) -> PriceTerms:
    """Return the single term that is the price itself."""
    values = np.asarray(prices, dtype=np.float64)[None, :]
    return PriceTerms(values, np.ones_like(values), np.zeros_like(values))


def share_slopes(
    buyers: PricedBuyers, terms: PriceTerms, *, scale: float = 1.0, map_blocks: MapBlocks = map
) -> ShareSlopes:
    """Return shares and their slopes by price, as sums over buyers times weights.

    `scale` multiplies utility, price included: below 1 people are less decided.

    Notes
    -----
    With s[b, j] the logit share and a[b, j] = du[b, j] / dp[j],

        S[j] = sum over b of w[b] s[b, j],
        own[j] = sum over b of w[b] a[b, j] s[b, j],
        cross[j, l] = sum over b of w[b] a[b, l] s[b, j] s[b, l],

    and dS/dp = diag(own) - cross (Morrow and Skerlos, Operations Research 59(2), 2011, section 2:
    their Lambda and Gamma).

    Examples
    --------
    One buyer, for whom the alternative at price 2 is as good as the rest:

    >>> buyer = PricedBuyers(np.array([[1.0]]), np.array([[-0.5]]), np.ones(1))
    >>> share_slopes(buyer, linear_price(np.array([2.0])))
    ShareSlopes(shares=array([0.5]), own=array([-0.25]), cross=array([[-0.125]]))
    """
    work = partial(_share_slopes_of_block, buyers, terms, scale)
    total, *others = map_blocks(work, list(_blocks(len(buyers.weights))))
    for other in others:
        total = total + other
    return total


def profit_gradient(
    slopes: ShareSlopes, ownership: Float[np.ndarray, "A A"], margins: Float[np.ndarray, " A"]
) -> Float[np.ndarray, " A"]:
    """Return the slope by each price of the profit of those who set it.

    `ownership[j, l]` is what part of the profit on alternative l counts for who sets the price of
    alternative j; `margins` are price less unit cost.

    Notes
    -----
    dProfit/dp[j] = S[j] + own[j] m[j] - sum over l of O[j, l] cross[l, j] m[l].
    """
    return slopes.shares + slopes.own * margins - (ownership * slopes.cross.T) @ margins


def zeta_markups(
    slopes: ShareSlopes, ownership: Float[np.ndarray, "A A"], margins: Float[np.ndarray, " A"]
) -> Float[np.ndarray, " A"]:
    """Return the markups to try next: prices are best where they equal the margins.

    Notes
    -----
    zeta = own^-1 [(O * cross)' m - S], of which prices less costs are a fixed point where every
    profit gradient is zero: gradient = own (m - zeta) (Morrow and Skerlos, Operations Research
    59(2), 2011, equation 9). Unlike the markups of Berry, Levinsohn and Pakes, which need the
    inverse of a matrix, repeating it converges from nearly everywhere.

    Examples
    --------
    With one alternative and one buyer the best markup is 1 / (-a (1 - s)); here s = 1/2, a = -1/2,
    so that a markup of 4 would stay as it is:

    >>> slopes = ShareSlopes(np.array([0.5]), np.array([-0.25]), np.array([[-0.125]]))
    >>> zeta_markups(slopes, np.ones((1, 1)), np.array([4.0]))
    array([4.])
    """
    own = np.minimum(slopes.own, -_LEAST_SLOPE)
    return ((ownership * slopes.cross.T) @ margins - slopes.shares) / own


def gradient_slopes(
    buyers: PricedBuyers,
    terms: PriceTerms,
    *,
    ownership: Float[np.ndarray, "A A"],
    margins: Float[np.ndarray, " A"],
    scale: float = 1.0,
    map_blocks: MapBlocks = map,
) -> Float[np.ndarray, "A A"]:
    """Return the slope of each profit gradient (row) by each price (column).

    Over the prices that one firm sets it is the Hessian of that firm's profit.

    Notes
    -----
    With R[j] = sum over l of O[j, l] s[l] m[l] and a'[j] the second derivative of utility, the
    entry of one buyer is

        a[k] s[j] (d[jk] - s[k]) (1 + a[j] (m[j] - R[j]))
        + d[jk] (a'[j] s[j] (m[j] - R[j]) + a[j] s[j])
        - a[j] s[j] (O[j, k] s[k] + a[k] s[k] (O[j, k] m[k] - R[j])),

    the derivative of s[j] + a[j] s[j] (m[j] - R[j]) by p[k].
    """
    work = partial(_gradient_slopes_of_block, buyers, terms, scale, margins, ownership)
    total, *others = map_blocks(work, list(_blocks(len(buyers.weights))))
    for other in others:
        total = total + other
    return total


class PriceOdds(NamedTuple):
    """What each offer means to each buyer at each of its possible prices."""

    odds: Float[np.ndarray, "B O prices"]
    """Of taking the offer rather than what is not priced, all its alternatives together."""
    earnings: Float[np.ndarray, "B O prices"]
    """The odds times the margin expected from a buyer who takes the offer."""
    weights: Float[np.ndarray, " B"]


def odds_by_price(
    buyers: PricedBuyers,
    values: Float[np.ndarray, "prices terms A"],
    margins: Float[np.ndarray, "prices A"],
    offer_of: Int[np.ndarray, " A"],
    n_offers: int,
) -> PriceOdds:
    """Return the odds of every offer at every price on its grid.

    `values[t]` and `margins[t]` are those of each alternative at price t of its offer.
    """
    shape = (len(buyers.weights), n_offers, len(margins))
    odds, earnings = np.zeros(shape), np.zeros(shape)
    compiled.odds_by_price(
        *_double(buyers.utility, buyers.coefficients, values, margins),
        np.ascontiguousarray(offer_of, dtype=np.int64),
        odds,
        earnings,
    )
    return PriceOdds(odds, earnings, np.asarray(buyers.weights, dtype=np.float64))


def responses(
    market: PriceOdds,
    asked: Int[np.ndarray, " O"],
    *,
    offer: int,
    ownership: Float[np.ndarray, " O"],
) -> Float[np.ndarray, " prices"]:
    """Return what the owner of `offer` earns at each of its prices, if all others stay as asked.

    `asked[o]` is the number of the price that offer o has now; `ownership[o]` is what part of the
    profit on offer o counts for who sets the price of `offer`.
    """
    profit = np.zeros(market.odds.shape[2])
    compiled.responses(
        *market,
        np.ascontiguousarray(asked, dtype=np.int64),
        *_double(ownership),
        offer,
        profit,
    )
    return profit


def _blocks(n_buyers: int) -> Iterator[slice]:
    for first in range(0, n_buyers, _BUYERS_AT_ONCE):
        yield slice(first, min(first + _BUYERS_AT_ONCE, n_buyers))


def _share_slopes_of_block(
    buyers: PricedBuyers, terms: PriceTerms, scale: float, block: slice
) -> ShareSlopes:
    n = buyers.utility.shape[1]
    found = ShareSlopes(np.zeros(n), np.zeros(n), np.zeros((n, n)))
    part = _double(*(array[block] for array in buyers))
    compiled.share_slopes(*part, *_double(terms.values, terms.slopes), scale, *found)
    return found


def _gradient_slopes_of_block(
    buyers: PricedBuyers,
    terms: PriceTerms,
    scale: float,
    margins: Float[np.ndarray, " A"],
    ownership: Float[np.ndarray, "A A"],
    block: slice,
) -> Float[np.ndarray, "A A"]:
    matrix = np.zeros(ownership.shape)
    part = _double(*(array[block] for array in buyers))
    compiled.gradient_slopes(*part, *_double(*terms), scale, *_double(margins, ownership), matrix)
    return matrix


def _double(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return contiguous arrays in double precision: one signature, so loops are compiled once."""
    return tuple(np.ascontiguousarray(array, dtype=np.float64) for array in arrays)
