"""The search as arrays: what each candidate means to each buyer in each region."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

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
from counterflow.kernels.line_bound import MapBlocks
from counterflow.kernels.line_search import LineProblem
from counterflow.kernels.outside_option import with_outside_share
from counterflow.kernels.shares import candidate_odds, log_sums

MOST_CELLS = 250_000_000
"""Buyers times regions times candidates: at 16 bytes each, 4 GB."""


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
    regions, region_of = _different_regions(rows, market)
    _check_size(programme, len(buyers.weights) * len(regions) * len(candidates))
    shape = (len(regions), len(buyers.weights), len(candidates))
    odds, earnings = np.empty(shape, np.float32), np.empty(shape, np.float32)
    log_rest = _log_rest(programme, part_worths, market, buyers)
    work = partial(
        _odds_of_block,
        part_worths.draws[buyers.draws, buyers.respondents],
        rows,
        np.cumsum([0, *(len(offer.variants) for offer in offers)]),
        np.array([margin for offer in offers for margin in variant_margins(offer)]),
        log_rest,
    )
    blocks = [
        (m, start, min(start + _BLOCK, shape[1]))
        for m in regions
        for start in range(0, shape[1], _BLOCK)
    ]
    for (m, start, end), found in zip(blocks, map_blocks(work, blocks), strict=True):
        odds[regions.index(m), start:end], earnings[regions.index(m), start:end] = found
    reached = np.bincount(region_of, weights=_reached(programme))
    fixed = [candidate.configuration for candidate in candidates]
    position = {configuration: g for g, configuration in enumerate(dict.fromkeys(fixed))}
    packages = programme.costs.packages.values()
    return LineProblem(
        odds=odds.reshape(-1, shape[2]),
        earnings=earnings.reshape(-1, shape[2]),
        weights=np.outer(reached, buyers.weights).ravel(),
        group=np.array([position[configuration] for configuration in fixed]),
        fixed_per_offer=programme.costs.fixed_per_offer,
        fees=np.array([package.fixed_fee for package in packages], dtype=float),
        uses=np.array(
            [packages_used(programme, candidate.variants) for candidate in candidates], dtype=bool
        ).reshape(len(candidates), len(packages)),
        n_offers=programme.search.n_offers,
    )


_BLOCK = 256


def _odds_of_block(
    part_worths: Float[np.ndarray, "B K"],
    rows: Float[np.ndarray, "M variants K"],
    starts: Int[np.ndarray, " candidates_and_one"],
    margins: Float[np.ndarray, " variants"],
    log_rest: Float[np.ndarray, "M B"],
    block: tuple[int, int, int],
) -> tuple[np.ndarray, np.ndarray]:
    m, start, end = block
    return candidate_odds(part_worths[start:end], rows[m], starts, margins, log_rest[m, start:end])


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
