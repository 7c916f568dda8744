"""What the use cases need from outside: a solver, a place for blocks of work, results, progress.

Each port is a tiny abstract class; `bootstrap` picks the real one, tests bring a twin.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from counterflow.domain.linear_programme import LinearProgramme, Solution

Block = TypeVar("Block")
Outcome = TypeVar("Outcome")


class Solver(ABC):
    """Solves linear programmes."""

    @abstractmethod
    def solve(self, problem: LinearProgramme, *, time_limit_s: float) -> Solution:
        """Return the solution with its status; a limit or an infeasibility is a status."""


class Runner(ABC):
    """Runs blocks of work, in any order and place; results come back in the order of blocks."""

    @abstractmethod
    def map(self, work: Callable[[Block], Outcome], blocks: Sequence[Block]) -> Iterable[Outcome]:
        """Return `work(block)` for each block."""


class Progress(ABC):
    """Shows how far long work has come."""

    @abstractmethod
    def report(self, done: float, what: str) -> None:
        """Say that the share `done` (0 to 1) of the present stage is done."""
