"""A model fitted in a process of its own, ours or a peer's: how long, how large, how good.

Only the standard library, so that the peers' environments can import it.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from benchmarks.process import peak_mib

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What one process measured when it fitted the same model to the same data, once or more."""

    library: str
    """Name and version."""
    seconds: tuple[float, ...]
    """Of each fit in turn; the first loads compiled code, or compiles it where there is none."""
    peak_mib: float
    data_mib: float
    """What the process held at most before the first fit: interpreter, libraries, data."""
    quality: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    """Estimates that others are to judge, in the units of the data."""
    python: str = field(default_factory=platform.python_version)

    @property
    def first_s(self) -> float:
        return self.seconds[0]

    @property
    def best_s(self) -> float:
        return min(self.seconds)

    def print(self) -> None:
        """Print the fit as the last line of a process, for `read`."""
        print(json.dumps(asdict(self), allow_nan=False), flush=True)

    @classmethod
    def read(cls, output: str) -> Fit:
        """Return the fit that a process printed last."""
        fields = json.loads(output.splitlines()[-1])
        return cls(**{**fields, "seconds": tuple(fields["seconds"])})


def fit_and_print(
    library: str,
    fit: Callable[[], T],
    *,
    repetitions: int,
    quality: Callable[[T], dict[str, Any]],
    parameters: Callable[[T], dict[str, Any]] = lambda _: {},
) -> T:
    """Fit `repetitions` times, print the `Fit`, and return what the last fit returned."""
    data_mib = peak_mib()
    seconds = []
    for _ in range(repetitions):
        started = time.perf_counter()
        fitted = fit()
        seconds.append(time.perf_counter() - started)
    peak = peak_mib()
    Fit(
        library=library,
        seconds=tuple(seconds),
        peak_mib=peak,
        data_mib=data_mib,
        quality=quality(fitted),
        parameters=parameters(fitted),
    ).print()
    return fitted


def fit_arguments() -> argparse.ArgumentParser:
    """Return a parser of what every script that fits a model is told."""
    parser = argparse.ArgumentParser(prog=f"python -m {_module()}")
    parser.add_argument("data", help="a name of benchmarks.data_sets")
    parser.add_argument("--people", type=int, help="the first so many respondents; all if absent")
    parser.add_argument("--repetitions", type=int, default=1)
    return parser


def _module() -> str:
    specification = sys.modules["__main__"].__spec__
    return specification.name if specification is not None else sys.argv[0]
