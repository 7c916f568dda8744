"""First choice: which few candidates earn most from people who take the best of what is offered.

A person's list names the candidates that are better than what the person would do without the
line (buy nothing, or buy a rival), best first. Whoever meets a line takes the first of the list
that is in it. Draws of part-worths, with or without random utility added, are people too: then the
same problem is that of logit, of randomised first choice, or of any other choice rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.compiled import first_choice as compiled
from counterflow.kernels.line_search import Line, ValuedLine

_STARTS_AT_ONCE = 8
_KICKED_PLACES = 2


_NO_FEES = np.zeros(0)
_NO_USES = np.zeros((0, 0), bool)


class FirstChoiceProblem(NamedTuple):
    """People's lists and what candidates earn; money in one currency.

    Person n's list is `listed[starts[n]:starts[n + 1]]`, best first, and `profits` says beside it
    what each entry earns from one buyer like this person, before fixed costs; it may be negative.
    """

    starts: Int[np.ndarray, " people_and_one"]
    listed: Int[np.ndarray, " entries"]
    profits: Float[np.ndarray, " entries"]
    weights: Float[np.ndarray, " people"]
    """How many buyers each person stands for."""
    group: Int[np.ndarray, " C"]
    """At most one candidate of a group in a line, such as the prices of one product."""
    fixed_costs: Float[np.ndarray, " C"]
    """What offering a candidate costs, whatever is sold."""
    kept: Line
    """Candidates that every line has."""
    is_allowed: Bool[np.ndarray, " C"]
    n_offers: int
    """Most offers in a line."""
    fees: Float[np.ndarray, " fees"] = _NO_FEES
    """What costs once, however many of the candidates that use it are in the line."""
    uses: Bool[np.ndarray, "C_or_none fees"] = _NO_USES

    @property
    def n_people(self) -> int:
        """Number of different lists."""
        return len(self.weights)


class Rules(NamedTuple):
    """Which lines may be offered, and what it costs to offer them."""

    n_offers: int
    group: Int[np.ndarray, " C"] | None = None
    fixed_costs: Float[np.ndarray, " C"] | float = 0.0
    kept: Sequence[int] = ()
    forbidden: Sequence[int] = ()
    fees: Float[np.ndarray, " fees"] = _NO_FEES
    """What costs once, however many of the candidates that use it are in the line."""
    uses: Bool[np.ndarray, "C_or_none fees"] = _NO_USES


def problem_of_utilities(
    utilities: Float[np.ndarray, "people C"],
    outside: Float[np.ndarray, " people"],
    profits: Float[np.ndarray, " C"] | Float[np.ndarray, "people C"],
    weights: Float[np.ndarray, " people"],
    rules: Rules,
) -> FirstChoiceProblem:
    """Return the problem of people who take what has the largest utility.

    `outside` is the largest utility without the line: of no choice and of all rivals. A candidate
    enters a list where it exceeds that; of equal utilities the candidate named first is taken.

    Examples
    --------
    Two people; the first likes candidate 1 best, the second only candidate 0:

    >>> problem = problem_of_utilities(np.array([[1.0, 2.0], [1.0, -1.0]]), np.zeros(2),
    ...     np.array([5.0, 3.0]), np.ones(2), Rules(n_offers=1))
    >>> problem.starts.tolist(), problem.listed.tolist(), line_profit(problem, (0,))
    ([0, 2, 3], [1, 0, 0], 10.0)
    """
    lists = []
    for n in range(len(utilities)):
        better = np.flatnonzero(utilities[n] > outside[n])
        lists.append(better[np.argsort(-utilities[n, better], kind="stable")])
    return problem_of_lists(lists, profits, weights, rules)


def problem_of_orderings(
    orderings: Int[np.ndarray, "people C_and_one"],
    profits: Float[np.ndarray, " C"] | Float[np.ndarray, "people C"],
    weights: Float[np.ndarray, " people"],
    rules: Rules,
) -> FirstChoiceProblem:
    """Return the problem of people who rank all C candidates and, as number C, no choice.

    Examples
    --------
    >>> problem = problem_of_orderings(np.array([[1, 2, 0]]), np.array([5.0, 3.0]), np.ones(1),
    ...     Rules(n_offers=2))
    >>> problem.listed.tolist()
    [1]
    """
    ends = (orderings == orderings.shape[1] - 1).argmax(axis=1)
    lists = [row[:end] for row, end in zip(orderings, ends, strict=True)]
    return problem_of_lists(lists, profits, weights, rules)


def problem_of_lists(
    lists: Sequence[Int[np.ndarray, " _"]],
    profits: Float[np.ndarray, " C"] | Float[np.ndarray, "people C"],
    weights: Float[np.ndarray, " people"],
    rules: Rules,
) -> FirstChoiceProblem:
    """Return the smallest problem with the same best line: lists without what cannot matter.

    Candidates that are forbidden, or that lose on everybody, leave the lists; people with equal
    lists and profits become one with the sum of their weights; empty lists are left out.
    """
    n_candidates = profits.shape[-1]
    kept = tuple(sorted(int(c) for c in rules.kept))
    allowed = np.ones(n_candidates, bool)
    allowed[list(rules.forbidden)] = False
    if profits.ndim == 1 and (profits[list(kept)] >= 0.0).all():
        # Who chose a loser takes something that earns, or nothing, once all losers are gone. Where
        # a loser must stay, or one earns from some people only, others may shield from it.
        allowed &= profits >= 0.0
    allowed[list(kept)] = True
    merged: dict[tuple[bytes, bytes], tuple[np.ndarray, np.ndarray, float]] = {}
    for n, whole in enumerate(lists):
        listed = np.asarray(whole, dtype=np.int64)
        listed = listed[allowed[listed]]
        earned = (profits if profits.ndim == 1 else profits[n])[listed].astype(np.float64)
        if len(listed) and weights[n] > 0.0:
            key = (listed.tobytes(), earned.tobytes())
            known = merged.get(key, (listed, earned, 0.0))
            merged[key] = (listed, earned, known[2] + float(weights[n]))
    found = list(merged.values())
    listed = np.concatenate([np.zeros(0, np.int64), *(item[0] for item in found)])
    is_listed = np.zeros(n_candidates, bool)
    is_listed[listed] = True
    is_listed[list(kept)] = True
    return FirstChoiceProblem(
        starts=np.cumsum([0, *(len(item[0]) for item in found)]),
        listed=listed,
        profits=np.concatenate([np.zeros(0), *(item[1] for item in found)]),
        weights=np.array([item[2] for item in found]),
        group=np.arange(n_candidates) if rules.group is None else np.asarray(rules.group),
        fixed_costs=np.broadcast_to(np.asarray(rules.fixed_costs, float), n_candidates).copy(),
        kept=kept,
        is_allowed=allowed & is_listed,
        n_offers=rules.n_offers,
        fees=rules.fees,
        uses=rules.uses,
    )


class Listing(NamedTuple):
    """The lists read by candidate: in whose list, at which place, and earning how much in all.

    Candidate c has the entries from `starts[c]` to `starts[c + 1]`; `earned` is weighted.
    """

    starts: Int[np.ndarray, " C_and_one"]
    person: Int[np.ndarray, " entries"]
    place: Int[np.ndarray, " entries"]
    earned: Float[np.ndarray, " entries"]


def listing(problem: FirstChoiceProblem) -> Listing:
    """Return the lists read by candidate."""
    lengths = np.diff(problem.starts)
    person = np.repeat(np.arange(problem.n_people), lengths)
    place = np.arange(len(person)) - np.repeat(problem.starts[:-1], lengths)
    order = np.argsort(problem.listed, kind="stable")
    counts = np.bincount(problem.listed, minlength=len(problem.group))
    return Listing(
        starts=np.concatenate([[0], np.cumsum(counts)]),
        person=person[order].astype(np.int32),
        place=place[order].astype(np.int32),
        earned=(problem.weights[person] * problem.profits)[order],
    )


def line_profit(
    problem: FirstChoiceProblem, line: Sequence[int], lists: Listing | None = None
) -> float:
    """Return what the line earns from all people, less its fixed costs.

    `lists` is `listing(problem)`, where it is known already.

    Notes
    -----
    sum over n of w_n pi(n, first of n's list in S) - sum of f_i over i in S (Bertsimas and Misic,
    Operations Research 67(3), 2019, section 2), less the fees of what some i in S uses.
    """
    members = np.array(line, dtype=np.int64)
    lists = lists or listing(problem)
    return float(compiled.profit_of(*lists, *_costs(problem), problem.n_people, members))


def profits_with(
    problem: FirstChoiceProblem, line: Sequence[int], lists: Listing | None = None
) -> Float[np.ndarray, " C"]:
    """Return what the line earns with each candidate added to it.

    It is minus infinity for a candidate that may not join the line.
    """
    members = np.array(line, dtype=np.int64)
    gains = np.empty(len(problem.group))
    profit = compiled.gains(
        *(lists or listing(problem)), *_costs(problem), problem.n_people, members, gains
    )
    joining = problem.is_allowed & ~np.isin(problem.group, problem.group[members])
    return np.where(joining, profit + gains, -np.inf)


def improve_line(problem: FirstChoiceProblem, lists: Listing, line: Line) -> ValuedLine:
    """Return what no swap, addition or removal of one candidate improves, from a line on."""
    begun = np.full((1, problem.n_offers), -1)
    _fill(problem, begun[0], line)
    return _improved(problem, lists, 0, 0, (0, begun))[0]


def search_lines(
    problem: FirstChoiceProblem,
    *,
    n_starts: int,
    n_kicks: int = 0,
    first: Sequence[Line] = (),
    seed: int = 0,
    go_on: Callable[[], bool] = lambda: True,
    map_blocks: MapBlocks = map,
) -> list[ValuedLine]:
    """Return lines that no swap, addition or removal of one candidate improves, best first.

    The first starts from the kept candidates alone, which is the greedy heuristic; then from the
    lines in `first`; the others from random lines. Each is kicked `n_kicks` times: two of its
    offers are replaced at random, and the line is improved anew. The lines are the same on any
    number of threads. Starts after the first few are left out once `go_on` says no.

    Notes
    -----
    Product swapping: Belloni, Freund, Selove and Simester, Management Science 54(9), 2008. Kicks:
    iterated local search, Lourenco, Martin and Stutzle, Handbook of Metaheuristics, 2003.
    """
    begun = np.full((1 + len(first) + n_starts, problem.n_offers), -1)
    begun[:, : len(problem.kept)] = problem.kept
    for i, line in enumerate(first, start=1):
        _fill(problem, begun[i], line)
    for i in range(1 + len(first), len(begun)):
        _draw_line(problem, begun[i], np.random.default_rng([seed, i]))
    blocks = [
        (first_of, begun[first_of : first_of + _STARTS_AT_ONCE].copy())
        for first_of in range(0, len(begun), _STARTS_AT_ONCE)
    ]
    work = partial(_improved_in_time, go_on, problem, listing(problem), n_kicks, seed)
    found = [valued for block in map_blocks(work, blocks) for valued in block]
    return sorted(found, key=lambda valued: (-valued.profit, valued.line))


def _improved_in_time(
    go_on: Callable[[], bool],
    problem: FirstChoiceProblem,
    lists: Listing,
    n_kicks: int,
    seed: int,
    block: tuple[int, Int[np.ndarray, "lines places"]],
) -> list[ValuedLine]:
    is_due = block[0] == 0 or go_on()
    return _improved(problem, lists, n_kicks, seed, block) if is_due else []


def _improved(
    problem: FirstChoiceProblem,
    lists: Listing,
    n_kicks: int,
    seed: int,
    block: tuple[int, Int[np.ndarray, "lines places"]],
) -> list[ValuedLine]:
    number, lines = block
    random = np.random.default_rng([seed, number, 1])
    free = np.flatnonzero(problem.is_allowed)
    n_kept = len(problem.kept)
    shape = (len(lines), n_kicks if len(free) and n_kept < problem.n_offers else 0, _KICKED_PLACES)
    profits = compiled.improve(
        *lists,
        *_costs(problem),
        problem.group,
        problem.is_allowed,
        n_kept,
        problem.n_people,
        random.integers(n_kept, max(n_kept + 1, problem.n_offers), shape),
        random.choice(free, shape) if shape[1] else np.zeros(shape, np.int64),
        lines,
    )
    return [
        ValuedLine(float(profit), tuple(sorted(c for c in line.tolist() if c >= 0)))
        for profit, line in zip(profits, lines, strict=True)
    ]


def _costs(
    problem: FirstChoiceProblem,
) -> tuple[Float[np.ndarray, " C"], Float[np.ndarray, " fees"], Bool[np.ndarray, "C fees"]]:
    uses = problem.uses if problem.uses.size else np.zeros((len(problem.group), 0), bool)
    return problem.fixed_costs, problem.fees if problem.uses.size else _NO_FEES, uses


def _fill(problem: FirstChoiceProblem, places: Int[np.ndarray, " places"], line: Line) -> None:
    """Put the kept candidates first, then the others of the line."""
    ordered = [*problem.kept, *(c for c in line if c not in problem.kept)]
    places[: len(ordered)] = ordered


def _draw_line(
    problem: FirstChoiceProblem, line: Int[np.ndarray, " places"], random: np.random.Generator
) -> None:
    """Fill the empty places with candidates of different groups at random."""
    taken = set(problem.group[list(problem.kept)].tolist())
    empty = iter(range(len(problem.kept), problem.n_offers))
    place = next(empty, None)
    for c in random.permutation(np.flatnonzero(problem.is_allowed)).tolist():
        if place is None:
            return
        if int(problem.group[c]) not in taken:
            taken.add(int(problem.group[c]))
            line[place] = c
            place = next(empty, None)
