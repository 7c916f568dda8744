"""Draws of what is uncertain about the market: its size, who hears of us, who can buy, who answers.

Search and forecast draw from here with the same seed, so draw s means the same world in both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from counterflow.domain.market import Market, UncertainShare
from counterflow.domain.random_streams import random_stream


@dataclass(frozen=True, eq=False, kw_only=True)
class MarketDraws:
    """S draws of the market's uncertain inputs."""

    size: Float[np.ndarray, "S M"]
    """Category buyers of each region, relative to what is expected; mean 1."""
    awareness: Float[np.ndarray, " S"]
    """Share of category buyers who know the offer once it is fully launched."""
    availability: Float[np.ndarray, " S"]
    """Share of category buyers who can buy the offer where they are."""

    def reached(self, market: Market) -> Float[np.ndarray, "S M Q"]:
        """Return how many informed, served buyers there are by region and period."""
        reach = self.awareness * self.availability
        return (self.size * reach[:, None])[:, :, None] * launched_buyers(market)


def draw_market(market: Market, *, n_draws: int, seed: int) -> MarketDraws:
    """Return `n_draws` draws of the market; inputs are independent of one another.

    Notes
    -----
    Each input is a Latin hypercube sample: one value from each of S slices of equal probability,
    in random order (McKay, Beckman and Conover, Technometrics 21(2), 1979), so that a few hundred
    draws have its mean almost exactly.

    Sizes are lognormal with mean 1 and the stated relative standard deviation r, that is
    exp(sigma z - sigma^2 / 2) with sigma^2 = log(1 + r^2) (Johnson, Kotz and Balakrishnan,
    Continuous Univariate Distributions 1, 1994, section 14.3). Shares are triangular.
    """
    relative_sd = np.array([region.relative_sd for region in market.regions.values()])
    sigma = np.sqrt(np.log1p(relative_sd**2))
    z = np.column_stack(
        [ndtri(_slices(n_draws, seed, f"market size of {region}")) for region in market.regions]
    )
    return MarketDraws(
        size=np.exp(sigma * z - sigma**2 / 2.0),
        awareness=_triangular(market.awareness, _slices(n_draws, seed, "awareness")),
        availability=_triangular(market.availability, _slices(n_draws, seed, "availability")),
    )


def launched_buyers(market: Market) -> Float[np.ndarray, "M Q"]:
    """Return expected category buyers times the launch's build-up, by region and period."""
    n_periods = len(market.periods)
    buyers = np.array([region.buyers(n_periods) for region in market.regions.values()])
    return buyers * np.array(market.awareness_build_up or (1.0,) * n_periods)


def mean_share(share: UncertainShare) -> float:
    """Return the mean of a triangular share.

    Examples
    --------
    >>> mean_share(UncertainShare(low=0.25, mode=0.5, high=0.75))
    0.5
    """
    return (share.low + share.mode + share.high) / 3.0


def population_weights(
    weights: Float[np.ndarray, " N"], *, seed: int, draw: int
) -> Float[np.ndarray, " N"]:
    """Return how many of the population each respondent stands for in one draw; sums to 1.

    Whoever happened to be asked is a sample too: each draw reweights the respondents, and so
    carries the uncertainty of a survey of N people. A single respondent stands for the whole
    market and always gets 1.

    Notes
    -----
    The Bayesian bootstrap: independent standard exponentials, normalised (Rubin, Annals of
    Statistics 9(1), 1981), here times the survey weights.

    Examples
    --------
    >>> float(population_weights(np.array([1.0, 3.0]), seed=3, draw=0).sum())
    1.0
    """
    if len(weights) == 1:
        return np.ones(1)
    share = weights * random_stream(seed, "respondents", draw).standard_exponential(len(weights))
    return share / share.sum()


def _slices(n_draws: int, seed: int, purpose: str) -> Float[np.ndarray, " S"]:
    """Return one uniform number from each of `n_draws` equal slices of (0, 1), shuffled."""
    stream = random_stream(seed, purpose)
    within = (np.arange(n_draws) + stream.random(n_draws)) / n_draws
    # Neither end belongs to the open interval, where quantiles are finite.
    return np.clip(stream.permutation(within), 2.0**-53, 1.0 - 2.0**-53)


def _triangular(share: UncertainShare, u: Float[np.ndarray, " S"]) -> Float[np.ndarray, " S"]:
    """Return the quantiles of a triangular share (Kotz and van Dorp, Beyond Beta, 2004, ch. 1)."""
    low, mode, high = share.low, share.mode, share.high
    width = high - low
    if width == 0.0:
        return np.full(len(u), mode)
    left = low + np.sqrt(u * width * (mode - low))
    right = high - np.sqrt((1.0 - u) * width * (high - mode))
    return np.where(u * width < mode - low, left, right)
