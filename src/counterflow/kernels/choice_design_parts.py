"""One start of a large design: parts of its versions improved at once, then beside one another."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.choice_design import Codes, criterion_of
from counterflow.kernels.choice_design_start import Cooling, DesignSearch, DesignStart, End
from counterflow.kernels.compiled import choice_design_search as compiled
from counterflow.kernels.compiled.choice_information import Aim

_TASKS_A_PART = 100
"""At least; of fewer, some coefficients might not be told apart within the part."""
_MOST_PARTS = 16
_SETTLED_GAIN = 1e-4
"""Share of the criterion: rounds in which parts look at one another end when one gains less. Tenths
of it took twice the time for a fraction of what starts differ by."""

_Information = Float[np.ndarray, "K K R"]


class PartedStart:
    """A design whose versions are cut into parts, which any number of threads can work on.

    First each part is improved as if it were the whole: information adds up, so that parts which
    each tell much tell much together. Then each is improved beside the others as they stood when
    the round began. As they changed at the same time, changes are taken over part by part, each
    only if it lowers the criterion of the whole: the first always does, so that rounds end where
    no exchange helps, or sooner if one gains next to nothing.
    """

    def __init__(self, search: DesignSearch, number: int, map_blocks: MapBlocks) -> None:
        self._search, self._number, self._map = search, number, map_blocks
        n_versions, n_tasks, _ = search.size
        n = int(np.clip(n_versions * n_tasks // _TASKS_A_PART, 1, min(n_versions, _MOST_PARTS)))
        edges = np.linspace(0, n_versions, n + 1).astype(np.int64).tolist()
        sizes = [end - begin for begin, end in pairwise(edges)]
        searches = {size: search.of_versions(size) for size in set(sizes)}
        self._parts = [_Part(searches[size], number * n + i) for i, size in enumerate(sizes)]
        self._desk = search.new_desk()

    def run(self) -> End | None:
        """Return where the start led, None if it found no design to begin with."""
        if not all(list(self._map(_Part.draw, self._parts))):
            return None
        for part in self._parts:
            part.take()
        self._search.watch.note(self._error(self._whole()))
        is_whole = self._anneal() and self._settle_apart() and self._settle_together()
        codes = np.concatenate([part.design.codes for part in self._parts])
        error = criterion_of(self._search.problem, codes)
        is_balanced = all(part.is_balanced for part in self._parts)
        return End(error, self._number, codes, is_whole, is_balanced)

    def _anneal(self) -> bool:
        return all(list(self._map(_Part.anneal, self._parts)))

    def _settle_apart(self) -> bool:
        """Visit all parts, again and again, until nothing helps any; say if there was time.

        Not each until nothing helps it: if time is short, all have had the same of it.
        """
        while not all(part.is_settled for part in self._parts):
            was_time = all(list(self._map(_Part.visit, self._parts)))
            self._search.watch.note(self._error(self._whole()))
            if not was_time:
                return False
        return True

    def _settle_together(self) -> bool:
        """Improve parts beside one another until a round gains little; say if there was time."""
        for part in self._parts:
            part.look_at(self._search.aim)
        whole = self._whole()
        error = self._error(whole)
        while True:
            before, beside = error, _Beside(whole, error)
            improve = partial(_Part.improve_beside, beside=beside)
            changed = list(self._map(improve, self._parts))
            for part, change in zip(self._parts, changed, strict=True):
                found = self._error(whole + change.of_information)
                if found < error:
                    whole, error = whole + change.of_information, found
                else:
                    part.return_to(change.before)
            self._search.watch.note(error)
            if not all(change.is_whole for change in changed):
                return False
            if error >= before * (1.0 - _SETTLED_GAIN):
                return True

    def _whole(self) -> _Information:
        return np.sum([part.desk.information for part in self._parts], axis=0)

    def _error(self, information: _Information) -> float:
        """Return the criterion of the whole design."""
        return float(compiled.error_of(self._search.aim, self._desk, information))


class _Beside(NamedTuple):
    """The whole design when a round began."""

    information: _Information
    error: float


class _Change(NamedTuple):
    """What a part became beside the others."""

    before: Codes
    of_information: _Information
    is_whole: bool


class _Part(DesignStart):
    """Some of the versions."""

    # Of a hundred tasks and more, one changes the criterion little, and rounds would take minutes.
    cooling = Cooling(hottest=2e-3, coldest=1e-5, n_rounds=1, n_visits=1)

    def __init__(self, search: DesignSearch, number: int) -> None:
        super().__init__(search, number)
        self._is_idle = np.zeros(len(self.design.columns), dtype=np.bool_)

    @property
    def is_settled(self) -> bool:
        """Return whether nothing helped any task when it was last visited."""
        return bool(self._is_idle.all())

    def look_at(self, aim: Aim) -> None:
        """Be judged by the criterion of so many versions."""
        self.aim = aim
        self.take()

    def visit(self) -> bool:
        """Improve each task that is not idle once; return whether there was time."""
        return self.settle(self._is_idle, most_visits=len(self._is_idle))

    def improve_beside(self, beside: _Beside) -> _Change:
        """Improve each task as part of the whole design, until nothing helps any."""
        before = self.design.codes.copy()
        self.desk.information[:] = beside.information
        self.design.error[0] = beside.error
        self._is_idle[:] = False
        is_whole = self.settle(self._is_idle)
        return _Change(before, self.desk.information - beside.information, is_whole)

    def return_to(self, codes: Codes) -> None:
        """Be what it was before."""
        self.design.codes[:] = codes
        self.take()

    def note(self) -> None:
        """Say that work goes on: what this part reaches is not the design's criterion."""
        self.search.watch.note(np.inf)
