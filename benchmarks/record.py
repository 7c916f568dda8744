"""One measured figure, and the document that holds many."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

FIELDS = {
    "case": "the file in benchmarks/cases that measured it",
    "figure": "what was measured; 'skipped' where it could not be, with the reason in quality",
    "unit": "s: seconds of wall time, best of the repetitions; MiB: peak resident memory",
    "ours": "the figure for Counterflow; less is better",
    "peer": "the library that did the same, null if none was run",
    "theirs": "the figure for the peer",
    "ratio": "theirs / ours: above 1 means that Counterflow needs less",
    "quality": "what was reached in that time or memory: fit, convergence, gap, size of the task",
}

_LIBRARIES = ("counterflow", "numpy", "scipy", "numba", "highspy", "pyarrow")


@dataclass(frozen=True, kw_only=True)
class Record:
    """One figure of one case; `FIELDS` says what the entries mean."""

    case: str
    figure: str
    unit: str
    ours: float | None
    peer: str | None = None
    theirs: float | None = None
    quality: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        if self.ours is None or self.theirs is None:
            return None
        return self.theirs / self.ours

    def as_dict(self) -> dict[str, Any]:
        names = ("case", "figure", "unit", "ours", "peer", "theirs", "ratio", "quality")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        if self.ours is None:
            return f"{self.case}: {self.figure}: {self.quality.get('reason', '')}"
        text = f"{self.case}: {self.figure}: {self.ours:.4g} {self.unit}"
        if self.theirs is not None:
            text += f"; {self.peer} {self.theirs:.4g} {self.unit}, {self.ratio:.3g} times ours"
        return text + "".join(f"; {name} {value}" for name, value in self.quality.items())


def document(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the records with when, where and with what they were measured."""
    return {
        "schema": "counterflow/benchmarks/1",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": _cores(), "memory_gib": _memory_gib(), "cpu": _cpu_model()},
        "versions": {
            "python": platform.python_version(),
            **{library: version(library) for library in _LIBRARIES},
        },
        "fields": FIELDS,
        "records": list(records),
    }


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory_gib() -> float:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def _cpu_model() -> str:
    described = Path("/proc/cpuinfo")
    if described.is_file():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
