"""Buyers: a sample of respondents and draws that stands for the market in the search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from counterflow.domain.market_draws import population_weights
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.random_streams import random_stream


@dataclass(frozen=True, eq=False, kw_only=True)
class Buyers:
    """B pairs of a respondent and a draw of that respondent's part-worths, with weights."""

    respondents: Int[np.ndarray, " B"]
    draws: Int[np.ndarray, " B"]
    weights: Float[np.ndarray, " B"]


def sample_buyers(part_worths: PartWorths, *, n_buyers: int, seed: int) -> Buyers:
    """Return about `n_buyers` buyers, or every respondent in every draw if those are fewer.

    Notes
    -----
    Respondents are a systematic sample with probability proportional to weight (Cochran, Sampling
    Techniques, 3rd ed. 1977, section 9A.10): everyone is taken as often as their weight asks for,
    to within one. Each draw is used equally often, to within one, with respondents in random
    order, so that both the differences between people and the doubt about each are there.
    """
    s, n = part_worths.n_draws, part_worths.n_respondents
    share = part_worths.weights / part_worths.weights.sum()
    if s * n <= n_buyers:
        return Buyers(
            respondents=np.tile(np.arange(n), s),
            draws=np.repeat(np.arange(s), n),
            weights=np.tile(share / s, s),
        )
    stream = random_stream(seed, "buyers")
    return Buyers(
        respondents=_systematic(share, n_buyers, stream.random()),
        draws=stream.permutation(np.arange(n_buyers) % s),
        weights=np.full(n_buyers, 1.0 / n_buyers),
    )


def buyers_of_draws(
    part_worths: PartWorths,
    draws: Int[np.ndarray, " S"],
    *,
    n_each: int,
    seed: int,
    market_seed: int,
) -> Buyers:
    """Return about `n_each` buyers in each of the draws, the same respondents in all.

    They stand draw after draw, with weights that sum to 1 in each: those of `population_weights`,
    which the forecast has in that draw.
    """
    n = part_worths.n_respondents
    share = part_worths.weights / part_worths.weights.sum()
    everybody = n <= n_each
    start = random_stream(seed, "buyers of draws").random()
    people = np.arange(n) if everybody else _systematic(share, n_each, start)
    weights = []
    for draw in draws.tolist():
        drawn = population_weights(part_worths.weights, seed=market_seed, draw=draw)[people]
        # Who was taken in proportion to weight must not be weighed by it once more.
        drawn = drawn if everybody else drawn / share[people]
        weights.append(drawn / drawn.sum())
    return Buyers(
        respondents=np.tile(people, len(draws)),
        draws=np.repeat(draws, len(people)),
        weights=np.concatenate(weights),
    )


def _systematic(share: Float[np.ndarray, " N"], n: int, start: float) -> Int[np.ndarray, " n"]:
    """Return `n` people, each as often as their share asks for, to within one."""
    taken = np.searchsorted(np.cumsum(share), (np.arange(n) + start) / n, side="right")
    # The last sum may end a rounding error below 1.
    return np.minimum(taken, len(share) - 1)
