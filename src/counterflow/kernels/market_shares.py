"""Market shares under a rule of choice: which part of people takes each alternative, by draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, UInt64

from counterflow.kernels.aligned import aligned_zeros
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.compiled import market_shares as compiled
from counterflow.kernels.compiled.lanes import NARROW
from counterflow.kernels.compiled.weighted_sums import compress_rows
from counterflow.kernels.shares import mean_shares

_LANES = 64
"""People side by side: their coefficients, utilities and odds then stay in the first cache."""
_PEOPLE_AT_ONCE = 16_384
"""People and draws in a block: some milliseconds."""


class Alternatives(NamedTuple):
    """A alternatives in M regions; the last one can always be chosen."""

    rows: Float[np.ndarray, "M A K"]
    offsets: Float[np.ndarray, "S_or_1 M A"]
    """Added to utility; minus infinity takes an alternative away."""
    tie_weights: Float[np.ndarray, "M A"]
    """In what proportion people with several best alternatives take them (first choice)."""


class ChoiceSets(NamedTuple):
    """Sets of alternatives among which people choose; shares are their weighted sum."""

    members: Bool[np.ndarray, "S_or_1 sets A"]
    weights: Float[np.ndarray, " sets"]


class LevelErrors(NamedTuple):
    """Errors of levels, which are the same for all alternatives that share a level."""

    loadings: Float[np.ndarray, "M A levels"]
    """How much of each level's standard normal error an alternative gets, in utility."""
    n_repeats: int
    """How often the errors of each person in each draw are drawn."""
    key: UInt64[np.ndarray, " two"]
    """Of the counter-based random numbers."""


def everything(n_alternatives: int) -> ChoiceSets:
    """Return the one set of all alternatives.

    Examples
    --------
    >>> everything(2)
    ChoiceSets(members=array([[[ True,  True]]]), weights=array([1.]))
    """
    return ChoiceSets(np.ones((1, 1, n_alternatives), dtype=bool), np.ones(1))


def market_shares(
    part_worths: Float[np.ndarray, "S N K"],
    weights: Float[np.ndarray, "S N"],
    alternatives: Alternatives,
    *,
    is_first_choice: bool = False,
    sets: ChoiceSets | None = None,
    errors: LevelErrors | None = None,
    map_blocks: MapBlocks = map,
) -> Float[np.ndarray, "S M A"]:
    """Return which part of people takes each alternative, in each draw and region.

    `weights` sum to 1 in each draw. By default people choose by logit among everything that is
    sold where they are; `is_first_choice` lets each take the best. `sets` are what they choose
    among instead: consideration sets, if their weights sum to 1. The last alternative belongs to
    each. `errors` are added to the utilities of levels, for randomised first choice. The same bits
    come back on any number of threads.

    Notes
    -----
    With u = rows @ part_worths + offsets and sets C of weight w[C], the share of alternative a is
    the mean over people of

        sum over C of w[C] 1(a in C) exp(u[a]) / sum over b in C of exp(u[b]),

    the logit of Train (Discrete Choice Methods with Simulation, 2nd ed. 2009, equation 3.6) given
    the set (Manski, Theory and Decision 8, 1977). First choice is 1 for the largest u in C.

    Randomised first choice adds to part-worths the error of each level, E_A, and to products their
    own error E_P, and takes the best of X (beta + E_A) + E_P, many times over (Huber, Orme and
    Miller, Dealing with product similarity in conjoint simulations, Sawtooth Software Conference
    1999). With E_P standard Gumbel its mean given E_A is the logit, so E_P is not drawn but
    integrated exactly: what is returned is the mean of logit shares over `n_repeats` draws of E_A.

    People are read once; each tile of them is turned into columns, and utilities, exponentials and
    sums run over people side by side.

    Examples
    --------
    One person who likes the first alternative three times as much as the second:

    >>> market = Alternatives(np.array([[[1.0], [0.0]]]), np.zeros((1, 1, 2)), np.ones((1, 2)))
    >>> person = np.array([[[np.log(3.0)]]])
    >>> market_shares(person, np.ones((1, 1)), market).round(9)
    array([[[0.75, 0.25]]])
    >>> market_shares(person, np.ones((1, 1)), market, is_first_choice=True)
    array([[[1., 0.]]])
    """
    market = _market(alternatives, sets, errors, is_first_choice=is_first_choice)
    if part_worths.dtype != np.float32:
        part_worths = part_worths.astype(float, copy=False)
    work = partial(
        _shares_of_block,
        np.ascontiguousarray(part_worths),
        np.ascontiguousarray(weights, dtype=float),
        market,
        _errors(errors),
    )
    shares = np.zeros((part_worths.shape[0], *alternatives.offsets.shape[1:]))
    blocks = list(_blocks(*weights.shape))
    for block, of_block in zip(blocks, map_blocks(work, blocks), strict=True):
        shares[block.first_draw : block.end_draw] += of_block
    return shares


