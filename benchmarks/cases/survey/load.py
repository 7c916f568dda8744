"""200 respondents at once on the real service, on two cores, in SQLite and in PostgreSQL.

At work: each looks at a page for 0.55 s on average, so that they hand in some 340 pages a second.
Without pause: each hands in the next page as soon as it is there, which is what the service can
take at most; 200 at once then wait for one another, and latency says little.

A submission counts when the service has acknowledged it as durable and answered with the next page.
Respondents run on the same cores, each with an address of its own, and the service guards itself
by its default limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.case import Run
from benchmarks.load.crowd import Crowd, cpu_s, keep_to_cores, n_wrong
from benchmarks.load.databases import database, in_each_database
from benchmarks.load.survey import survey_in
from benchmarks.record import Record
from counterflow.web.visitor.service_process import ServiceProcess, service_process

N = 200
PAUSE_S = 0.55
LEAST_PER_SECOND = 300.0
MOST_P99_MS = 250.0
REPETITIONS = 3


def measure(run: Run) -> Iterator[Record]:
    keep_to_cores()
    yield from in_each_database(run, _loaded)


def _loaded(run: Run, kind: str, folder: Path) -> Iterator[Record]:
    programme = survey_in(folder / "survey")
    crowd = Crowd(programme, folder)
    seconds, repetitions = (6.0, 1) if run.quick else (20.0, REPETITIONS)
    with database(kind, folder / "field") as url:
        with service_process(folder / "survey", "--database", url) as service:
            # Once without measuring: what is loaded or compiled when first used is not the load.
            crowd.answer(service.address, n=20, pause=0.05, seconds=3.0, warm_up=0.0)
            at_work = min(
                (_answer(crowd, service, PAUSE_S, seconds) for _ in range(repetitions)),
                key=lambda found: found["p99_ms"],
            )
            at_most = _answer(crowd, service, 0.0, seconds)
        found = crowd.check(url)
    # The limits are for the database that is there by default.
    is_limited = kind == "SQLite" and not run.quick
    yield from _records(run, f"{kind}: {N} at work", at_work, is_limited=is_limited)
    yield from _records(run, f"{kind}: {N} without pause", at_most, is_limited=False)
    yield run.record(
        f"{kind}: submissions lost, double or half-written",
        "",
        n_wrong(found),
        quality={**found, "limit": 0},
    )


def _answer(
    crowd: Crowd, service: ServiceProcess, pause_s: float, seconds: float
) -> dict[str, Any]:
    before_s = cpu_s(service.pid)
    found = crowd.answer(service.address, n=N, pause=pause_s, seconds=seconds)
    after_s = cpu_s(service.pid)
    if before_s is not None and after_s is not None:
        used_s = after_s - before_s
        found["ms of processor a submission"] = round(1000 * used_s / found["acknowledged"], 2)
    return found


def _records(run: Run, words: str, found: dict[str, Any], *, is_limited: bool) -> Iterator[Record]:
    errors = {"errors": sum(found["errors"].values()), "refused": sum(found["refusals"].values())}
    per_second = found["per_second"]
    quality = {
        "submissions a second": round(per_second),
        "p50 ms": round(found["p50_ms"], 1),
        "whole interviews": found["complete"],
        **{name: value for name, value in found.items() if name.startswith("ms of")},
        **errors,
    }
    limits = {"limit": round(1000.0 / LEAST_PER_SECOND, 2)} if is_limited else {}
    yield run.record(
        f"{words}: 1,000 submissions", "s", 1000.0 / per_second, quality=quality | limits
    )
    limits = {"limit": MOST_P99_MS} if is_limited else {}
    yield run.record(
        f"{words}: 99 of 100 submissions within", "ms", found["p99_ms"], quality=errors | limits
    )
