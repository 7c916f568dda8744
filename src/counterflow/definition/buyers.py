"""Buyers: a sample of respondents and draws that stands for the market in the search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from counterflow.domain.part_worths import PartWorths
from counterflow.domain.random_streams import random_stream


@dataclass(frozen=True, eq=False, kw_only=True)
class Buyers:
    """B pairs of a respondent and a draw of that respondent's part-worths; weights sum to 1."""

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
    points = (np.arange(n_buyers) + stream.random()) / n_buyers
    respondents = np.searchsorted(np.cumsum(share), points, side="right")
    return Buyers(
        # The last sum may end a rounding error below 1.
        respondents=np.minimum(respondents, n - 1),
        draws=stream.permutation(np.arange(n_buyers) % s),
        weights=np.full(n_buyers, 1.0 / n_buyers),
    )