def first_choice_shares(
    part_worths: Float[np.ndarray, "N K"],
    weights: Float[np.ndarray, " N"],
    rows: Float[np.ndarray, "M A K"],
    offsets: Float[np.ndarray, "M A"],
) -> Float[np.ndarray, "M A"]:
    """Return the weight of the people who like each alternative best, in each region.

    It takes and gives what `kernels.shares.mean_shares` does by logit. Offsets only say what is
    sold, and in what proportion people with several best alternatives take them.

    Examples
    --------
    >>> first_choice_shares(np.array([[1.0], [-1.0]]), np.array([0.75, 0.25]),
    ...                     np.array([[[1.0], [0.0]]]), np.zeros((1, 2)))
    array([[0.75, 0.25]])
    """
    is_sold = offsets > -np.inf
    alternatives = Alternatives(
        rows=rows,
        offsets=np.where(is_sold, 0.0, -np.inf)[None],
        tie_weights=np.exp(np.where(is_sold, offsets, 0.0)),
    )
    shares = market_shares(part_worths[None], weights[None], alternatives, is_first_choice=True)
    return shares[0]


SharesOfPeople = Callable[
    [
        Float[np.ndarray, "N K"],
        Float[np.ndarray, " N"],
        Float[np.ndarray, "M A K"],
        Float[np.ndarray, "M A"],
    ],
    Float[np.ndarray, "M A"],
]
"""What `mean_shares` and `first_choice_shares` are."""


def shares_by(choice_rule: Literal["logit", "first_choice"]) -> SharesOfPeople:
    """Return what counts the shares of people who choose by this rule."""
    return mean_shares if choice_rule == "logit" else first_choice_shares


class _Market(NamedTuple):
    """Alternatives and sets as the loops take them: lists, without what is zero or not sold."""

    places: Int[np.ndarray, "M entries"]
    values: Float[np.ndarray, "M entries"]
    ends: Int[np.ndarray, "M A"]
    offsets: Float[np.ndarray, "S_or_1 M A"]
    tie_weights: Float[np.ndarray, "M A"]
    members: Int[np.ndarray, "S_or_1 M sets A"]
    sizes: Int[np.ndarray, "S_or_1 M sets"]
    set_weights: Float[np.ndarray, " sets"]
    is_first_choice: bool


class _Errors(NamedTuple):
    key: UInt64[np.ndarray, " two"]
    n_levels: int
    n_repeats: int


class _Room(NamedTuple):
    coefficients: Float[np.ndarray, "K_and_levels lanes"]
    utilities: Float[np.ndarray, "A lanes"]
    odds: Float[np.ndarray, "A lanes"]
    weights: Float[np.ndarray, " lanes"]
    best: Float[np.ndarray, " lanes"]
    totals: Float[np.ndarray, " lanes"]
    units: Int[np.ndarray, " lanes"]
    words: UInt64[np.ndarray, "half_the_levels lanes"]


class _Block(NamedTuple):
    first_draw: int
    end_draw: int
    first: int
    last: int


