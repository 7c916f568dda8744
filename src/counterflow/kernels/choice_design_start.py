"""One start of a search for designs: drawn at random, improved until nothing helps, kicked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool

from counterflow.kernels.choice_design import (
    Codes,
    DesignProblem,
    criterion_of,
    pack_aim,
    pack_terms,
)
from counterflow.kernels.choice_design_watch import Pace, Watch
from counterflow.kernels.compiled import choice_design_search as compiled
from counterflow.kernels.compiled.choice_design import PackedTerms
from counterflow.kernels.compiled.choice_design_search import Designed
from counterflow.kernels.compiled.choice_information import Aim, Desk, desk_for
from counterflow.kernels.compiled.random_tasks import draw_design, draw_near_balance
from counterflow.kernels.compiled.task_rules import PackedRules
from counterflow.kernels.task_rules import pack_rules, random_state

Method = Literal["fedorov", "exchange", "swap", "annealing"]

MOST_KICKED_TASKS = 200
"""Larger designs are not kicked: among their many tasks local optima differ by less."""
NONE_IDLE = np.empty(0, dtype=np.bool_)
_KICKS = 30
"""Times that each start is kicked; on published problems twice or half as many did no better."""
_LEAST_GAIN = 1e-9
_TRIES_OF_BALANCE = 50_000
"""Exchanges a version; a dozen tasks of three with prohibitions take some hundreds."""
_MOVES = {
    "exchange": compiled.LEVELS,
    "annealing": compiled.LEVELS,
    "fedorov": compiled.PROFILES,
}


class Cooling(NamedTuple):
    """How annealing goes from hot to cold."""

    hottest: float = 0.02
    """Share by which the criterion may well get worse. Local optima of published problems differ
    by 1 to 3 percent."""
    coldest: float = 1e-4
    n_temperatures: int = 30
    n_rounds: int = 3
    """Each begins less hot than the one before."""
    n_visits: int = 5
    """Of each task, at each temperature."""

    @property
    def temperatures(self) -> list[float]:
        """Return all of them, in order."""
        return [
            float(temperature)
            for round_ in range(self.n_rounds)
            for temperature in np.geomspace(
                self.hottest / 4.0**round_, self.coldest, self.n_temperatures
            )
        ]


class Size(NamedTuple):
    """Versions, tasks and alternatives of a design."""

    n_versions: int
    n_tasks: int
    n_alternatives: int


class End(NamedTuple):
    """Where a start, or the best of a block, led."""

    error: float
    start: int
    codes: Codes
    is_whole: bool
    """Whether there was time for all of it."""
    is_balanced: bool
    """Of swaps, whether they began where each version shows each level as often as the others."""


@dataclass(frozen=True, eq=False)
class DesignSearch:
    """What all starts share."""

    problem: DesignProblem
    size: Size
    method: Method
    seed: int
    watch: Watch
    terms: PackedTerms
    rules: PackedRules
    aim: Aim
    pace: Pace = field(default_factory=Pace)

    @classmethod
    def of(
        cls, problem: DesignProblem, size: Size, *, method: Method, seed: int, watch: Watch
    ) -> DesignSearch:
        """Return the search for a design of this size."""
        rules = pack_rules(problem, size.n_alternatives)
        if method == "fedorov" and not len(rules.keys):
            raise ValueError(
                "the modified Fedorov algorithm needs a list of profiles: there are too many to "
                "list, or tasks show a few attributes. Use exchange, or give the profiles."
            )
        terms = pack_terms(problem, size.n_alternatives)
        aim = pack_aim(problem, size.n_versions)
        return cls(problem, size, method, seed, watch, terms, rules, aim)

    def of_versions(self, n_versions: int) -> DesignSearch:
        """Return the search for a design of as many versions."""
        size = self.size._replace(n_versions=n_versions)
        return replace(self, size=size, aim=pack_aim(self.problem, n_versions))

    def new_desk(self) -> Desk:
        """Return a desk for the tasks of this search."""
        n_draws, n_columns = self.problem.draws.shape
        return desk_for(self.size.n_alternatives + len(self.aim.outside), n_columns, n_draws)


class DesignStart:
    """One design on its way from a random start to its end."""

    cooling = Cooling()

    def __init__(self, search: DesignSearch, number: int) -> None:
        self.search, self.number = search, number
        self.aim = search.aim
        self.state = random_state(search.seed, number)
        self.desk = search.new_desk()
        self.design = self._empty(search.problem.n_columns)
        self.kept = self._empty(0)
        self.is_balanced = True

    def run(self) -> End | None:
        """Return where the start led, None if it found no design to begin with."""
        if not self.draw():
            return None
        self.take()
        is_whole = self.anneal() and self._improve()
        best = min(self.kept, self.design, key=lambda designed: float(designed.error[0])).codes
        # From the formula: a criterion that many changes led to has gathered rounding, and a ridge.
        error = criterion_of(self.search.problem, best)
        return End(error, self.number, best, is_whole, self.is_balanced)

    def draw(self) -> bool:
        """Set the codes to random ones by the rules; return whether any were found.

        For swaps, which keep the balance that they find, each level comes as often as the others,
        or, where the rules stand against it, as nearly so as replacing levels one by one leads to.
        """
        rules, codes = self.search.rules, self.design.codes
        if self.search.method != "swap":
            return bool(draw_design(rules, self.state, codes))
        n_balanced = draw_near_balance(rules, self.state, codes, _TRIES_OF_BALANCE)
        self.is_balanced = n_balanced == len(codes)
        return bool(n_balanced >= 0)

    def take(self) -> None:
        """Set information and criterion to those of the codes."""
        compiled.take_design(self.search.terms, self.aim, self.desk, self.design)

    def settle(
        self, is_idle: Bool[np.ndarray, " tasks"] = NONE_IDLE, most_visits: int = 2**62
    ) -> bool:
        """Improve one task after the other until nothing helps any; return whether there was time.

        Tasks that are idle are passed over, and those that nothing helps become so; with
        `NONE_IDLE` all are visited, again and again.
        """
        search, course, left = self.search, np.zeros(2, dtype=np.int64), most_visits
        what = search.terms, search.rules, self.aim, self.desk, self.design
        while left > 0 and course[compiled.SETTLED] < len(self.design.columns):
            if search.watch.is_over:
                return False
            with search.pace.piece() as n:
                if search.method == "swap":
                    compiled.swap(*what, course, is_idle, min(n, left))
                else:
                    compiled.exchange(*what, _MOVES[search.method], course, is_idle, min(n, left))
            left -= n
            self.note()
        return True

    def anneal(self) -> bool:
        """Cool down, in rounds that begin ever less hot, if that is the method.

        Return whether there was time.
        """
        search = self.search
        if search.method != "annealing":
            return True
        n_visits = self.cooling.n_visits * len(self.design.columns)
        for temperature in self.cooling.temperatures:
            left = n_visits
            while left > 0:
                if search.watch.is_over:
                    return False
                with search.pace.piece() as n:
                    compiled.anneal(
                        *(search.terms, search.rules, self.aim, self.desk, self.design),
                        *(self.kept, self.state, temperature, min(n, left)),
                    )
                left -= n
                self.note()
        self.design.codes[:] = self.kept.codes
        self.take()
        self.kept.error[:] = np.inf
        return True

    def note(self) -> None:
        """Tell the watch the criterion that was reached."""
        self.search.watch.note(float(min(self.design.error[0], self.kept.error[0])))

    def _empty(self, n_columns: int) -> Designed:
        size = self.search.size
        codes = np.empty((*size, len(self.search.problem.n_levels)), dtype=np.int16)
        columns = np.empty((size.n_versions * size.n_tasks, size.n_alternatives, n_columns))
        return Designed(codes, columns, np.full(1, np.inf))

    def _improve(self) -> bool:
        """Settle, then kick and settle again; return whether there was time for all of it.

        If the design that settles is no better than the one kept, that one is taken up again
        (iterated local search: Lourenco, Martin and Stuetzle, Handbook of Metaheuristics, 2003).
        """
        n_kicks = _KICKS if len(self.design.columns) <= MOST_KICKED_TASKS else 0
        for kick in range(n_kicks + 1):
            if kick > 0:
                self._kick()
            if not self.settle():
                return False
            if self.design.error[0] < self.kept.error[0] * (1.0 - _LEAST_GAIN):
                self.kept.codes[:] = self.design.codes
                self.kept.error[:] = self.design.error
            else:
                self.design.codes[:] = self.kept.codes
        return True

    def _kick(self) -> None:
        """Draw a task anew; for swaps, exchange a few levels."""
        if self.search.method == "swap":
            compiled.swap_at_random(self.search.rules, self.state, self.design.codes)
        else:
            compiled.replace_task(self.search.rules, self.state, self.design.codes)
        self.take()
