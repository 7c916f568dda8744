"""The whole chain, `counterflow run` on the national car: wall time, peak memory, what came out.

With --quick it runs the programme that `counterflow new` writes. This file imports nothing of
Counterflow, so that the memory measured is that of the command alone.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.case import ROOT, Run
from benchmarks.process import Ran, run_measured
from benchmarks.record import Record

EXAMPLE = ROOT / "examples" / "national-car"


def measure(run: Run) -> Iterator[Record]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "programme"
        environment = {}
        if run.quick:
            _counterflow("new", folder)
        else:
            shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("out"))
            # Compiled loops are kept apart from those installed, so that there are none at first.
            environment = {"NUMBA_CACHE_DIR": str(Path(temporary) / "compiled")}
            first = _counterflow("run", folder, environment=environment)
            yield run.record("first run, loops compiled on the way", "s", first.seconds)
        again = _counterflow("run", folder, "--from-scratch", environment=environment)
        quality = _quality(folder / "out")
        yield run.record("run from scratch", "s", again.seconds, quality=quality)
        yield run.record("peak memory of a run from scratch", "MiB", again.peak_mib)
        kept = _counterflow("run", folder, environment=environment)
        yield run.record("run where nothing has changed", "s", kept.seconds)


def _counterflow(*arguments: object, environment: dict[str, str] | None = None) -> Ran:
    command = [sys.executable, "-m", "counterflow", *map(str, arguments)]
    return run_measured(command, cwd=ROOT, environment=environment)


def _quality(out: Path) -> dict[str, Any]:
    definition = json.loads((out / "define" / "definition.json").read_text(encoding="utf-8"))
    plan = json.loads((out / "plan" / "production_plan.json").read_text(encoding="utf-8"))
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return {
        "programme": definition["programme"],
        "offers": len(definition["offers"]),
        "line": definition["search"]["status"],
        "line gap": definition["search"]["gap"],
        "profit q05, q50, q95": [definition["profit"][q] for q in ("q05", "q50", "q95")],
        "currency": definition["currency"],
        "build plan": plan["status"],
        "build plan gap": plan["gap"],
        "warnings": len(record["warnings"]),
        "seconds by step": {step["step"]: step["seconds"] for step in record["steps"]},
    }
