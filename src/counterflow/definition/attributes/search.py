"""Search without a list: the best line of offers too many to be listed, and what none exceeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, NoReturn

import numpy as np

from counterflow.definition.attributes.exchange import Exchanged, Pools, exchange, ideal_offers
from counterflow.definition.attributes.extremes import extreme_sellers
from counterflow.definition.attributes.pool import (
    Offers,
    candidates_of,
    distinct,
    random_offers,
    variants_of,
)
from counterflow.definition.attributes.price_levels import box_of
from counterflow.definition.attributes.space import AttributeSpace, attribute_space
from counterflow.definition.candidates import Candidate
from counterflow.definition.feasibility.allowed_lines import LineTerms
from counterflow.definition.feasibility.conflict import check_some_line_found
from counterflow.definition.problem import line_problem, line_terms
from counterflow.domain.level_clauses import LevelClauses
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.random_streams import random_stream
from counterflow.kernels.attribute_bound import AttributeBound, bound_by_attributes
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.line_bound import PROOF_TOLERANCE
from counterflow.kernels.line_search import LineProblem, ValuedLine, line_profit

MOST_LISTED = 10_000_000
"""Configurations times prices up to which candidates are listed."""

BOUND_CELLS = 1_000_000_000
"""How much the bound may cost: boxes times people times levels. On one core, about 20 s."""

MOST_BOXES = 8_000
"""Boxes at most: where people are few, each box costs the same whatever their number."""

_MOST_STARTS = 30
_RANDOM_OFFERS = 30
_KICKS = 24
"""Offers of the best line that are replaced at random, to see whether a better one is near."""
_KNOWN_OFFERS = 300
"""Offers by which the bound sets its prices of people."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FoundByAttributes:
    """The best line that was found, among candidates that differ from it by little."""

    candidates: tuple[Candidate, ...]
    problem: LineProblem
    """Of these candidates."""
    terms: LineTerms
    """Of these candidates."""
    best: ValuedLine
    bound: float
    """What no line of any buildable offers earns more than."""
    status: Literal["optimal", "local_optimum"]
    method: str
    n_starts: int
    n_starts_at_best: int
    n_configurations: int
    """Not exceeded by what is buildable."""


def is_beyond_listing(programme: Programme) -> bool:
    """Return whether there may be so many candidates that attributes are searched instead."""
    prices = (programme.search.prices_in(asked) for asked in programme.search.prices)
    return count_configurations(programme) * max(map(len, prices)) > MOST_LISTED


def count_configurations(programme: Programme) -> int:
    """Return a number that buildable configurations do not exceed, without listing them."""
    levels = {name: a.level_names for name, a in programme.configurable.items()}
    clauses = LevelClauses.of(levels, programme.rules, keep=programme.search.keep)
    return clauses.count_at_most()


