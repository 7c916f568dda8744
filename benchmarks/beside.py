"""Our fit beside the peers': each in processes of its own, told as records."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.case import ROOT, Run
from benchmarks.fit import Fit
from benchmarks.judge import Judge
from benchmarks.peer_environment import Failure
from benchmarks.process import run_measured
from benchmarks.record import Record


@dataclass(frozen=True)
class OurFits:
    """One model fitted in a process that found its loops compiled, and in one that did not."""

    compiled: Fit
    compiling: Fit | None
    """None where nothing was compiled for the purpose."""


def fit_ours(script: str, *arguments: str, compiled: str | None = None) -> Fit:
    """Return what `benchmarks/ours/<script>.py` measures, with its loops kept in `compiled`."""
    command = [sys.executable, "-m", f"benchmarks.ours.{script}", *arguments]
    environment = {"NUMBA_CACHE_DIR": compiled} if compiled else {}
    return Fit.read(run_measured(command, cwd=ROOT, environment=environment).output)


def fit_ours_twice(run: Run, script: str, *arguments: str, repetitions: int) -> OurFits:
    """Return our fits; a quick run takes the loops that are installed, compiled or not."""
    repeated = (*arguments, "--repetitions", str(repetitions))
    if run.quick:
        return OurFits(fit_ours(script, *repeated), None)
    with tempfile.TemporaryDirectory() as folder:
        compiling = fit_ours(script, *arguments, compiled=folder)
        return OurFits(fit_ours(script, *repeated, compiled=folder), compiling)


def beside(
    run: Run,
    model: str,
    ours: OurFits,
    peers: Sequence[Fit | Failure] = (),
    judge: Judge = lambda _: {},
    **task: Any,
) -> Iterator[Record]:
    """Yield time and memory of our fit beside each peer's, with the quality of both.

    `task` says what was fitted to what, the same for all. The first figure carries what each says
    of its own fit too, every figure what was judged.
    """
    ours_judged = {**task, **judge(ours.compiled)}
    for theirs in peers or (None,):
        judged = _judged(theirs, judge)
        for i, (figure, unit, our_figure, their_figure) in enumerate(_figures(ours, theirs)):
            quality = ours_judged | (_told(ours.compiled) if i == 0 else {})
            if theirs is not None:
                quality = {**quality, "theirs": judged | (_told(theirs) if i == 0 else {})}
            yield run.record(
                f"{model}: {figure}",
                unit,
                our_figure,
                peer=theirs and theirs.library,
                theirs=their_figure,
                quality=quality,
            )


def _judged(fit: Fit | Failure | None, judge: Judge) -> dict[str, Any]:
    if isinstance(fit, Failure):
        return {"failed": fit.reason}
    return {} if fit is None else judge(fit)


def _told(fit: Fit | Failure) -> dict[str, Any]:
    if isinstance(fit, Failure):
        return {}
    return {**fit.quality, "MiB before the fit": round(fit.data_mib), "python": fit.python}


def _figures(
    ours: OurFits, theirs: Fit | Failure | None
) -> Iterator[tuple[str, str, float, float | None]]:
    """Yield figure, unit, ours and theirs; a peer's first fit compiles whatever it compiles."""
    peer = theirs if isinstance(theirs, Fit) else None
    fit, compiling = ours.compiled, ours.compiling
    yield "fit", "s", fit.best_s, peer and peer.best_s
    yield "first fit of a process", "s", fit.first_s, peer and peer.first_s
    if compiling is not None:
        yield "first fit ever, compiling", "s", compiling.first_s, peer and peer.first_s
    yield "peak memory of the process", "MiB", fit.peak_mib, peer and peer.peak_mib
