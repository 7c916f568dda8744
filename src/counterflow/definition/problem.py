"""The search as arrays: what each candidate means to each buyer in each region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple, TypedDict

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.definition.buyers import Buyers, buyers_of_draws, sample_buyers
from counterflow.definition.candidates import Candidate
from counterflow.definition.earnings import Overage, overage_of, values_by_region
from counterflow.definition.feasibility.allowed_lines import LineTerms
from counterflow.definition.feasibility.fixed_costs import fixed_costs_of
from counterflow.definition.feasibility.line_costs import LineCosts, VolumeFee
from counterflow.definition.feasibility.line_rules import groups, line_rules
from counterflow.definition.feasibility.volume_rules import vehicles_of, with_volume_rules
from counterflow.definition.market_of_buyers import log_rest, reached_buyers
from counterflow.definition.objectives.scenarios import Scenarios
from counterflow.definition.offers import offer_of
from counterflow.definition.price_slope import price_ends
from counterflow.domain.definition import Offer
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.market_alternatives import (
    MarketAlternatives,
    market_alternatives,
    variant_rows,
)
from counterflow.domain.market_draws import (
    draw_market,
)
from counterflow.domain.offered_terms import with_offered_terms
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.settings import Quantity
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.line_search import LineProblem
from counterflow.kernels.shares import CandidateOdds, candidate_odds

MOST_CELLS = 250_000_000
"""Buyers times regions times candidates: at 16 bytes each, 4 GB."""

_BUYERS_AT_ONCE = 256


def line_problem(
    programme: Programme,
    candidates: Sequence[Candidate],
    part_worths: PartWorths,
    *,
    quantity: Quantity = "profit",
    seed: int | None = None,
    map_blocks: MapBlocks = map,
) -> LineProblem:
    """Return the search problem: expected profit of any line, over all regions and periods.

    Another `quantity` takes the place of profit; "welfare" gives the problem of "share", whose odds
    welfare is made of. `seed` draws other buyers than the programme's does.

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
    seed = programme.seeds.search if seed is None else seed
    buyers = sample_buyers(part_worths, n_buyers=programme.search.n_buyers, seed=seed)
    choices = choices_of(programme, candidates, part_worths, buyers, quantity)
    reached = buyers_by_region(programme, choices)
    return LineProblem(
        *_odds(choices, choices.values, choices.overage, map_blocks),
        weights=np.outer(reached, buyers.weights).ravel(),
        group=groups(candidates),
        **_fixed(programme, candidates, quantity),
        n_offers=programme.search.n_offers,
    )


