"""Shares: what part of people takes each alternative, by logit, summed over people on the fly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int

from counterflow.kernels.compiled import shares as compiled

LOG_ODDS_CEILING = 60.0
"""Log odds above this count as this, so that sums of odds times money fit in single precision."""


def mean_shares(
    part_worths: Float[np.ndarray, "N K"],
    weights: Float[np.ndarray, " N"],
    rows: Float[np.ndarray, "M A K"],
    offsets: Float[np.ndarray, "M A"],
) -> Float[np.ndarray, "M A"]:
    """Return the weighted mean over people of their choice probabilities, in each region.

    `weights` sum to 1. An offset of minus infinity takes an alternative away; at least one must
    be left in each region.

    Notes
    -----
    P[n, a] = exp(u[n, a]) / sum over b of exp(u[n, b]) with u = rows @ part_worths + offsets
    (Train, Discrete Choice Methods with Simulation, 2nd ed. 2009, equation 3.6).

    Examples
    --------
    One person who likes the first alternative three times as much as the second:

    >>> mean_shares(np.array([[np.log(3.0)]]), np.ones(1), np.array([[[1.0], [0.0]]]),
    ...             np.zeros((1, 2)))
    array([[0.75, 0.25]])
    """
    shares = np.zeros(offsets.shape)
    compiled.mean_shares(*_double(part_worths, weights, rows, offsets), shares)
    return shares


def log_sums(
    part_worths: Float[np.ndarray, "N K"],
    rows: Float[np.ndarray, "M A K"],
    offsets: Float[np.ndarray, "M A"],
) -> Float[np.ndarray, "M N"]:
    """Return each person's logsum over the alternatives of each region.

    It is minus infinity where nothing is sold.

    Notes
    -----
    log of the sum over a of exp(u[n, a]) (Train 2009, section 3.5, without the constant).

    Examples
    --------
    >>> log_sums(np.array([[2.0]]), np.array([[[1.0]]]), np.zeros((1, 1)))
    array([[2.]])
    """
    sums = np.empty((rows.shape[0], part_worths.shape[0]))
    compiled.log_sums(*_double(part_worths, rows, offsets), sums)
    return sums


class CandidateOdds(NamedTuple):
    """What a line needs to know of each candidate offer and each person, in single precision."""

    odds: Float32[np.ndarray, "people C"]
    """Probability of the candidate over that of everything else but our line."""
    earnings: Float32[np.ndarray, "people C"]
    """The odds times the margin expected from a person who takes the candidate."""


def candidate_odds(
    part_worths: Float[np.ndarray, "people K"],
    rows: Float[np.ndarray, "variants K"],
    starts: Int[np.ndarray, " candidates_and_one"],
    margins: Float[np.ndarray, " variants"],
    log_rest: Float[np.ndarray, " people"],
) -> CandidateOdds:
    """Return odds and earnings of candidates against the rest of the market.

    Candidate c has the variants `starts[c]` to `starts[c + 1]` of the rows; `margins` is what
    one vehicle of a variant earns, `log_rest` each person's logsum over rivals and outside option.

    Notes
    -----
    With n variants v of candidate c and rest R = exp(log_rest):

        odds = mean over v of exp(u_v) / R,  earnings = mean over v of margin_v exp(u_v) / R,

    so a line S sells to a person with probability (sum of odds) / (1 + sum of odds) and earns
    (sum of earnings) / (1 + sum of odds). Dividing by R first keeps the numbers near 1 whatever
    the scale of utility. Log odds are cut at 60: a person who would take the offer with
    probability 1 - 1e-26 loses nothing by it.

    Examples
    --------
    Two colours, liked alike, that earn 10 and 20; as good as all the rest together:

    >>> candidate_odds(np.array([[1.0]]), np.array([[5.0], [5.0]]), np.array([0, 2]),
    ...                np.array([10.0, 20.0]), np.array([5.0]))
    CandidateOdds(odds=array([[1.]], dtype=float32), earnings=array([[15.]], dtype=float32))
    """
    shape = (part_worths.shape[0], starts.shape[0] - 1)
    found = CandidateOdds(np.empty(shape, np.float32), np.empty(shape, np.float32))
    beta, columns, margins, log_rest = _double(part_worths, rows.T, margins, log_rest)
    compiled.candidate_odds(
        beta, columns, starts.astype(np.int64), margins, log_rest, LOG_ODDS_CEILING, *found
    )
    return found


def _double(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return contiguous arrays in double precision: one signature, so loops are compiled once."""
    return tuple(np.ascontiguousarray(array, dtype=np.float64) for array in arrays)
