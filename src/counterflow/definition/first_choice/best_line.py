"""The best line for people who take their first choice: searched for, then proved."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from counterflow.definition.first_choice.allowed import search_worthy
from counterflow.definition.first_choice.branch import Limits, Proof, Worth, as_it_earns, prove
from counterflow.domain.cutting import OpenProgramme
from counterflow.domain.errors import InputError, Problem
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.first_choice import FirstChoiceProblem, search_lines
from counterflow.kernels.line_search import Line, ValuedLine

PROOF_TOLERANCE = 1e-6
"""A line is proved best when no other can exceed it by more than this share of its profit."""

Status = Literal["optimal", "within_gap", "time_limit", "part_limit", "interrupted"]

OnProgress = Callable[[Line, float, float], None]
"""Told the best line so far, what it earns, and what no line exceeds."""


@dataclass(frozen=True, kw_only=True)
class LineSearch:
    """How long to search, and when to stop."""

    n_starts: int = 16
    n_kicks: int = 4
    """Random changes to each line that the search ends at."""
    gap: float = PROOF_TOLERANCE
    """The share of the profit by which another line may be better."""
    time_limit_s: float = 60.0
    """May be infinite."""
    most_parts: int | None = None
    """Parts to be bounded: a limit that stops at the same place on any machine."""
    n_root_rounds: int = 60
    """Rounds of cuts for all lines together."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class BestLine:
    """The best line found, what it earns, and what no line can exceed."""

    line: Line
    profit: float
    bound: float
    status: Status
    seconds: float
    n_parts: int
    """Parts of the search that were bounded."""
    method: str
    n_starts: int = 0
    """Lines from which the search before the proof began."""
    n_starts_at_best: int = 0
    """How many of them led to the best line that any did."""
    ends: tuple[ValuedLine, ...] = ()
    """Where they led, best first."""

    @property
    def gap(self) -> float:
        """The share of the profit by which the best line of all may be better."""
        if self.bound <= self.profit:
            return 0.0
        return (self.bound - self.profit) / max(abs(self.profit), np.finfo(float).tiny)


def best_first_choice_line(
    problem: FirstChoiceProblem,
    open_programme: OpenProgramme,
    search: LineSearch | None = None,
    *,
    worth: Worth | None = None,
    starts: Sequence[Line] = (),
    map_blocks: MapBlocks = map,
    on_progress: OnProgress = lambda *_: None,
) -> BestLine:
    """Return the line that earns most, with a bound on what any other could earn.

    It ends with a proof, at the gap that is asked for, at a limit or at an interrupt (Ctrl+C):
    always with the best line and the bound so far, and `status` says which.

    Where the problem leaves out rules or costs, `worth` says what a line is worth of which the
    problem says that it earns so much, and `starts` are lines that may be. The bound is of all
    lines that may be.

    Raises
    ------
    InputError
        If more candidates must be kept than a line may have, or two of one group.
    ValueError
        If there is a `worth` but no start that it allows.
    """
    search = search or LineSearch()
    started = time.perf_counter()
    _check(problem)
    scaled, scale = _scaled(problem)
    until_s = started + search.time_limit_s

    def go_on() -> bool:
        return time.perf_counter() < until_s

    if worth is None:
        scaled_worth: Worth = as_it_earns
        found = search_lines(
            scaled,
            n_starts=search.n_starts,
            n_kicks=search.n_kicks,
            first=starts,
            seed=search.seed,
            go_on=go_on,
            map_blocks=map_blocks,
        )
    else:
        scaled_worth = _scaled_worth(worth, scale)
        found = search_worthy(scaled, scaled_worth, starts, go_on=go_on, map_blocks=map_blocks)
    proof = prove(
        scaled,
        found[0],
        open_programme,
        Limits(
            tolerance=max(search.gap, PROOF_TOLERANCE),
            until_s=until_s,
            most_parts=search.most_parts,
            n_root_rounds=search.n_root_rounds,
        ),
        worth=scaled_worth,
        map_blocks=map_blocks,
        on_progress=lambda best, bound: on_progress(best.line, best.profit * scale, bound * scale),
    )
    return BestLine(
        line=proof.best.line,
        profit=proof.best.profit * scale,
        bound=proof.bound * scale,
        status=_status(proof, search),
        n_starts=len(found),
        n_starts_at_best=_n_at_best(found),
        ends=tuple(ValuedLine(end.profit * scale, end.line) for end in found),
        seconds=time.perf_counter() - started,
        n_parts=proof.n_parts,
        method=f"product swap from {len(found)} starts, then branch and bound with cuts",
    )


def _status(proof: Proof, search: LineSearch) -> Status:
    exceeds = proof.bound - proof.best.profit
    if exceeds <= PROOF_TOLERANCE * abs(proof.best.profit):
        return "optimal"
    if exceeds <= search.gap * abs(proof.best.profit):
        return "within_gap"
    if proof.was_stopped:
        return "interrupted"
    has_all = search.most_parts is not None and proof.n_parts >= search.most_parts
    return "part_limit" if has_all else "time_limit"


def _n_at_best(found: Sequence[ValuedLine]) -> int:
    best = found[0].profit
    return sum(end.profit >= best - PROOF_TOLERANCE * abs(best) for end in found)


def _scaled_worth(worth: Worth, scale: float) -> Worth:
    def scaled(line: Line, profit: float) -> float | None:
        found = worth(line, profit * scale)
        return None if found is None else found / scale

    return scaled


def _scaled(problem: FirstChoiceProblem) -> tuple[FirstChoiceProblem, float]:
    """Return the problem with weights that sum to 1 and profits of at most 1, and its scale."""
    weight = float(problem.weights.sum()) or 1.0
    profit = float(np.abs(problem.profits).max(initial=0.0)) or 1.0
    scaled = problem._replace(
        weights=problem.weights / weight,
        profits=problem.profits / profit,
        fixed_costs=problem.fixed_costs / (weight * profit),
        fees=problem.fees / (weight * profit),
    )
    return scaled, weight * profit


def _check(problem: FirstChoiceProblem) -> None:
    problems = []
    if len(problem.kept) > problem.n_offers:
        expected = f"at most {problem.n_offers} offers that must be kept, as many as a line has"
        problems.append(Problem(expected, str(len(problem.kept)), key="kept"))
    groups = problem.group[list(problem.kept)].tolist()
    repeated = sorted({group for group in groups if groups.count(group) > 1})
    if repeated:
        expected = "at most one offer of a group among those that must be kept"
        problems.append(Problem(expected, f"two or more of group {repeated}", key="kept"))
    if problems:
        raise InputError(problems)
