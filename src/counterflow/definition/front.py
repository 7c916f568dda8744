"""The front of lines: what one quantity costs in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from typing import Any

from counterflow.definition.candidates import (
    Candidate,
    all_candidates,
    buildable_configurations,
    candidates,
)
from counterflow.definition.choose import welfare_of
from counterflow.definition.feasibility.allowed_lines import LineTerms
from counterflow.definition.feasibility.conflict import check_some_line
from counterflow.definition.feasibility.line_costs import weighed_costs
from counterflow.definition.names import offer_names
from counterflow.definition.objectives.buyers_line import best_for_buyers
from counterflow.definition.objectives.pareto import (
    Earned,
    FrontPoint,
    WeightedSum,
    pareto_front,
    swap,
    weighted_problem,
)
from counterflow.definition.objectives.search import BestLine
from counterflow.definition.objectives.welfare import Welfare
from counterflow.definition.problem import line_problem, line_terms
from counterflow.definition.search import search_line
from counterflow.domain.deadline import Deadline
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.rounding import significant
from counterflow.domain.settings import Quantity
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.line_search import LineProblem


@dataclass(frozen=True, kw_only=True)
class LineOnFront:
    """A line of the front: its offers with their prices, and what it has of both quantities."""

    offers: dict[str, float]
    first: float
    second: float
    is_supported: bool
    """Whether it is best under some weights of the two; `gap` is that search's."""
    gap: float | None


@dataclass(frozen=True, kw_only=True)
class LineFront:
    """Lines than which none is better in both quantities, by ascending first quantity.

    Quantities are expected values of the buyers searched: money in `currency`, shares of all
    buyers of the category.
    """

    quantities: tuple[Quantity, Quantity]
    currency: str
    lines: tuple[LineOnFront, ...]
    notes: tuple[str, ...] = ()
    """What a reader must know before trusting the figures."""

    def as_dict(self) -> dict[str, Any]:
        """Return the front as JSON values."""
        return {
            "quantities": list(self.quantities),
            "currency": self.currency,
            "lines": [asdict(line) for line in self.lines],
            "notes": list(self.notes),
        }


def line_front(
    programme: Programme,
    part_worths: PartWorths,
    quantities: tuple[Quantity, Quantity],
    *,
    n_weights: int = 9,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> LineFront:
    """Return the Pareto front of two quantities over the lines that the programme may have.

    Where `search.time_limit_s` is over before all weights are searched, the front has fewer points.

    Raises
    ------
    ValueError
        If both quantities are the same.
    InputError, NothingBuildableError, NoLineError
        As of `define_line`.
    """
    if quantities[0] == quantities[1]:
        raise ValueError(f"expected two different quantities, got {quantities[0]} twice")
    if programme.search.choice_rule != "logit":
        problem = Problem(
            expected='"logit", by which fronts are searched',
            found=programme.search.choice_rule,
            key="search.choice_rule",
        )
        raise InputError([problem])
    report = report or (lambda *_: None)
    deadline = Deadline.after(programme.search.time_limit_s)
    report(0.0, "coding candidates")
    configurations = buildable_configurations(programme)
    check_some_line(programme, all_candidates(programme, configurations))
    possible = candidates(programme, configurations)
    problems = [
        line_problem(programme, possible, part_worths, quantity=quantity, map_blocks=map_blocks)
        for quantity in quantities
    ]
    terms = [
        line_terms(
            programme, possible, part_worths, problem, quantity=quantity, map_blocks=map_blocks
        )
        for quantity, problem in zip(quantities, problems, strict=True)
    ]
    first, second = (
        welfare_of(programme, part_worths, problem)
        if quantity == "welfare"
        else Earned(problem, partial(own.costs.of, problem))
        for quantity, problem, own in zip(quantities, problems, terms, strict=True)
    )
    # What lies around the lines found is looked at last.
    until = deadline.part(0.8)
    search = _Sums(programme, problems, (first, second), terms, until, map_blocks)
    points = pareto_front(
        first,
        second,
        search.proved if "welfare" not in quantities else search.swapped,
        is_allowed=terms[0].rules.allows,
        n_weights=n_weights,
        go_on=until.go_on,
        report=lambda done: report(0.1 + 0.9 * done, "searching weighted sums"),
    )
    return LineFront(
        quantities=quantities,
        currency=programme.programme.currency,
        lines=tuple(_described(programme, possible, point) for point in points),
    )


@dataclass(frozen=True, eq=False)
class _Sums:
    """The searches for the best line under weights of both quantities."""

    programme: Programme
    problems: Sequence[LineProblem]
    measured: tuple[Earned | Welfare, Earned | Welfare]
    terms: Sequence[LineTerms]
    """Of either quantity: the same rules, and each one's own costs."""
    deadline: Deadline
    map_blocks: MapBlocks

    def proved(self, weights: tuple[float, float]) -> BestLine:
        """Return the best line of the weighted problem, by swaps and branch and bound."""
        first, second = self.problems
        costs = weighed_costs([terms.costs for terms in self.terms], weights)
        terms = replace(self.terms[0], costs=costs)
        return self._searched(weighted_problem(first, second, weights), terms)

    def swapped(self, weights: tuple[float, float]) -> BestLine:
        """Return the best line that swaps find; no sum exceeds the sum of what neither exceeds."""
        summed = WeightedSum(self.measured, weights)
        n_offers, is_allowed = self.programme.search.n_offers, self.terms[0].rules.allows
        lines = [
            swap(
                summed,
                end.line,
                n_offers=n_offers,
                is_allowed=is_allowed,
                go_on=self._part().go_on,
            )
            for end in self.ends
        ]
        bound = sum(w * end.bound for w, end in zip(weights, self.ends, strict=True))
        return BestLine(max(lines, key=summed.value), bound)

    @cached_property
    def ends(self) -> tuple[BestLine, ...]:
        """Return the best line of either quantity alone."""
        return tuple(
            self._searched(problem, terms)
            if isinstance(measured, Earned)
            else best_for_buyers(
                measured, terms, seed=self.programme.seeds.search, deadline=self._part()
            )
            for measured, problem, terms in zip(
                self.measured, self.problems, self.terms, strict=True
            )
        )

    def _searched(self, problem: LineProblem, terms: LineTerms) -> BestLine:
        found = search_line(
            problem,
            self.programme.search,
            seed=self.programme.seeds.search,
            terms=terms,
            deadline=self._part(),
            map_blocks=self.map_blocks,
        )
        return BestLine(found.best.line, found.bound)

    def _part(self) -> Deadline:
        """Return until when one of the searches may go on: later ones get less, none gets all."""
        return self.deadline.part(1 / 6)


def _described(
    programme: Programme, possible: Sequence[Candidate], point: FrontPoint
) -> LineOnFront:
    chosen = [possible[i] for i in point.line]
    names = offer_names(
        programme, [c.configuration for c in chosen], [c.configuration for c in possible]
    )
    return LineOnFront(
        offers={name: c.price for name, c in zip(names, chosen, strict=True)},
        first=significant(point.first),
        second=significant(point.second),
        is_supported=point.is_supported,
        gap=point.gap,
    )
