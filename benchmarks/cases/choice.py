"""Choice models of 448 Chinese car buyers: multinomial logit beside xlogit, hierarchical Bayes.

Each model is fitted in processes of its own: one that finds no compiled loops and must compile
them, then one that finds them. The data are not part of the project; without them the case says so.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from benchmarks.case import DATA, ROOT, Run
from benchmarks.peer_environment import run_peer
from benchmarks.process import run_measured
from benchmarks.record import Record

ANSWERS = DATA / "choice" / "cars_china.csv"
COLUMNS = (
    *("price", "opCost", "accelTime", "phevFastcharge", "bevFastcharge"),
    *("hev", "phev10", "phev20", "phev40", "bev75", "bev100", "bev150"),
    *("american", "japanese", "chinese", "skorean"),
)


def measure(run: Run) -> Iterator[Record]:
    if not ANSWERS.is_file():
        yield run.skipped(f"{ANSWERS.name} is not beside the project in {ANSWERS.parent}")
        return
    yield from _multinomial(run)
    yield from _hierarchical(run)


def _multinomial(run: Run) -> Iterator[Record]:
    n = 3 if run.quick else 10
    compiling, compiled = _fit_twice("mnl", "--repetitions", str(n))
    theirs = _xlogit(repetitions=n)
    versus = {
        "peer": theirs["peer"],
        "quality": {**compiled["quality"], "theirs": theirs["quality"]},
    }
    for figure, unit, ours, their_figure in (
        ("fit", "s", compiled["best_s"], "best_s"),
        ("first fit of a process", "s", compiled["first_s"], "first_s"),
        ("first fit ever, compiling", "s", compiling["first_s"], "first_s"),
        ("peak memory of the process", "MiB", compiled["peak_mib"], "peak_mib"),
    ):
        name = f"multinomial logit: {figure}"
        yield run.record(name, unit, ours, theirs=theirs[their_figure], **versus)


def _hierarchical(run: Run) -> Iterator[Record]:
    name = "hierarchical Bayes"
    if run.quick:
        # Compiling takes most of a minute; the loops that are installed are used as they are.
        fitted = _fit("hb", "--quick", "--repetitions", "2")
    else:
        compiling, fitted = _fit_twice("hb")
        yield run.record(
            f"{name}: first fit ever, compiling",
            "s",
            compiling["first_s"],
            quality=compiling["quality"],
        )
    yield run.record(f"{name}: fit", "s", fitted["best_s"], quality=fitted["quality"])
    yield run.record(f"{name}: peak memory of the process", "MiB", fitted["peak_mib"])


def _fit_twice(*arguments: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a run that had to compile every loop, and one that found them compiled."""
    with tempfile.TemporaryDirectory() as compiled:
        first, second = (_fit(*arguments, compiled=compiled) for _ in range(2))
    return first, second


def _fit(*arguments: str, compiled: str | None = None) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.fit_once", *arguments]
    environment = {"NUMBA_CACHE_DIR": compiled} if compiled else {}
    fitted: dict[str, Any] = json.loads(
        run_measured(command, cwd=ROOT, environment=environment).output
    )
    return fitted


def _xlogit(*, repetitions: int) -> dict[str, Any]:
    return run_peer(
        "xlogit_mnl",
        str(ANSWERS),
        *("--chosen", "choice", "--n-alternatives", "3", "--repetitions", str(repetitions)),
        *("--columns", *COLUMNS),
    )