def search_attributes(
    programme: Programme,
    part_worths: PartWorths,
    *,
    map_blocks: MapBlocks = map,
    go_on: Callable[[], bool] = lambda: True,
    report: Report | None = None,
) -> FoundByAttributes:
    """Return the best line that coordinate exchange finds from many starts, and a bound.

    `go_on` is asked from time to time whether there is time left; the first start is always
    searched. If it always says yes, the result is the same however many threads `map_blocks` uses.

    Raises
    ------
    NothingBuildableError
        If the rules exclude everything.
    NoLineError
        If no line was found that keeps to the rules of `[search]`.
    """
    report = report or (lambda *_: None)
    report(0.0, "coding levels")
    space = attribute_space(programme, part_worths)
    search, seed = programme.search, programme.seeds.search
    some = random_offers(space, _RANDOM_OFFERS, random_stream(seed, "offers"))
    pools = Pools.of(space, part_worths, some)
    asked_for = distinct(_asked_for(space), extreme_sellers(space, some))
    besides = distinct(asked_for, distinct(ideal_offers(space, part_worths, seed=seed), some))
    n_starts = 1 + min(search.n_restarts, _MOST_STARTS)
    ends: list[Exchanged] = []
    for end in map_blocks(partial(_from_start, pools, besides, go_on), range(n_starts)):
        ends += [end] if end is not None else []
        report(0.05 + 0.35 * len(ends) / n_starts, "exchanging levels")
    if not ends:
        _raise_for_no_line(pools, besides)
    best = _kicked(pools, max(ends, key=lambda end: end.profit), besides, go_on)
    bounded = bound_by_attributes(
        space.problem,
        space.clauses.narrowed,
        offers=_known(space, ends, best),
        profit=best.profit,
        most_nodes=min(MOST_BOXES, max(1, BOUND_CELLS // space.problem.log_odds.size)),
        map_blocks=map_blocks,
        go_on=go_on,
        report=lambda done: report(0.4 + 0.55 * done, "bounding what other lines can earn"),
    )
    report(0.95, "exchanging levels")
    again = exchange(pools, best.line, besides=distinct(_offers_at(space, bounded.offers), besides))
    best = again if again is not None and again.profit > best.profit else best
    return _found(space, part_worths, best, bounded, ends)


def _from_start(
    pools: Pools, besides: Offers, go_on: Callable[[], bool], start: int
) -> Exchanged | None:
    """Return where an exchange ends: the first from no offers, others from offers at random."""
    if start == 0:
        return exchange(pools, besides[:0], besides=besides)
    if not go_on():
        return None
    n_offers = pools.space.problem.n_offers
    stream = random_stream(pools.space.programme.seeds.search, "attribute starts", start)
    if start % 2:
        line = stream.permutation(besides)[:n_offers]
    else:
        line = random_offers(pools.space, n_offers, stream)
    return exchange(pools, line, besides=besides, restart=start)


def _kicked(pools: Pools, best: Exchanged, besides: Offers, go_on: Callable[[], bool]) -> Exchanged:
    """Return the best line, or a better one found from it with one offer replaced at random.

    Iterated local search (Lourenco, Martin and Stutzle, Handbook of Metaheuristics, 2003).
    """
    for kick in range(_KICKS):
        if not go_on():
            break
        stream = random_stream(pools.space.programme.seeds.search, "kicks", kick)
        place = kick % len(best.line)
        others = np.delete(best.line, place, axis=0)
        line = distinct(random_offers(pools.space, 1, stream), others)
        # First the new offer alone finds its place: else the others' neighbours would take it.
        end = exchange(pools, line, besides=others, kept=others, restart=kick)
        end = exchange(pools, end.line if end else line, besides=besides, restart=kick)
        best = end if end is not None and end.profit > best.profit else best
    return best


def _raise_for_no_line(pools: Pools, offers: Offers) -> NoReturn:
    """Raise NoLineError with the rules that leave no line of these offers."""
    problem, terms = replace(pools, has_terms=True).arrays(offers)
    assert terms is not None
    check_some_line_found(problem, terms.rules, [])
    raise AssertionError("an exchange without rules always finds a line")


def _asked_for(space: AttributeSpace) -> Offers:
    """Return buildable offers of each kind that some rule on lines asks for."""
    search = space.programme.search
    kinds = [(pattern.when, pattern.price) for pattern in search.must_offer]
    kinds += [(rule.requires, None) for rule in search.line_rules]
    kinds += [(end, None) for ladder in search.ladders for end in (ladder.lower, ladder.higher)]
    offers = []
    for when, price in kinds:
        box = box_of(space.levels, when)
        if price is not None:
            box[: len(space.prices)] &= [level.price == price for level in space.prices]
        codes = space.clauses.nearest(box, np.zeros(len(box)))
        offers += [codes[: space.n_fixed]] if codes is not None else []
    return distinct(offers, np.zeros((0, space.n_fixed), dtype=np.int64))


def _known(space: AttributeSpace, ends: Sequence[Exchanged], best: Exchanged) -> np.ndarray:
    """Return variants of good offers, by columns: those of the lines found, and around the best."""
    lines = distinct((offer for end in ends for offer in end.line), best.line)
    variants, _ = variants_of(space, distinct(best.pool, lines)[:_KNOWN_OFFERS])
    return variants[:_KNOWN_OFFERS] + space.clauses.starts[:-1]


def _offers_at(space: AttributeSpace, columns: np.ndarray) -> Offers:
    """Return the offers that have these variants, given by columns."""
    codes = columns - space.clauses.starts[:-1]
    return distinct(codes[:, : space.n_fixed], np.zeros((0, space.n_fixed), dtype=np.int64))


def _found(
    space: AttributeSpace,
    part_worths: PartWorths,
    best: Exchanged,
    bound: AttributeBound,
    ends: Sequence[Exchanged],
) -> FoundByAttributes:
    programme = space.programme
    candidates = candidates_of(space, best.pool)
    problem = line_problem(programme, candidates, part_worths)
    terms = line_terms(programme, candidates, part_worths, problem)
    place = {tuple(offer): i for i, offer in enumerate(best.pool.tolist())}
    line = tuple(sorted(place[tuple(offer)] for offer in best.line.tolist()))
    profit = line_profit(problem, line) - terms.costs.of(problem, line)
    is_proved = bound.bound <= profit + PROOF_TOLERANCE * abs(profit)
    least = best.profit - PROOF_TOLERANCE * abs(best.profit)
    return FoundByAttributes(
        candidates=candidates,
        problem=problem,
        terms=terms,
        best=ValuedLine(profit, line),
        bound=max(bound.bound, profit),
        status="optimal" if is_proved else "local_optimum",
        method=(
            f"exchange of levels and prices from {len(ends)} starts, "
            f"then branch and bound over levels ({bound.n_nodes:,} boxes)"
        ),
        n_starts=len(ends),
        n_starts_at_best=sum(end.profit >= least for end in ends),
        n_configurations=count_configurations(programme),
    )
