"""A sampled bound on lines for a logit: first choices with drawn errors, searched exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from counterflow.definition.buyers import Buyers, sample_buyers, some_of
from counterflow.definition.candidates import Candidate
from counterflow.definition.first_choice.best_line import LineSearch, best_first_choice_line
from counterflow.definition.first_choice.buyers import choices_of_buyers, drawn_errors
from counterflow.definition.first_choice.lines import search_problem
from counterflow.definition.objectives.sample_average import upper_limit
from counterflow.definition.problem import Choices, buyers_by_region, choices_of
from counterflow.domain.cutting import OpenProgramme
from counterflow.domain.deadline import Deadline
from counterflow.domain.definition import SampledBound
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.rounding import significant
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.first_choice import FirstChoiceProblem
from counterflow.kernels.line_search import Line, LineProblem, fixed_cost, line_profit, profits_with

PART_ENTRIES = 1_000_000
"""How many entries of lists the parts of one replicate's search may read."""

_GAP = 0.002
"""A replicate is bounded well enough at this share of its profit."""


def sampled_bound(
    programme: Programme,
    candidates: Sequence[Candidate],
    part_worths: PartWorths,
    problem: LineProblem,
    line: Line,
    open_programme: OpenProgramme,
    *,
    deadline: Deadline | None = None,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> SampledBound | None:
    """Return what no line of these candidates is worth more than in `problem`, with confidence.

    `problem` is `line_problem` of the programme, and `line` a good one. Replicates that have no
    bound when `deadline` has passed are left out; None if that leaves fewer than two.

    Notes
    -----
    A logit is first choice at standard Gumbel errors, in the mean over them. For buyers n, drawn in
    proportion to their weights, and their errors e the mean over draws of

        max over lines S of  [sum over n of w_n pi_n(S, e_n)] - b sum over i in S of (a_i - E a_i)

    is at least the largest expected profit, by Jensen's inequality (Mak, Morton and Wood,
    Operations Research Letters 24(1-2), 1999, theorem 1): what is taken off has the mean 0. a_i is
    what candidate i alone brings in the draw, and E a_i what it brings by logit. It moves with
    what lines bring, so that less of the maximum is luck (a control variate; b is what `line`
    brings over what its offers would bring each alone). Of each maximum a bound is taken, so that
    the search need not end.
    """
    deadline, report = deadline or Deadline(), report or (lambda *_: None)
    asked = programme.search.sampled_bound
    if asked is None:
        raise ValueError("expected search.sampled_bound, which says how many replicates to draw")
    seed = programme.seeds.search
    buyers = sample_buyers(part_worths, n_buyers=programme.search.n_buyers, seed=seed)
    faced = choices_of(programme, candidates, part_worths, buyers, programme.search.objective)
    replicates = _Replicates(
        programme, tuple(candidates), faced, _Alone.of(problem, line), open_programme, deadline
    )
    n = asked.n_replicates
    bounds: list[float] = []
    for done, bound in enumerate(map_blocks(replicates.bound, range(n)), start=1):
        bounds.append(bound)
        report(done / n, f"bounding lines at drawn errors: {done} of {n}")
    known = [bound for bound in bounds if math.isfinite(bound)]
    if len(known) < 2:
        return None
    return SampledBound(
        n_replicates=len(known),
        n_buyers=min(asked.n_buyers, len(buyers.weights)),
        mean=significant(float(np.mean(known))),
        at_most=significant(upper_limit(known)),
    )


@dataclass(frozen=True, eq=False)
class _Alone:
    """What each candidate brings as the only offer, by logit, before fixed costs."""

    brings: Float[np.ndarray, " C"]
    share_kept: float
    """What a good line brings over the sum of what its offers bring each alone."""

    @classmethod
    def of(cls, problem: LineProblem, line: Line) -> _Alone:
        free = problem._replace(fixed_per_offer=0.0, fees=np.zeros_like(problem.fees))
        brings = profits_with(free, ())
        together = line_profit(problem, line) + fixed_cost(problem, line)
        alone = float(brings[list(line)].sum())
        return cls(brings, min(1.0, max(0.0, together / alone)) if alone > 0.0 else 0.0)


@dataclass(frozen=True, eq=False)
class _Replicates:
    programme: Programme
    candidates: tuple[Candidate, ...]
    faced: Choices
    alone: _Alone
    open_programme: OpenProgramme
    deadline: Deadline

    def bound(self, replicate: int) -> float:
        """Return what no line is worth more than at the errors of a replicate; maybe infinite."""
        if self.deadline.is_over:
            return math.inf
        problem = self.problem(replicate)
        found = best_first_choice_line(
            problem,
            self.open_programme,
            LineSearch(
                n_starts=4,
                n_kicks=1,
                gap=_GAP,
                time_limit_s=self.deadline.seconds_left,
                most_parts=max(1, PART_ENTRIES // max(1, len(problem.listed))),
                seed=replicate,
            ),
        )
        return found.bound

    def problem(self, replicate: int) -> FirstChoiceProblem:
        """Return the problem of some buyers at errors that are drawn for them."""
        asked, seed = self.programme.search.sampled_bound, self.programme.seeds.search
        assert asked is not None
        some = some_of(self.faced.buyers, n_buyers=asked.n_buyers, seed=seed, replicate=replicate)
        faced = _of_some(self.faced, some)
        errors = drawn_errors(self.candidates, faced, seed=seed, replicate=replicate)
        choices = choices_of_buyers(faced, errors)
        each = buyers_by_region(self.programme, faced) / len(some)
        weights = np.repeat(each, len(some))
        problem = search_problem(self.programme, self.candidates, choices, weights)
        brings = weights @ np.where(choices.advantage > 0.0, choices.earned, 0.0)
        beyond = self.alone.share_kept * (brings - self.alone.brings)
        # Who nobody lists in this draw still stands for what it brings in the mean.
        return problem._replace(
            fixed_costs=problem.fixed_costs + beyond,
            is_allowed=np.ones(len(problem.group), dtype=bool),
        )


def _of_some(faced: Choices, some: Int[np.ndarray, " b"]) -> Choices:
    """Return what some of the buyers face, who now count alike."""
    buyers, overage = faced.buyers, faced.overage
    return faced._replace(
        buyers=Buyers(
            respondents=buyers.respondents[some],
            draws=buyers.draws[some],
            weights=np.full(len(some), 1.0 / len(some)),
        ),
        part_worths=faced.part_worths[some],
        log_rest=faced.log_rest[:, some],
        overage=overage and replace(overage, values=overage.values[:, some]),
    )