def _market(
    alternatives: Alternatives,
    sets: ChoiceSets | None,
    errors: LevelErrors | None,
    *,
    is_first_choice: bool,
) -> _Market:
    offsets = np.ascontiguousarray(alternatives.offsets, dtype=float)
    _, n_regions, n_alternatives = offsets.shape
    rows = alternatives.rows
    if errors is not None:
        rows = np.concatenate([rows, _even(errors.loadings)], axis=2)
    places = np.zeros((n_regions, rows.shape[1] * rows.shape[2] + 1), dtype=np.int64)
    values = np.zeros(places.shape)
    ends = np.zeros((n_regions, n_alternatives), dtype=np.int64)
    for m in range(n_regions):
        compress_rows(np.ascontiguousarray(rows[m], dtype=float), places[m], values[m], ends[m])
    sets = sets or everything(n_alternatives)
    is_sold = offsets > -np.inf
    if (is_sold == is_sold[:1]).all():
        # Offsets may differ between draws where what is sold does not: then one list does.
        is_sold = is_sold[:1]
    is_member = is_sold[:, :, None, :] & sets.members[:, None, :, :]
    return _Market(
        places=places,
        values=values,
        ends=ends,
        offsets=np.where(offsets > -np.inf, offsets, 0.0),
        tie_weights=np.ascontiguousarray(alternatives.tie_weights, dtype=float),
        members=np.argsort(~is_member, axis=-1, kind="stable").astype(np.int64),
        sizes=is_member.sum(axis=-1).astype(np.int64),
        set_weights=np.ascontiguousarray(sets.weights, dtype=float),
        is_first_choice=is_first_choice,
    )


def _even(loadings: Float[np.ndarray, "M A levels"]) -> Float[np.ndarray, "M A even_levels"]:
    """Return the loadings with an even number of levels: normals come in pairs."""
    return np.pad(loadings, [(0, 0), (0, 0), (0, loadings.shape[2] % 2)])


def _errors(errors: LevelErrors | None) -> _Errors:
    if errors is None:
        return _Errors(np.zeros(2, dtype=np.uint64), 0, 1)
    return _Errors(errors.key, _even(errors.loadings).shape[2], errors.n_repeats)


def _blocks(n_draws: int, n_people: int) -> Iterator[_Block]:
    """Yield runs of draws, and of people where they are many: by size alone."""
    draws_at_once = max(1, _PEOPLE_AT_ONCE // n_people)
    for first_draw in range(0, n_draws, draws_at_once):
        end_draw = min(first_draw + draws_at_once, n_draws)
        for first in range(0, n_people, _PEOPLE_AT_ONCE):
            yield _Block(first_draw, end_draw, first, min(first + _PEOPLE_AT_ONCE, n_people))


def _shares_of_block(
    part_worths: Float[np.ndarray, "S N K"],
    weights: Float[np.ndarray, "S N"],
    market: _Market,
    errors: _Errors,
    block: _Block,
) -> Float[np.ndarray, "draws M A"]:
    lanes = min(_LANES, -(-part_worths.shape[1] // NARROW) * NARROW)
    n_coefficients = part_worths.shape[2] + errors.n_levels
    n_regions, n_alternatives = market.tie_weights.shape
    room = _Room(
        coefficients=aligned_zeros(n_coefficients, lanes),
        utilities=aligned_zeros(n_alternatives, lanes),
        odds=aligned_zeros(n_alternatives, lanes),
        weights=aligned_zeros(lanes),
        best=aligned_zeros(lanes),
        totals=aligned_zeros(lanes),
        units=np.zeros(lanes, dtype=np.int64),
        words=np.zeros((errors.n_levels // 2, lanes), dtype=np.uint64),
    )
    shares = np.zeros((block.end_draw - block.first_draw, n_regions, n_alternatives))
    compiled.add_shares(
        part_worths,
        weights,
        market,
        errors,
        room,
        block.first_draw,
        block.first,
        block.last,
        shares,
    )
    return shares
