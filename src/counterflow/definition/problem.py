"""The search as arrays: what each candidate means to each buyer in each region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.definition.buyers import Buyers, sample_buyers
from counterflow.definition.candidates import Candidate
from counterflow.definition.offers import offer_of, packages_used, variant_margins
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.market_alternatives import (
    MarketAlternatives,
    market_alternatives,
    variant_rows,
)
from counterflow.domain.market_draws import launched_buyers, mean_share, population_weights
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.line_search import LineProblem
from counterflow.kernels.outside_option import with_outside_share
from counterflow.kernels.shares import CandidateOdds, candidate_odds, log_sums

MOST_CELLS = 250_000_000
"""Buyers times regions times candidates: at 16 bytes each, 4 GB."""

_BUYERS_AT_ONCE = 256


def line_problem(
    programme: Programme,
    candidates: Sequence[Candidate],
    part_worths: PartWorths,
    *,
    map_blocks: MapBlocks = map,
) -> LineProblem:
    """Return the search problem: expected profit of any line, over all regions and periods.

    Market size, awareness and availability enter by their means: they are independent of
    preferences, and profit is linear in each. Regions whose buyers face the same choice are one.

    Raises
    ------
    InputError
        If buyers, regions and candidates are too many to be held in memory.
    """
    offers = [offer_of(programme, candidate, name="candidate") for candidate in candidates]
    rows = variant_rows(
        programme,
        part_worths.coding,
        [(v.configuration, v.price) for offer in offers for v in offer.variants],
    )
    buyers = sample_buyers(
        part_worths, n_buyers=programme.search.n_buyers, seed=programme.seeds.search
    )
    market = market_alternatives(programme, part_worths.coding)
    regions, like = _different_regions(rows, market)
    _check_size(programme, len(buyers.weights) * len(regions) * len(candidates))
    work = partial(
        _odds_of_block,
        part_worths.draws[buyers.draws, buyers.respondents],
        rows,
        np.cumsum([0, *(len(offer.variants) for offer in offers)]),
        np.array([margin for offer in offers for margin in variant_margins(offer)]),
        _log_rest(programme, part_worths, market, buyers),
    )
    odds, earnings = _odds(work, regions, len(buyers.weights), len(candidates), map_blocks)
    # Summed in the order of the regions that stand for the others.
    reached = np.bincount(like, weights=_reached(programme), minlength=len(regions))
    packages = programme.costs.packages.values()
    uses = [packages_used(programme, candidate.variants) for candidate in candidates]
    return LineProblem(
        odds=odds,
        earnings=earnings,
        weights=np.outer(reached, buyers.weights).ravel(),
        group=_groups(candidates),
        fixed_per_offer=programme.costs.fixed_per_offer,
        fees=np.array([package.fixed_fee for package in packages], dtype=float),
        uses=np.array(uses, dtype=bool).reshape(len(candidates), len(packages)),
        n_offers=programme.search.n_offers,
    )


def _odds(
    work: Callable[[_Block], CandidateOdds],
    regions: Sequence[int],
    n_buyers: int,
    n_candidates: int,
    map_blocks: MapBlocks,
) -> CandidateOdds:
    """Return the odds of every buyer, region after region."""
    found = CandidateOdds(
        np.empty((len(regions) * n_buyers, n_candidates), np.float32),
        np.empty((len(regions) * n_buyers, n_candidates), np.float32),
    )
    blocks = [
        _Block(m, first, min(first + _BUYERS_AT_ONCE, n_buyers))
        for m in regions
        for first in range(0, n_buyers, _BUYERS_AT_ONCE)
    ]
    filled = 0
    for odds, earnings in map_blocks(work, blocks):
        people = slice(filled, filled + len(odds))
        found.odds[people], found.earnings[people] = odds, earnings
        filled = people.stop
    return found


class _Block(NamedTuple):
    region: int
    first: int
    end: int


def _odds_of_block(
    part_worths: Float[np.ndarray, "B K"],
    rows: Float[np.ndarray, "M variants K"],
    starts: Int[np.ndarray, " candidates_and_one"],
    margins: Float[np.ndarray, " variants"],
    log_rest: Float[np.ndarray, "M B"],
    block: _Block,
) -> CandidateOdds:
    buyers = slice(block.first, block.end)
    return candidate_odds(
        part_worths[buyers], rows[block.region], starts, margins, log_rest[block.region, buyers]
    )


def _groups(candidates: Sequence[Candidate]) -> Int[np.ndarray, " C"]:
    """Return a number for each candidate, equal for the prices of one configuration."""
    fixed = [candidate.configuration for candidate in candidates]
    position = {configuration: g for g, configuration in enumerate(dict.fromkeys(fixed))}
    return np.array([position[configuration] for configuration in fixed])


def _different_regions(
    rows: Float[np.ndarray, "M variants K"], market: MarketAlternatives
) -> tuple[list[int], Int[np.ndarray, " M"]]:
    """Return one region for each different choice, and which of them each region is like."""
    first: dict[bytes, int] = {}
    faced = [
        rows[m].tobytes() + market.rows[m].tobytes() + market.offsets[m].tobytes()
        for m in range(len(rows))
    ]
    for m, choice in enumerate(faced):
        first.setdefault(choice, m)
    regions = list(first.values())
    return regions, np.array([regions.index(first[choice]) for choice in faced])


def _log_rest(
    programme: Programme, part_worths: PartWorths, market: MarketAlternatives, buyers: Buyers
) -> Float[np.ndarray, "M B"]:
    """Return each buyer's logsum over rivals and outside option, in each region."""
    outside = programme.market.outside_option
    log_rest = np.empty((len(market.regions), len(buyers.weights)))
    for s in np.unique(buyers.draws).tolist():
        mine = buyers.draws == s
        offsets = market.offsets
        if outside.share is not None:
            weights = population_weights(part_worths.weights, seed=programme.seeds.demand, draw=s)
            offsets = with_outside_share(
                part_worths.draws[s], weights, market.rows, offsets, n_ours=0, share=outside.share
            )
        people = part_worths.draws[s, buyers.respondents[mine]]
        log_rest[:, mine] = log_sums(people, market.rows, offsets)
    return log_rest


def _reached(programme: Programme) -> Float[np.ndarray, " M"]:
    """Return how many informed, served buyers are expected in each region, over all periods."""
    market = programme.market
    reach = mean_share(market.awareness) * mean_share(market.availability)
    return launched_buyers(market).sum(axis=1) * reach


def _check_size(programme: Programme, cells: int) -> None:
    if cells > MOST_CELLS:
        n_buyers = programme.search.n_buyers
        problem = Problem(
            expected=f"at most {n_buyers * MOST_CELLS // cells:,} buyers for so many candidates",
            found=f"{n_buyers:,}",
            key="search.n_buyers",
            advice="Lower it, widen the price steps, or add rules.",
        )
        raise InputError([problem])
