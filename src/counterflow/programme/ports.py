"""What the use cases need from outside: a solver, a place for blocks of work, results, progress.

Each port is a tiny abstract class; `bootstrap` picks the real one, tests bring a twin.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

from counterflow.domain.choice_design import ChoiceDesign
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


@runtime_checkable
class LoadDesign(Protocol):
    """Reads a choice design that was made elsewhere."""

    def __call__(
        self,
        place: str,
        *,
        levels: Mapping[str, Sequence[str]],
        alternatives: Sequence[str],
        has_outside: bool,
    ) -> ChoiceDesign:
        """Return the design at a place seen from the programme; InputError if there is none."""


class Results(ABC):
    """Keeps what the steps of a run made: each result whole, or not at all."""

    @abstractmethod
    def key(self, step: str) -> str | None:
        """Return the key under which the kept result of `step` was made; None if there is none."""

    @abstractmethod
    def save(self, step: str, key: str, made: Any) -> None:
        """Keep what `step` made in place of what was kept before."""

    @abstractmethod
    def load(self, step: str) -> Any:
        """Return the kept result of `step`."""

    @abstractmethod
    def place(self, step: str) -> str:
        """Return where a person finds the kept result of `step`."""

    @abstractmethod
    def save_record(self, record: dict[str, Any]) -> None:
        """Keep the record of the whole run."""


class Progress(ABC):
    """Shows how far long work has come."""

    @abstractmethod
    def begin(self, step: str, what: str) -> None:
        """Say that `step` starts, and in words what it does."""

    @abstractmethod
    def report(self, done: float, what: str) -> None:
        """Say that the share `done` (0 to 1) of the step is done."""

    @abstractmethod
    def end(self, step: str, *, kept: bool, seconds: float) -> None:
        """Say that `step` has its result, and whether an earlier one was kept."""
