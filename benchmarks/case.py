"""What a case is given, and how cases are found."""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from benchmarks import cases
from benchmarks.record import Record

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
"""Where reference data lie, beside the project; a case whose data are absent says so."""

T = TypeVar("T")


def names() -> list[str]:
    """Return the cases: the files in benchmarks/cases and its folders, none of them imported."""
    return sorted(_names(cases.__path__))


def _names(folders: Iterable[str], prefix: str = "") -> Iterator[str]:
    for module in pkgutil.iter_modules(folders):
        if module.ispkg:
            inner = [str(Path(folder) / module.name) for folder in folders]
            yield from _names(inner, f"{prefix}{module.name}/")
        else:
            yield prefix + module.name


def selected(wanted: Iterable[str]) -> list[str]:
    """Return the cases that are called so, or lie in a folder that is; all of them if none is.

    Raises LookupError with those that are neither.

    >>> selected(["choice/electricity", "chain"])
    ['chain', 'choice/electricity']
    """
    known, wanted = names(), list(wanted)
    found = {
        name: [case for case in known if case == name or case.startswith(f"{name}/")]
        for name in wanted
    }
    if unknown := sorted(name for name, cases_of in found.items() if not cases_of):
        raise LookupError(f"unknown case {', '.join(unknown)}; cases are {', '.join(known)}")
    chosen = {case for cases_of in found.values() for case in cases_of}
    return [case for case in known if case in chosen or not wanted]


def run_case(name: str, *, quick: bool) -> Iterator[Record]:
    """Yield the records of a case as it makes them."""
    case = importlib.import_module(f"benchmarks.cases.{name.replace('/', '.')}")
    yield from case.measure(Run(name, quick=quick))


@dataclass(frozen=True)
class Run:
    """One run of a case; `quick` asks for a size that takes seconds."""

    case: str
    quick: bool

    def record(self, figure: str, unit: str, ours: float | None, **other: Any) -> Record:
        """Return a figure, with `peer` and `theirs` where somebody else did the same."""
        return Record(case=self.case, figure=figure, unit=unit, ours=ours, **other)

    def skipped(self, reason: str) -> Record:
        """Return a record that says why there is no figure."""
        return Record(
            case=self.case, figure="skipped", unit="", ours=None, quality={"reason": reason}
        )


def best_of(n: int, work: Callable[[], T]) -> tuple[float, T]:
    """Return the least wall time of `n` calls in seconds, and what the last one returned."""
    times = []
    for _ in range(n):
        started = time.perf_counter()
        made = work()
        times.append(time.perf_counter() - started)
    return min(times), made
