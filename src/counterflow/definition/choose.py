"""Choose the line: the search that its objective asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from counterflow.definition.candidates import Candidate
from counterflow.definition.feasibility.allowed_lines import LineTerms
from counterflow.definition.first_choice.lines import first_choice_lines
from counterflow.definition.first_choice.search import search_first_choices
from counterflow.definition.objectives.buyers_line import best_for_buyers
from counterflow.definition.objectives.risk import (
    ConditionalValueAtRisk,
    Mean,
    ProbabilityOfBeating,
    Risk,
    WorstCase,
)
from counterflow.definition.objectives.sample_average import sample_average_gap
from counterflow.definition.objectives.scenarios import Scenarios
from counterflow.definition.objectives.search import BestLine, search_under_risk
from counterflow.definition.objectives.welfare import Welfare
from counterflow.definition.problem import (
    buyers_money_per_utility,
    line_problem,
    line_terms,
    models_problem,
    scenario_problem,
)
from counterflow.definition.search import Found, search_line
from counterflow.domain.cutting import OpenProgramme
from counterflow.domain.deadline import Deadline
from counterflow.domain.definition import SampleGap
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.rounding import significant
from counterflow.domain.settings import BeatingRisk, TailRisk, WorstRisk
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.line_bound import PROOF_TOLERANCE
from counterflow.kernels.line_search import Line, LineProblem, ValuedLine, line_profit


def choose_line(
    programme: Programme,
    possible: Sequence[Candidate],
    part_worths: PartWorths,
    *,
    reference: Sequence[Candidate] = (),
    other_models: Sequence[PartWorths] = (),
    open_programme: OpenProgramme | None = None,
    deadline: Deadline | None = None,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> Found:
    """Return the line of candidates with most of what `search.objective` and `search.risk` say.

    `reference` is the line to beat and `other_models` are part-worths that may be right as well,
    where the risk asks for them. `open_programme` opens the engine of exact searches, where
    `search.choice_rule` asks for them. `deadline` is as of `search_line`.

    Raises
    ------
    NoLineError
        If no line was found that the rules allow.
    InputError
        If there are too many candidates or buyers, or people for whom money buys no utility.
    """
    report = report or (lambda *_: None)
    search = programme.search
    deadline = deadline or Deadline.after(search.time_limit_s)
    if search.choice_rule == "first_choice":
        return search_first_choices(
            first_choice_lines(programme, possible, part_worths, map_blocks=map_blocks),
            search,
            _engine(open_programme),
            seed=programme.seeds.search,
            deadline=deadline,
            map_blocks=map_blocks,
            report=report,
        )
    problem = line_problem(
        programme, possible, part_worths, quantity=search.objective, map_blocks=map_blocks
    )
    terms = line_terms(
        programme,
        possible,
        part_worths,
        problem,
        quantity=search.objective,
        map_blocks=map_blocks,
    )
    if search.objective == "welfare":
        welfare = welfare_of(programme, part_worths, problem)
        return _best_for_buyers(programme, welfare, terms, deadline)
    found = search_line(
        problem,
        search,
        seed=programme.seeds.search,
        terms=terms,
        # Under a risk the best line in the mean is but the first to start from.
        deadline=deadline.part(1.0 if search.risk is None else 1 / 3),
        map_blocks=map_blocks,
        report=report,
    )
    if search.risk is None:
        return found
    everything = [*possible, *reference]
    if isinstance(search.risk, WorstRisk):
        scenarios = models_problem(
            programme,
            everything,
            [part_worths, *other_models],
            quantity=search.objective,
            map_blocks=map_blocks,
        )
    else:
        scenarios = scenario_problem(
            programme,
            everything,
            part_worths,
            n_scenarios=search.risk.n_scenarios,
            quantity=search.objective,
            map_blocks=map_blocks,
        )
    return _under_risk(
        programme, scenarios, terms, found, len(possible), problem, deadline, map_blocks
    )


def _engine(open_programme: OpenProgramme | None) -> OpenProgramme:
    if open_programme is None:
        raise ValueError(
            "exact searches need an engine: pass open_programme=GrowingHighs of "
            "counterflow.solvers.growing_highs"
        )
    return open_programme


def sample_gap(
    programme: Programme,
    possible: Sequence[Candidate],
    part_worths: PartWorths,
    line: Line,
    *,
    n_samples: int,
    open_programme: OpenProgramme | None = None,
    deadline: Deadline | None = None,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> SampleGap | None:
    """Return how far the line may be from the best one for everybody, by further samples of buyers.

    On each sample the bound of all lines is searched, and the line itself is valued: it was found
    on other buyers. Samples that are not begun before `deadline` are left out; None if that leaves
    fewer than two.
    """
    report, deadline = report or (lambda *_: None), deadline or Deadline()
    quantity = programme.search.objective
    bounds, values = [], []
    for k in range(n_samples):
        if deadline.is_over:
            break
        report(k / n_samples, f"searching sample {k + 1} of {n_samples}")
        sampled = _with_search_seed(programme, programme.seeds.search + 1 + k)
        if sampled.search.choice_rule == "first_choice":
            lines = first_choice_lines(sampled, possible, part_worths, map_blocks=map_blocks)
            found = search_first_choices(
                lines,
                sampled.search,
                _engine(open_programme),
                seed=sampled.seeds.search,
                deadline=deadline.part(1 / (n_samples - k)),
                map_blocks=map_blocks,
            )
            bounds.append(found.bound)
            values.append(lines.value(line))
            continue
        problem = line_problem(
            sampled, possible, part_worths, quantity=quantity, map_blocks=map_blocks
        )
        terms = line_terms(
            sampled, possible, part_worths, problem, quantity=quantity, map_blocks=map_blocks
        )
        found = search_line(
            problem,
            sampled.search,
            seed=sampled.seeds.search,
            terms=terms,
            deadline=deadline.part(1 / (n_samples - k)),
            map_blocks=map_blocks,
        )
        bounds.append(found.bound)
        values.append(line_profit(problem, line) - terms.costs.of(problem, line))
    if len(bounds) < 2:
        return None
    gap = sample_average_gap(bounds, values)
    return SampleGap(
        n_samples=len(bounds),
        value=significant(gap.value),
        bound=significant(gap.bound),
        at_most=significant(gap.gap_at_most),
    )


def _with_search_seed(programme: Programme, seed: int) -> Programme:
    seeds = programme.seeds.model_copy(update={"search": seed})
    return programme.model_copy(update={"seeds": seeds})


def risk_of(programme: Programme, scenarios: Scenarios, reference: Line) -> Risk:
    """Return the risk that the programme names; `reference` is the line to beat."""
    match programme.search.risk:
        case BeatingRisk():
            return ProbabilityOfBeating(scenarios.values(reference))
        case WorstRisk():
            return WorstCase()
        case TailRisk(level=level):
            return ConditionalValueAtRisk(level)
        case None:
            return Mean()


def _under_risk(
    programme: Programme,
    scenarios: Scenarios,
    terms: LineTerms,
    mean: Found,
    n_possible: int,
    problem: LineProblem,
    deadline: Deadline,
    map_blocks: MapBlocks,
) -> Found:
    n_all = scenarios.problem.odds.shape[1]
    reference = tuple(range(n_possible, n_all))
    risk = risk_of(programme, scenarios, reference)
    # What is there to be beaten is not for sale.
    may_be_offered = scenarios.problem._replace(forbidden=np.arange(n_all) >= n_possible)
    scenarios = replace(scenarios, problem=may_be_offered)
    found = search_under_risk(
        scenarios,
        risk,
        partial(_best_weighed, programme, deadline, map_blocks),
        starts=[mean.best.line],
        is_allowed=terms.rules.allows if terms.rules.has_any else None,
        cost_beyond=partial(terms.costs.of, problem) if terms.costs.has_any else None,
        go_on=deadline.go_on,
    )
    return Found(
        best=ValuedLine(found.value, found.line),
        bound=found.bound,
        status=found.status,
        method=f"{scenarios.n_scenarios} scenarios or models: swaps by value, bound by duality",
        n_starts=mean.n_starts,
        n_starts_at_best=mean.n_starts_at_best,
        runners_up=(),
    )


def _best_weighed(
    programme: Programme, deadline: Deadline, map_blocks: MapBlocks, problem: LineProblem
) -> BestLine:
    """Return the best line under fixed weights, rules aside: its bound holds with rules too.

    Each search takes half of the time left, which leaves some for swaps by value and the next one.
    """
    found = search_line(
        problem,
        programme.search,
        seed=programme.seeds.search,
        deadline=deadline.part(0.5),
        map_blocks=map_blocks,
    )
    return BestLine(found.best.line, found.bound)


def welfare_of(programme: Programme, part_worths: PartWorths, problem: LineProblem) -> Welfare:
    """Return what lines of the problem are worth to its buyers.

    Raises
    ------
    InputError
        If there are people for whom money buys no utility.
    """
    try:
        return Welfare(problem, buyers_money_per_utility(programme, part_worths, problem))
    except ValueError as error:
        expected = "people for whom money buys utility"
        advice = "Estimate with a sign for the price."
        raise InputError(
            [Problem(expected, str(error), key="search.objective", advice=advice)]
        ) from error


def _best_for_buyers(
    programme: Programme, welfare: Welfare, terms: LineTerms, deadline: Deadline
) -> Found:
    best = best_for_buyers(welfare, terms, seed=programme.seeds.search, deadline=deadline)
    value = welfare.value(best.line)
    is_proved = best.bound <= value * (1.0 + PROOF_TOLERANCE)
    return Found(
        best=ValuedLine(value, best.line),
        bound=best.bound,
        status="optimal" if is_proved else "local_optimum",
        method="greedy additions and swaps, bound by additions",
        n_starts=1,
        n_starts_at_best=1,
        runners_up=(),
    )
