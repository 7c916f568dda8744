"""Lines of candidates before buyers who take the best: what they sell, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Bool, Float

from counterflow.definition.buyers import sample_buyers
from counterflow.definition.candidates import Candidate
from counterflow.definition.feasibility.fixed_costs import fixed_costs_of
from counterflow.definition.feasibility.line_costs import fees_beyond_least
from counterflow.definition.feasibility.line_rules import LineRules, groups, line_rules
from counterflow.definition.feasibility.volume_rules import with_volume_rules
from counterflow.definition.first_choice.buyers import choices_of_buyers
from counterflow.definition.problem import Choices, buyers_by_region, choices_of, market_scale
from counterflow.domain.costs import SupplierPackage
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.first_choice import (
    FirstChoiceProblem,
    Rules,
    line_profit,
    problem_of_utilities,
)
from counterflow.kernels.first_choices import FirstChoices, places_taken
from counterflow.kernels.line_search import Line


@dataclass(frozen=True, eq=False, kw_only=True)
class TieredFee:
    """The fee of a package whose tiers depend on how many vehicles have it."""

    package: SupplierPackage
    has_package: Bool[np.ndarray, " V"]
    scale: Float[np.ndarray, "S regions"]
    """How many times its expected buyers a region has in each draw of the market."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FirstChoiceLines:
    """The search problem of first choices, and what its arrays leave out.

    `problem` charges fixed costs in full and packages at the least fee of their tiers.
    """

    problem: FirstChoiceProblem
    choices: FirstChoices
    weights: Float[np.ndarray, " people"]
    """Buyers that each person stands for, region after region."""
    rules: LineRules
    fees: tuple[TieredFee, ...]

    @property
    def knows_everything(self) -> bool:
        """Return whether the problem leaves nothing out."""
        return not self.rules.has_any and not self.fees

    def vehicles(self, line: Line) -> Float[np.ndarray, " offers"]:
        """Return how many vehicles of each offer the line sells."""
        return vehicles_of_choices(self.choices, self.weights, line)

    def alone(self) -> Float[np.ndarray, " C"]:
        """Return how many vehicles each candidate would sell as the only offer."""
        return np.asarray(self.weights @ (self.choices.advantage > 0.0))

    def worth(self, line: Line, profit: float) -> float | None:
        """Return what a line is worth that earns `profit` in the problem; None if it may not be."""
        if not line or not self.rules.allows(line):
            return None
        return profit - sum(self._beyond_least(fee, line) for fee in self.fees)

    def value(self, line: Line) -> float:
        """Return what the line is worth, allowed or not."""
        beyond = sum(self._beyond_least(fee, line) for fee in self.fees)
        return line_profit(self.problem, line) - beyond

    def _beyond_least(self, fee: TieredFee, line: Line) -> float:
        place = places_taken(self.choices, line)
        buys = np.flatnonzero(place >= 0)
        variant = self.choices.variant[buys, np.array(line)[place[buys]]]
        sold = np.zeros(len(self.weights))
        sold[buys] = self.weights[buys] * fee.has_package[variant]
        by_region = sold.reshape(fee.scale.shape[1], -1).sum(axis=1)
        return fees_beyond_least(fee.package, fee.scale @ by_region)


def vehicles_of_choices(
    choices: FirstChoices, weights: Float[np.ndarray, " people"], line: Line
) -> Float[np.ndarray, " offers"]:
    """Return how many vehicles of each offer people buy who take the best."""
    place = places_taken(choices, line)
    return np.bincount(place + 1, weights=weights, minlength=len(line) + 1)[1:]


def first_choice_lines(
    programme: Programme,
    candidates: Sequence[Candidate],
    part_worths: PartWorths,
    *,
    seed: int | None = None,
    map_blocks: MapBlocks = map,
) -> FirstChoiceLines:
    """Return the search problem of buyers who take the best, over all regions and periods.

    Buyers, market, prices, costs and rules are those of the search by logit; `seed` draws other
    buyers than the programme's does.

    Raises
    ------
    InputError
        If buyers are too many for so many candidates, or the outside option has a share to meet.
    """
    if programme.market.outside_option.share is not None:
        unfit = Problem(
            expected="an estimated outside option, as a share to meet is met by logit",
            found=f"share {programme.market.outside_option.share:g}",
            key="market.outside_option",
            advice='Say `choice_rule = "logit"` in [search], or `kind = "estimated"` here.',
        )
        raise InputError([unfit])
    search = programme.search
    seed = programme.seeds.search if seed is None else seed
    buyers = sample_buyers(part_worths, n_buyers=search.n_buyers, seed=seed)
    faced = choices_of(programme, candidates, part_worths, buyers, search.objective)
    choices = choices_of_buyers(faced, map_blocks=map_blocks)
    weights = np.outer(buyers_by_region(programme, faced), buyers.weights).ravel()
    vehicles = partial(vehicles_of_choices, choices, weights)
    rules = with_volume_rules(line_rules(programme, candidates), vehicles, search)
    problem = search_problem(programme, candidates, choices, weights)
    if rules.has_any or not problem.is_allowed.any():
        # A rule may ask for what nobody wants.
        problem = problem._replace(is_allowed=np.ones(len(candidates), dtype=bool))
    has_fees = search.objective in ("profit", "contribution")
    return FirstChoiceLines(
        problem=problem,
        choices=choices,
        weights=weights,
        rules=rules,
        fees=tuple(_fees(programme, candidates, part_worths, faced)) if has_fees else (),
    )


def search_problem(
    programme: Programme,
    candidates: Sequence[Candidate],
    choices: FirstChoices,
    weights: Float[np.ndarray, " people"],
) -> FirstChoiceProblem:
    """Return the problem of the best line for these choices, fixed costs in full."""
    fixed = fixed_costs_of(programme, [(c.configuration, c.variants) for c in candidates])
    counts = programme.search.objective == "profit"
    return problem_of_utilities(
        choices.advantage,
        np.zeros(len(weights)),
        choices.earned,
        weights,
        Rules(
            n_offers=min(programme.search.n_offers, len(candidates)),
            group=groups(candidates),
            fixed_costs=fixed.per_offer if counts else 0.0,
            fees=fixed.once if counts else np.zeros(0),
            uses=fixed.uses if counts else np.zeros((0, 0), dtype=bool),
        ),
    )


def _fees(
    programme: Programme,
    candidates: Sequence[Candidate],
    part_worths: PartWorths,
    faced: Choices,
) -> Iterator[TieredFee]:
    variants = [variant for candidate in candidates for variant in candidate.variants]
    scale = market_scale(programme, part_worths, faced)
    for package in programme.costs.packages.values():
        if package.tiers:
            has = np.array([variant.meets(package.when) for variant in variants], dtype=bool)
            yield TieredFee(package=package, has_package=has, scale=scale)
