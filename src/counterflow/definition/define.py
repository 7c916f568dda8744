"""Define the line: which offers to make, at which prices, and what they are expected to earn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from counterflow.definition.attributes.search import is_beyond_listing, search_attributes
from counterflow.definition.candidates import (
    Candidate,
    all_candidates,
    buildable_configurations,
    candidates,
)
from counterflow.definition.choose import choose_line, sample_gap
from counterflow.definition.feasibility.conflict import check_some_line
from counterflow.definition.names import offer_names
from counterflow.definition.offers import offer_of
from counterflow.definition.price_slope import check_prices_deter
from counterflow.definition.search import N_RUNNERS_UP, Found
from counterflow.definition.valuation import at_averages, value_line
from counterflow.domain.cutting import OpenProgramme
from counterflow.domain.deadline import Deadline
from counterflow.domain.definition import Definition, Interval, Offer, SampleGap
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.rounding import significant
from counterflow.domain.settings import BeatingRisk, PriceRange, Search, TailRisk, WorstRisk
from counterflow.domain.volumes import interval
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.line_search import neighbours


def define_line(
    programme: Programme,
    part_worths: PartWorths,
    *,
    reference: Definition | None = None,
    other_models: Sequence[PartWorths] = (),
    made_from: Mapping[str, str] | None = None,
    open_programme: OpenProgramme | None = None,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> Definition:
    """Return the line of at most `search.n_offers` offers with most of `search.objective`.

    Profit is taken over buyers, regions and periods: buyers times awareness times availability
    times the share that takes a variant times its margin, less fixed costs. The search looks at
    `search.n_buyers` respondent-draws; the line found is then valued on all draws of part-worths
    and of the market. Prices come from the grid of `search.prices`. `reference` is the line to
    beat, and `other_models` are part-worths that may be right as well, where `search.risk` asks.
    `open_programme` opens the engine of exact searches, where `search.choice_rule` asks for them.

    Raises
    ------
    NothingBuildableError
        If the rules exclude everything.
    NoLineError
        If what is buildable makes no line that keeps to the rules of `[search]`.
    InputError
        If there are too many candidates or buyers to search, or people like high prices.
    """
    report = report or (lambda *_: None)
    check_prices_deter(programme, part_worths)
    deadline = Deadline.after(programme.search.time_limit_s)
    report(0.0, "coding candidates")
    if is_beyond_listing(programme):
        searched = _search_attributes(
            programme, part_worths, deadline, map_blocks, _from(0.1, 0.7, report)
        )
    else:
        searched = _search_candidates(
            programme,
            part_worths,
            reference=_as_candidates(reference),
            other_models=other_models,
            open_programme=open_programme,
            deadline=deadline.part(1 / (1 + (programme.search.n_samples or 0))),
            map_blocks=map_blocks,
            report=_from(0.1, 0.7, report),
        )
    found, possible, n_configurations = searched
    sampled = _sample_gap(
        programme, possible, part_worths, found, open_programme, deadline, map_blocks, report
    )
    report(0.9, "valuing the line on all draws")
    chosen = [possible[i] for i in found.best.line]
    offers = _offers(programme, chosen, possible)
    value = value_line(programme, offers, part_worths, map_blocks=map_blocks)
    offers = at_averages(programme, offers, value)
    profit = interval(value.profit)
    return Definition(
        programme=programme.programme.name,
        currency=programme.programme.currency,
        offers=offers,
        status=found.status,
        method=found.method,
        profit=_rounded(profit),
        objective=_in_words(programme.search),
        search_value=significant(found.best.profit),
        bound=significant(found.bound),
        n_candidates=len(possible),
        n_configurations=n_configurations,
        n_starts=found.n_starts,
        n_starts_at_best=found.n_starts_at_best,
        choice_rule=programme.search.choice_rule,
        sample_gap=sampled,
        runners_up=tuple(_runners_up(programme, found, possible)),
        notes=(
            *_notes(programme, chosen, offers, profit, sampled),
            *_note_on_capacity(programme, interval(value.vehicles.sum(axis=1))),
        ),
        made_from=dict(made_from or {}),
    )


def _from(begin: float, end: float, report: Report) -> Report:
    """Return the report of a part of the work, from one share of it to another."""
    return lambda done, what: report(begin + (end - begin) * done, what)


class _Searched(NamedTuple):
    found: Found
    possible: tuple[Candidate, ...]
    """The candidates that the line found counts."""
    n_configurations: int


def _search_candidates(
    programme: Programme,
    part_worths: PartWorths,
    *,
    reference: Sequence[Candidate],
    other_models: Sequence[PartWorths],
    open_programme: OpenProgramme | None,
    deadline: Deadline,
    map_blocks: MapBlocks,
    report: Report,
) -> _Searched:
    """Return the best line of all candidates that can be listed."""
    configurations = buildable_configurations(programme)
    check_some_line(programme, all_candidates(programme, configurations))
    possible = candidates(programme, configurations)
    found = choose_line(
        programme,
        possible,
        part_worths,
        reference=reference,
        other_models=other_models,
        open_programme=open_programme,
        deadline=deadline,
        map_blocks=map_blocks,
        report=report,
    )
    return _Searched(found, possible, len(configurations))


def _search_attributes(
    programme: Programme,
    part_worths: PartWorths,
    deadline: Deadline,
    map_blocks: MapBlocks,
    report: Report,
) -> _Searched:
    """Return the best line where candidates are too many to be listed: level by level."""
    search = programme.search
    asked = {
        "objective": search.objective != "profit",
        "risk": search.risk,
        "n_samples": search.n_samples,
        "choice_rule": search.choice_rule != "logit",
    }
    problems = [
        Problem(
            expected="expected profit by logit on one sample, as there are too many offers to list",
            found=f"search.{key}",
            key=f"search.{key}",
            advice="Keep some levels fixed with search.keep.",
        )
        for key, is_asked in asked.items()
        if is_asked
    ]
    if problems:
        raise InputError(problems)
    found = search_attributes(
        programme,
        part_worths,
        map_blocks=map_blocks,
        go_on=deadline.go_on,
        report=report,
    )
    others = neighbours(found.problem, found.best.line, most=N_RUNNERS_UP)
    return _Searched(
        Found(
            best=found.best,
            bound=found.bound,
            status=found.status,
            method=found.method,
            n_starts=found.n_starts,
            n_starts_at_best=found.n_starts_at_best,
            runners_up=tuple(v for v in others if found.terms.rules.allows(v.line)),
        ),
        found.candidates,
        found.n_configurations,
    )


def _as_candidates(reference: Definition | None) -> tuple[Candidate, ...]:
    offers = reference.offers if reference is not None else ()
    return tuple(
        Candidate(
            configuration=offer.configuration,
            variants=tuple(variant.configuration for variant in offer.variants),
            price=offer.price,
            prices=PriceRange(least=offer.price, most=offer.price, step=offer.price),
        )
        for offer in offers
    )


def _sample_gap(
    programme: Programme,
    possible: Sequence[Candidate],
    part_worths: PartWorths,
    found: Found,
    open_programme: OpenProgramme | None,
    deadline: Deadline,
    map_blocks: MapBlocks,
    report: Report,
) -> SampleGap | None:
    n_samples = programme.search.n_samples
    if n_samples is None:
        return None
    return sample_gap(
        programme,
        possible,
        part_worths,
        found.best.line,
        n_samples=n_samples,
        open_programme=open_programme,
        deadline=deadline,
        map_blocks=map_blocks,
        report=_from(0.7, 0.9, report),
    )


def _in_words(search: Search) -> str:
    match search.risk:
        case TailRisk():
            return f"mean {search.objective} of the worst {search.risk.level:.0%} of draws"
        case BeatingRisk():
            return f"probability of more {search.objective} than {search.risk.reference}"
        case WorstRisk():
            return f"expected {search.objective} by the model that expects least"
        case None:
            return f"expected {search.objective}"


def _offers(
    programme: Programme, chosen: Sequence[Candidate], possible: Sequence[Candidate]
) -> tuple[Offer, ...]:
    names = offer_names(
        programme,
        [candidate.configuration for candidate in chosen],
        [candidate.configuration for candidate in possible],
    )
    return tuple(
        offer_of(programme, candidate, name=name)
        for candidate, name in zip(chosen, names, strict=True)
    )


def _runners_up(
    programme: Programme, found: Found, possible: Sequence[Candidate]
) -> Iterator[dict[str, object]]:
    for valued in found.runners_up:
        offers = _offers(programme, [possible[i] for i in valued.line], possible)
        yield {
            "offers": [
                {
                    "name": offer.name,
                    "levels": offer.configuration.as_dict(),
                    "price": offer.price,
                }
                for offer in offers
            ],
            "profit": significant(valued.profit),
        }


def _notes(
    programme: Programme,
    chosen: Sequence[Candidate],
    offers: Sequence[Offer],
    profit: Interval,
    sampled: SampleGap | None,
) -> Iterator[str]:
    """Yield what a reader must know before trusting the line."""
    for candidate, offer in zip(chosen, offers, strict=True):
        ends = programme.search.prices_in(candidate.prices)
        if len(ends) > 1 and offer.price in (ends[0], ends[-1]):
            which = "lowest" if offer.price == ends[0] else "highest"
            yield (
                f"{offer.name}: its price, {offer.price:,.12g}, is the {which} that search.prices "
                "allows; a price beyond might earn more"
            )
    asked, searched = programme.search.n_samples, sampled.n_samples if sampled else 0
    if asked is not None and searched < asked:
        told = f"{searched} of them" if searched else "too few of them to tell a sample's gap"
        yield f"search.time_limit_s left time for {told}: search.n_samples is {asked}"
    if profit.mean < 0.0:
        yield "no line is expected to earn its fixed costs; this one loses least"


def _note_on_capacity(programme: Programme, vehicles: Interval) -> Iterator[str]:
    """Yield a note where the line is expected to sell more than the plant can build.

    The search counts what is wanted: what is built of it, and when, is planned for the line found.
    """
    a_period, most = programme.production.vehicles_per_period, programme.search.most_vehicles
    capacity = a_period * len(programme.market.periods)
    if vehicles.mean > capacity:
        advice = "set search.most_vehicles" if most is None else "lower search.most_vehicles"
        yield (
            f"the line is expected to sell {vehicles.mean:,.0f} vehicles ({vehicles.low:,.0f} to "
            f"{vehicles.high:,.0f}), and the plant can build {capacity:,.0f} in all periods, "
            f"{a_period:,.0f} in each: its profit counts vehicles that are not built; {advice} to "
            "search among lines that can be built"
        )


def _rounded(interval_: Interval) -> Interval:
    return Interval(
        mean=significant(interval_.mean),
        low=significant(interval_.low),
        median=significant(interval_.median),
        high=significant(interval_.high),
    )
