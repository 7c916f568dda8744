"""Coordinate exchange: a line is improved by one change of a level or a price after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from counterflow.definition.attributes.pool import (
    Offers,
    candidates_of,
    distinct,
    is_offered,
    line_arrays,
    pool_around,
    random_offers,
)
from counterflow.definition.attributes.space import AttributeSpace
from counterflow.definition.feasibility.allowed_lines import (
    LineTerms,
    allowed_start,
    search_allowed,
    value_line,
)
from counterflow.definition.problem import line_problem, line_terms
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.random_streams import random_stream
from counterflow.kernels.line_search import Line, LineProblem, ValuedLine, local_search

_LEAST_GAIN = 1e-9
"""A pool must gain more than this share of the profit, so that rounding cannot make a cycle."""

_SEGMENTS = (2, 4, 8)
_MOST_PEOPLE_OF_SEGMENT = 500
_LLOYD_ROUNDS = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Pools:
    """Searches among the offers of a pool, at all that is asked of lines."""

    space: AttributeSpace
    part_worths: PartWorths
    has_terms: bool
    """Whether lines are asked for more than the arrays say; they are then made offer by offer."""

    @classmethod
    def of(cls, space: AttributeSpace, part_worths: PartWorths, some: Offers) -> Pools:
        """Return the pools of a space, of which some offers are known."""
        pools = cls(space=space, part_worths=part_worths, has_terms=True)
        _, terms = pools.arrays(some[:1])
        return replace(pools, has_terms=terms is not None and terms.changes_anything)

    def arrays(self, pool: Offers) -> tuple[LineProblem, LineTerms | None]:
        """Return the search problem of a pool, and what is asked of its lines."""
        if not self.has_terms:
            return line_arrays(self.space, pool), None
        programme, offers = self.space.programme, candidates_of(self.space, pool)
        problem = line_problem(programme, offers, self.part_worths)
        return problem, line_terms(programme, offers, self.part_worths, problem)

    def search(self, pool: Offers, start: Line, *, restart: int = 0) -> ValuedLine | None:
        """Return a line of the pool that no swap improves; None if no allowed one was found."""
        problem, terms = self.arrays(pool)
        if terms is None:
            return local_search(problem, start)
        if value_line(problem, terms, start) is None:
            seed = self.space.programme.seeds.search
            other = allowed_start(problem, terms, seed=seed, restart=restart)
            if other is None:
                return None
            start = other
        return search_allowed(problem, terms, start)


@dataclass(frozen=True, eq=False, kw_only=True)
class Exchanged:
    """A line that no one change improves, what it earns, and the pool it was found in last."""

    line: Offers
    profit: float
    pool: Offers


def exchange(
    pools: Pools, line: Offers, *, besides: Offers, kept: Offers | None = None, restart: int = 0
) -> Exchanged | None:
    """Return a line that no change of one level or price, addition or removal improves.

    `besides` are offers that may join it in every round; offers that are `kept` are not changed.
    None if no allowed line was found.

    Notes
    -----
    Coordinate exchange (Meyer and Nachtsheim, Technometrics 37(1), 1995, for designs): as there,
    all levels of one attribute of one row are tried, here with swaps among all offers so made.
    """
    best: Exchanged | None = None
    while True:
        around = distinct(pool_around(pools.space, _without(line, kept)), line)
        pool = _offered(pools.space, distinct(besides, around))
        place = {tuple(offer): i for i, offer in enumerate(pool.tolist())}
        start = tuple(sorted(place[key] for key in map(tuple, line.tolist()) if key in place))
        found = pools.search(pool, start, restart=restart)
        if found is None:
            return best
        if best and found.profit <= best.profit + _LEAST_GAIN * abs(best.profit):
            return replace(best, pool=pool)
        line = pool[list(found.line)]
        best = Exchanged(line=line, profit=found.profit, pool=pool)


def _without(line: Offers, kept: Offers | None) -> Offers:
    stays = {tuple(offer) for offer in kept.tolist()} if kept is not None else set()
    moves = [tuple(offer) not in stays for offer in line.tolist()]
    return line[np.array(moves, dtype=bool)]


def ideal_offers(space: AttributeSpace, part_worths: PartWorths, *, seed: int) -> Offers:
    """Return offers that segments of people would be made for if they were alone.

    Segments are k-means of log odds of levels (Lloyd, IEEE Transactions on Information Theory
    28(2), 1982), at several numbers of segments; each one's offer is found by exchange.
    """
    stream = random_stream(seed, "segments")
    some = random_offers(space, 8, stream)
    people = np.flatnonzero(space.problem.weights > 0.0)
    if len(people) > _MOST_PEOPLE_OF_SEGMENT * max(_SEGMENTS):
        people = stream.choice(people, _MOST_PEOPLE_OF_SEGMENT * max(_SEGMENTS), replace=False)
    likes = space.problem.log_odds[people][:, len(space.prices) :]
    found = []
    for n_segments in _SEGMENTS:
        for mine in _segments(likes, n_segments, stream):
            alone = _for_people(space, people[mine][:_MOST_PEOPLE_OF_SEGMENT])
            pools = Pools(space=alone, part_worths=part_worths, has_terms=False)
            made = exchange(pools, some[:0], besides=some)
            found += [] if made is None else list(made.line)
    return distinct(found, some)


def _segments(
    likes: Float[np.ndarray, "n levels"], n_segments: int, stream: np.random.Generator
) -> list[Int[np.ndarray, " mine"]]:
    """Return people in segments; fewer than asked for if there are fewer kinds of people."""
    centres = likes[stream.choice(len(likes), min(n_segments, len(likes)), replace=False)]
    for _ in range(_LLOYD_ROUNDS):
        far = (centres**2).sum(axis=1) - 2.0 * likes @ centres.T
        segment = np.unique(far.argmin(axis=1), return_inverse=True)[1].ravel()
        # A segment that nobody is nearest to is gone.
        centres = np.array([likes[segment == s].mean(axis=0) for s in range(segment.max() + 1)])
    return [np.flatnonzero(segment == s) for s in range(len(centres))]


def _for_people(space: AttributeSpace, people: Int[np.ndarray, " n"]) -> AttributeSpace:
    """Return the space as these people see it, for lines of one offer without fixed costs."""
    problem = space.problem
    return replace(
        space,
        problem=problem._replace(
            log_odds=problem.log_odds[people],
            margins=problem.margins[people],
            own_log_odds=problem.own_log_odds[people],
            own_margins=problem.own_margins[people],
            weights=problem.weights[people],
            n_offers=1,
        ),
    )


def _offered(space: AttributeSpace, pool: Offers) -> Offers:
    return pool[is_offered(space, pool)] if space.programme.search.never_offer else pool