def scenario_problem(
    programme: Programme,
    candidates: Sequence[Candidate],
    part_worths: PartWorths,
    *,
    n_scenarios: int,
    quantity: Quantity = "profit",
    map_blocks: MapBlocks = map,
) -> Scenarios:
    """Return the problem by draw of part-worths and of the market, equally likely.

    The same respondents stand in every scenario, weighed as the forecast weighs them in its draw,
    so that scenarios differ by what is not known, not by who was looked at. Costs enter as in
    `line_problem`.
    """
    drawn = np.unique(np.linspace(0, part_worths.n_draws - 1, n_scenarios).astype(np.int64))
    n_each = max(1, programme.search.n_buyers // len(drawn))
    buyers = buyers_of_draws(
        part_worths,
        drawn,
        n_each=n_each,
        seed=programme.seeds.search,
        market_seed=programme.seeds.demand,
    )
    choices = choices_of(programme, candidates, part_worths, buyers, quantity)
    odds, earnings = _odds(choices, choices.values, choices.overage, map_blocks)
    market = draw_market(programme.market, n_draws=part_worths.n_draws, seed=programme.seeds.demand)
    reached = market.reached(programme.market).sum(axis=2)[drawn]
    m, s = len(choices.regions), len(drawn)
    by_region = np.array([np.bincount(choices.like, weights=draw, minlength=m) for draw in reached])
    n = len(buyers.weights) // s
    weights = by_region[:, :, None] * buyers.weights.reshape(s, 1, n)
    # From region after region to scenario after scenario.
    order = np.arange(m * s * n).reshape(m, s, n).transpose(1, 0, 2).ravel()
    problem = LineProblem(
        odds=odds[order],
        earnings=earnings[order],
        weights=weights.ravel(),
        group=groups(candidates),
        **_fixed(programme, candidates, quantity),
        n_offers=programme.search.n_offers,
    )
    return Scenarios(
        problem=problem, first=np.arange(s + 1) * m * n, probability=np.full(s, 1.0 / s)
    )


def models_problem(
    programme: Programme,
    candidates: Sequence[Candidate],
    models: Sequence[PartWorths],
    *,
    quantity: Quantity = "profit",
    map_blocks: MapBlocks = map,
) -> Scenarios:
    """Return the problem by model: each scenario is `line_problem` with other part-worths."""
    problems = [
        line_problem(programme, candidates, model, quantity=quantity, map_blocks=map_blocks)
        for model in models
    ]
    return Scenarios(
        problem=problems[0]._replace(
            odds=np.concatenate([problem.odds for problem in problems]),
            earnings=np.concatenate([problem.earnings for problem in problems]),
            weights=np.concatenate([problem.weights for problem in problems]),
        ),
        first=np.cumsum([0, *(len(problem.weights) for problem in problems)]),
        probability=np.full(len(problems), 1.0 / len(problems)),
    )


def buyers_money_per_utility(
    programme: Programme, part_worths: PartWorths, problem: LineProblem
) -> Float[np.ndarray, " people"]:
    """Return what a unit of utility is worth to each person of `line_problem`, in money.

    The price range that was asked about over what it takes from utility.
    """
    low, high = price_ends(programme, part_worths.coding)
    prices = programme.attributes[programme.price_attribute].values
    buyers = sample_buyers(
        part_worths, n_buyers=programme.search.n_buyers, seed=programme.seeds.search
    )
    lost = part_worths.draws[buyers.draws, buyers.respondents] @ (low - high)
    money = (max(prices) - min(prices)) / np.where(lost == 0.0, -np.inf, lost)
    return np.asarray(np.tile(money, len(problem.weights) // len(money)), dtype=float)


class _Fixed(TypedDict):
    fixed_per_offer: float
    fees: Float[np.ndarray, " fees"]
    uses: Bool[np.ndarray, "C fees"]


def _fixed(programme: Programme, candidates: Sequence[Candidate], quantity: Quantity) -> _Fixed:
    """Return the fixed costs that the arrays charge: the least of each offer's, and shared fees."""
    fixed = fixed_costs_of(programme, [(c.configuration, c.variants) for c in candidates])
    counts = quantity == "profit"
    return {
        "fixed_per_offer": float(fixed.per_offer.min()) if counts else 0.0,
        "fees": fixed.once if counts else np.zeros_like(fixed.once),
        "uses": fixed.uses,
    }


def line_terms(
    programme: Programme,
    candidates: Sequence[Candidate],
    part_worths: PartWorths,
    problem: LineProblem,
    *,
    quantity: Quantity = "profit",
    map_blocks: MapBlocks = map,
) -> LineTerms:
    """Return what lines must keep to, and cost beyond what `problem` of these candidates says."""
    rules = line_rules(programme, candidates)
    fixed = fixed_costs_of(programme, [(c.configuration, c.variants) for c in candidates])
    per_offer = fixed.per_offer - problem.fixed_per_offer
    has_fees = quantity in ("profit", "contribution")
    fees = _volume_fees(programme, candidates, part_worths, map_blocks) if has_fees else ()
    return LineTerms(
        rules=with_volume_rules(rules, partial(vehicles_of, problem), programme.search),
        costs=LineCosts(
            per_offer=per_offer if quantity == "profit" else np.zeros_like(per_offer),
            fees=tuple(fees),
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
    buyers = sample_buyers(
        part_worths, n_buyers=programme.search.n_buyers, seed=programme.seeds.search
    )
    choices = choices_of(programme, candidates, part_worths, buyers, "profit")
    variants = [variant for candidate in candidates for variant in candidate.variants]
    scale = market_scale(programme, part_worths, choices)
    for package in tiered:
        with_it = np.array([variant.meets(package.when) for variant in variants], dtype=float)
        # What a candidate earns at a margin of 1 with the package and 0 without: its odds with it.
        counted = np.tile(with_it, (len(choices.rows), 1))
        _, odds_with = _odds(choices, counted, None, map_blocks)
        yield VolumeFee(package=package, odds_with=odds_with, scale=scale)


def market_scale(
    programme: Programme, part_worths: PartWorths, choices: Choices
) -> Float[np.ndarray, "S regions"]:
    """Return how many times its expected buyers each region has in each draw of the market."""
    drawn = draw_market(programme.market, n_draws=part_worths.n_draws, seed=programme.seeds.demand)
    reached = drawn.reached(programme.market).sum(axis=2)
    # One column for each region that stands for those like it.
    by_region = np.array([np.bincount(choices.like, weights=draw) for draw in reached])
    return np.asarray(by_region / by_region.mean(axis=0))


def buyers_by_region(programme: Programme, choices: Choices) -> Float[np.ndarray, " regions"]:
    """Return how many buyers are reached, in the regions that stand for all that are like them."""
    # Summed in the order of the regions that stand for the others.
    return np.bincount(
        choices.like, weights=reached_buyers(programme), minlength=len(choices.regions)
    )


class Choices(NamedTuple):
    """What buyers choose from and what that brings, of V variants of candidates in M regions."""

    buyers: Buyers
    part_worths: Float[np.ndarray, "B K"]
    rows: Float[np.ndarray, "M V K"]
    starts: Int[np.ndarray, " candidates_and_one"]
    market: MarketAlternatives
    """What else there is."""
    log_rest: Float[np.ndarray, "M B"]
    values: Float[np.ndarray, "M V"]
    """What a vehicle adds to the quantity."""
    overage: Overage | None
    """By buyer and candidate; None where the quantity has none."""
    regions: list[int]
    """Regions that stand for all that are like them."""
    like: Int[np.ndarray, " M"]
    """Which of these each region is like."""


def choices_of(
    programme: Programme,
    candidates: Sequence[Candidate],
    part_worths: PartWorths,
    buyers: Buyers,
    quantity: Quantity,
) -> Choices:
    """Return what these buyers choose from, and what that adds to the quantity.

    Raises
    ------
    InputError
        If buyers, regions and candidates are too many to be held in memory.
    """
    offers = [offer_of(programme, candidate, name="candidate") for candidate in candidates]
    part_worths = with_offered_terms(programme, part_worths, offers)
    rows = variant_rows(programme, part_worths.coding, offers)
    market = market_alternatives(programme, part_worths.coding)
    values = values_by_region(programme, offers, quantity)
    regions, like = _different_regions(rows, market, values)
    _check_size(programme, len(buyers.weights) * len(regions) * len(candidates))
    starts = np.cumsum([0, *(len(offer.variants) for offer in offers)])
    return Choices(
        buyers=buyers,
        part_worths=part_worths.draws[buyers.draws, buyers.respondents],
        rows=rows,
        starts=starts,
        market=market,
        log_rest=log_rest(programme, part_worths, market, buyers),
        values=values,
        overage=_overage(programme, offers, part_worths, buyers, starts)
        if quantity in ("profit", "contribution", "revenue")
        else None,
        regions=regions,
        like=like,
    )


def _overage(
    programme: Programme,
    offers: Sequence[Offer],
    part_worths: PartWorths,
    buyers: Buyers,
    starts: Int[np.ndarray, " candidates_and_one"],
) -> Overage:
    overage = overage_of(programme, offers, part_worths)
    return Overage(
        values=overage.values[:, buyers.draws, buyers.respondents],
        contract_of_variant=overage.contract_of_variant[starts[:-1]],
    )


def _odds(
    choices: Choices,
    values: Float[np.ndarray, "M V"],
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
        values,
        choices.log_rest,
        overage,
    )
    found = CandidateOdds(
        np.empty((len(regions) * n_buyers, n_candidates), np.float32),
        np.empty((len(regions) * n_buyers, n_candidates), np.float32),
    )
    filled = 0
    for odds, earnings in map_blocks(work, blocks_of_buyers(choices)):
        people = slice(filled, filled + len(odds))
        found.odds[people], found.earnings[people] = odds, earnings
        filled = people.stop
    return found


class BuyersBlock(NamedTuple):
    """Some buyers, in one of the regions that stand for all."""

    region: int
    first: int
    end: int

    @property
    def buyers(self) -> slice:
        """Return where its buyers stand among all."""
        return slice(self.first, self.end)


def blocks_of_buyers(choices: Choices) -> list[BuyersBlock]:
    """Return all buyers in blocks, region after region."""
    n_buyers = len(choices.buyers.weights)
    return [
        BuyersBlock(region, first, min(first + _BUYERS_AT_ONCE, n_buyers))
        for region in choices.regions
        for first in range(0, n_buyers, _BUYERS_AT_ONCE)
    ]


def _odds_of_block(
    part_worths: Float[np.ndarray, "B K"],
    rows: Float[np.ndarray, "M variants K"],
    starts: Int[np.ndarray, " candidates_and_one"],
    values: Float[np.ndarray, "M variants"],
    log_rest: Float[np.ndarray, "M B"],
    overage: Overage | None,
    block: BuyersBlock,
) -> CandidateOdds:
    m, buyers = block.region, block.buyers
    odds, earnings = candidate_odds(
        part_worths[buyers], rows[m], starts, values[m], log_rest[m, buyers]
    )
    if overage is not None:
        for p, paid in enumerate(overage.values):
            own = overage.contract_of_variant == p
            earnings[:, own] += odds[:, own] * paid[buyers, None]
    return CandidateOdds(odds, earnings)


def _different_regions(
    rows: Float[np.ndarray, "M variants K"],
    market: MarketAlternatives,
    values: Float[np.ndarray, "M variants"],
) -> tuple[list[int], Int[np.ndarray, " M"]]:
    """Return one region for each different choice and value, and which one each region is like."""
    first: dict[bytes, int] = {}
    faced = [
        b"".join(part[m].tobytes() for part in (rows, market.rows, market.offsets, values))
        for m in range(len(rows))
    ]
    for m, choice in enumerate(faced):
        first.setdefault(choice, m)
    regions = list(first.values())
    return regions, np.array([regions.index(first[choice]) for choice in faced])


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
