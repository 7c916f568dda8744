"""The front of lines: what one quantity costs in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
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
from counterflow.definition.names import offer_names
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

    def as_dict(self) -> dict[str, Any]:
        """Return the front as JSON values."""
        return {
            "quantities": list(self.quantities),
            "currency": self.currency,
            "lines": [asdict(line) for line in self.lines],
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

    Costs that are not a sum over offers (fees by volume, fixed costs by configuration) count at
    the least that they can be.

    Raises
    ------
    ValueError
        If both quantities are the same.
    InputError, NothingBuildableError, NoLineError
        As of `define_line`.
    """
    if quantities[0] == quantities[1]:
        raise ValueError(f"expected two different quantities, got {quantities[0]} twice")
    report = report or (lambda *_: None)
    report(0.0, "coding candidates")
    configurations = buildable_configurations(programme)
    check_some_line(programme, all_candidates(programme, configurations))
    possible = candidates(programme, configurations)
    problems = [
        line_problem(programme, possible, part_worths, quantity=quantity, map_blocks=map_blocks)
        for quantity in quantities
    ]
    terms = line_terms(
        programme, possible, part_worths, problems[0], quantity="share", map_blocks=map_blocks
    )
    first, second = (
        welfare_of(programme, part_worths, problem, terms)
        if quantity == "welfare"
        else Earned(problem)
        for quantity, problem in zip(quantities, problems, strict=True)
    )
    search = _Sums(programme, problems, (first, second), terms, map_blocks)
    points = pareto_front(
        first,
        second,
        search.proved if "welfare" not in quantities else search.swapped,
        is_allowed=terms.rules.allows,
        n_weights=n_weights,
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
    terms: LineTerms
    map_blocks: MapBlocks

    def proved(self, weights: tuple[float, float]) -> BestLine:
        """Return the best line of the weighted problem, by swaps and branch and bound."""
        first, second = self.problems
        return self._searched(weighted_problem(first, second, weights))

    def swapped(self, weights: tuple[float, float]) -> BestLine:
        """Return the best line that swaps find; no sum exceeds the sum of what neither exceeds."""
        summed = WeightedSum(self.measured, weights)
        n_offers, is_allowed = self.programme.search.n_offers, self.terms.rules.allows
        lines = [
            swap(summed, end.line, n_offers=n_offers, is_allowed=is_allowed) for end in self.ends
        ]
        bound = sum(w * end.bound for w, end in zip(weights, self.ends, strict=True))
        return BestLine(max(lines, key=summed.value), bound)

    @cached_property
    def ends(self) -> tuple[BestLine, ...]:
        """Return the best line of either quantity alone."""
        return tuple(
            self._searched(problem) if isinstance(measured, Earned) else measured.best()
            for measured, problem in zip(self.measured, self.problems, strict=True)
        )

    def _searched(self, problem: LineProblem) -> BestLine:
        found = search_line(
            problem,
            self.programme.search,
            seed=self.programme.seeds.search,
            terms=self.terms,
            map_blocks=self.map_blocks,
        )
        return BestLine(found.best.line, found.bound)


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
