"""The search as arrays: what each candidate means to each buyer in each region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.definition.buyers import Buyers, sample_buyers
from counterflow.definition.candidates import Candidate
from counterflow.definition.earnings import Overage, margins_by_region, overage_of
from counterflow.definition.feasibility.allowed_lines import LineTerms
from counterflow.definition.feasibility.fixed_costs import fixed_costs_of
from counterflow.definition.feasibility.line_costs import LineCosts, VolumeFee
from counterflow.definition.feasibility.line_rules import groups, line_rules
from counterflow.definition.feasibility.volume_rules import with_volume_rules
from counterflow.definition.offers import offer_of
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.market_alternatives import (
    MarketAlternatives,
    market_alternatives,
    variant_rows,
)
from counterflow.domain.market_draws import (
    draw_market,
    launched_buyers,
    mean_share,
    population_weights,
)
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
    Costs that are not a sum over offers (fees by volume, fixed costs by configuration) enter at
    the least that they can be, so that no line earns more than the problem says; `line_terms` has
    the rest.

    Raises
    ------
    InputError
        If buyers, regions and candidates are too many to be held in memory.
    """
    choices = _choices(programme, candidates, part_worths)
    odds, earnings = _odds(choices, choices.margins, choices.overage, map_blocks)
    # Summed in the order of the regions that stand for the others.
    reached = np.bincount(choices.like, weights=_reached(programme), minlength=len(choices.regions))
    fixed = fixed_costs_of(programme, [(c.configuration, c.variants) for c in candidates])
    return LineProblem(
        odds=odds,
        earnings=earnings,
        weights=np.outer(reached, choices.buyers.weights).ravel(),
        group=groups(candidates),
        fixed_per_offer=float(fixed.per_offer.min()),
        fees=fixed.once,
        uses=fixed.uses,
        n_offers=programme.search.n_offers,
    )


def line_terms(
    programme: Programme,
    candidates: Sequence[Candidate],
    part_worths: PartWorths,
    problem: LineProblem,
    *,
    map_blocks: MapBlocks = map,
) -> LineTerms:
    """Return what lines must keep to, and cost beyond what `problem` of these candidates says."""
    rules = line_rules(programme, candidates)
    fixed = fixed_costs_of(programme, [(c.configuration, c.variants) for c in candidates])
    return LineTerms(
        rules=with_volume_rules(rules, problem, programme.search),
        costs=LineCosts(
            per_offer=fixed.per_offer - problem.fixed_per_offer,
            fees=tuple(_volume_fees(programme, candidates, part_worths, map_blocks)),
        ),
    )


def _volume_fees(
    programme: Programme,
    candidates: Sequence[Candidate],
    part_worths: PartWorths,
    map_blocks: MapBlocks,
) -> Iterator[VolumeFee]:
    tiered = [package for package in programme.costs.packages.values() if package.tiers]
    if not tiered:
        return
    choices = _choices(programme, candidates, part_worths)
    variants = [variant for candidate in candidates for variant in candidate.variants]
    drawn = draw_market(programme.market, n_draws=part_worths.n_draws, seed=programme.seeds.demand)
    reached = drawn.reached(programme.market).sum(axis=2)
    # One column for each region that stands for those like it.
    by_region = np.array([np.bincount(choices.like, weights=draw) for draw in reached])
    for package in tiered:
        with_it = np.array([variant.meets(package.when) for variant in variants], dtype=float)
        # What a candidate earns at a margin of 1 with the package and 0 without: its odds with it.
        counted = np.tile(with_it, (len(choices.rows), 1))
        _, odds_with = _odds(choices, counted, None, map_blocks)
        yield VolumeFee(
            package=package, odds_with=odds_with, scale=by_region / by_region.mean(axis=0)
        )


class _Choices(NamedTuple):
    """What buyers choose from and what that brings, of V variants of candidates in M regions."""

    buyers: Buyers
    part_worths: Float[np.ndarray, "B K"]
    rows: Float[np.ndarray, "M V K"]
    starts: Int[np.ndarray, " candidates_and_one"]
    log_rest: Float[np.ndarray, "M B"]
    margins: Float[np.ndarray, "M V"]
    overage: Overage
    """By buyer and candidate."""
    regions: list[int]
    """Regions that stand for all that are like them."""
    like: Int[np.ndarray, " M"]
    """Which of these each region is like."""


def _choices(
    programme: Programme, candidates: Sequence[Candidate], part_worths: PartWorths
) -> _Choices:
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
    margins = margins_by_region(programme, offers)
    regions, like = _different_regions(rows, market, margins)
    _check_size(programme, len(buyers.weights) * len(regions) * len(candidates))
    starts = np.cumsum([0, *(len(offer.variants) for offer in offers)])
    overage = overage_of(programme, offers, part_worths)
    return _Choices(
        buyers=buyers,
        part_worths=part_worths.draws[buyers.draws, buyers.respondents],
        rows=rows,
        starts=starts,
        log_rest=_log_rest(programme, part_worths, market, buyers),
        margins=margins,
        overage=Overage(
            values=overage.values[:, buyers.respondents],
            contract_of_variant=overage.contract_of_variant[starts[:-1]],
        ),
        regions=regions,
        like=like,
    )


def _odds(
    choices: _Choices,
    margins: Float[np.ndarray, "M V"],
    overage: Overage | None,
    map_blocks: MapBlocks,
) -> CandidateOdds:
    """Return the odds of every buyer, region after region."""
    n_buyers, n_candidates = len(choices.buyers.weights), len(choices.starts) - 1
    regions = choices.regions
    work = partial(
        _odds_of_block,
        choices.part_worths,
        choices.rows,
        choices.starts,
        margins,
        choices.log_rest,
        overage,
    )
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
    margins: Float[np.ndarray, "M variants"],
    log_rest: Float[np.ndarray, "M B"],
    overage: Overage | None,
    block: _Block,
) -> CandidateOdds:
    buyers, m = slice(block.first, block.end), block.region
    odds, earnings = candidate_odds(
        part_worths[buyers], rows[m], starts, margins[m], log_rest[m, buyers]
    )
    if overage is not None:
        for p, paid in enumerate(overage.values):
            own = overage.contract_of_variant == p
            earnings[:, own] += odds[:, own] * paid[buyers, None]
    return CandidateOdds(odds, earnings)


def _different_regions(
    rows: Float[np.ndarray, "M variants K"],
    market: MarketAlternatives,
    margins: Float[np.ndarray, "M variants"],
) -> tuple[list[int], Int[np.ndarray, " M"]]:
    """Return one region for each different choice and margin, and which one each region is like."""
    first: dict[bytes, int] = {}
    faced = [
        b"".join(part[m].tobytes() for part in (rows, market.rows, market.offsets, margins))
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
