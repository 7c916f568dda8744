"""The chain of steps: each result is made once, and kept until what it was made from changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from counterflow.domain.content_hash import content_hash
from counterflow.domain.progress import Report
from counterflow.programme.ports import Progress
from counterflow.programme.workspace import Workspace

T = TypeVar("T")


@dataclass(eq=False)
class Step(Generic[T]):
    """The result of one step: `key` says what it was made from; the value is read on demand."""

    name: str
    key: str
    kept: bool
    """Whether an earlier result still held."""
    seconds: float
    _read: Callable[[], T]
    _value: T | None = field(default=None, repr=False)

    def value(self) -> T:
        """Return the result."""
        if self._value is None:
            self._value = self._read()
        return self._value


class Chain:
    """The steps of one run, in the order in which they were asked for.

    A step's key is the hash of the software, of the settings that it reads and of the keys of the
    steps that it builds on; so an unchanged key means an unchanged result.
    """

    def __init__(self, workspace: Workspace, *, from_scratch: bool = False) -> None:
        self.workspace = workspace
        self._from_scratch = from_scratch
        self._steps: dict[str, Step[Any]] = {}

    @property
    def steps(self) -> tuple[Step[Any], ...]:
        """Return the steps taken so far."""
        return tuple(self._steps.values())

    def step(
        self,
        name: str,
        what: str,
        *,
        settings: Mapping[str, Any],
        needs: tuple[Step[Any], ...],
        make: Callable[[Report], T],
    ) -> Step[T]:
        """Return the step called `name`: the kept result if its key still holds, else a new one.

        `make` gets a function that reports progress: the share done, and what is being done.
        """
        if name not in self._steps:
            key = content_hash(
                {
                    "step": name,
                    "software": self.workspace.software,
                    "settings": dict(settings),
                    "needs": {step.name: step.key for step in needs},
                }
            )
            self._steps[name] = self._kept_or_made(name, what, key, make)
        return cast("Step[T]", self._steps[name])

    def source(
        self,
        name: str,
        *,
        settings: Mapping[str, Any],
        version: Callable[[], str],
        read: Callable[[], T],
    ) -> Step[T]:
        """Return a step that reads what others made; `version` identifies what there is to read.

        It is read, and so checked, only when a later step asks for it: what is unchanged was
        checked before.
        """
        if name not in self._steps:
            key = content_hash({"step": name, "settings": dict(settings), "version": version()})
            self._steps[name] = Step(name, key, kept=True, seconds=0.0, _read=read)
        return cast("Step[T]", self._steps[name])

    def _kept_or_made(self, name: str, what: str, key: str, make: Callable[[Report], T]) -> Step[T]:
        results, progress, seconds = (
            self.workspace.results,
            self.workspace.progress,
            self.workspace.seconds,
        )
        started = seconds()
        progress.begin(name, what)
        kept = not self._from_scratch and results.key(name) == key
        made: T | None = None
        if not kept:
            made = make(progress.report)
            results.save(name, key, made)
        taken = seconds() - started
        progress.end(name, kept=kept, seconds=taken)
        return Step(name, key, kept, taken, lambda: cast("T", results.load(name)), made)


class Silent(Progress):
    """Shows nothing."""

    def begin(self, step: str, what: str) -> None:
        """Show nothing."""

    def report(self, done: float, what: str) -> None:
        """Show nothing."""

    def end(self, step: str, *, kept: bool, seconds: float) -> None:
        """Show nothing."""
