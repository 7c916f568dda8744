"""2,000 respondents at once without pause: more than can be served is refused, and told when.

Half of them come again when they are told to, as the pages' script does; the others give up. What
was refused must not be in the database, what was acknowledged must be there once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.case import Run
from benchmarks.load.crowd import Crowd, keep_to_cores, n_wrong
from benchmarks.load.databases import database, in_each_database
from benchmarks.load.survey import survey_in
from benchmarks.record import Record
from counterflow.web.visitor.service_process import service_process

N, QUICK_N = 2_000, 1_300


def measure(run: Run) -> Iterator[Record]:
    keep_to_cores()
    yield from in_each_database(run, _overloaded)


def _overloaded(run: Run, kind: str, folder: Path) -> Iterator[Record]:
    programme = survey_in(folder / "survey")
    crowd, n = Crowd(programme, folder), QUICK_N if run.quick else N
    with database(kind, folder / "field") as url:
        with service_process(folder / "survey", "--database", url) as service:
            crowd.answer(service.address, n=20, pause=0.05, seconds=3.0, warm_up=0.0)
            seconds = 8.0 if run.quick else 20.0
            patient = {"n": n // 2, "seconds": seconds, "warm_up": 1.0}
            with crowd.start(service.address, **patient, impatient=True) as others:
                found = crowd.answer(service.address, **patient, block=1)
                others.wait()
        checked = crowd.check(url)
    refused = sum(found["refusals"].values())
    yield run.record(
        f"{kind}: {n:,} at once: submissions lost, double, half-written, or refused without a time",
        "",
        n_wrong(checked) + found["refusals_without_retry_after"],
        quality={
            **checked,
            "limit": 0,
            "refused to the patient half": refused,
            "errors": found["errors"],
            "submissions a second, patient half": round(found["per_second"]),
        },
    )
