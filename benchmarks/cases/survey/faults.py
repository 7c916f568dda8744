"""Kills, floods of retries, backups under load: what was acknowledged is there once.

Most kills are of a process that writes to the store as fast as it can; some are of the whole
service with respondents on its pages. Full disks and clocks that jump are in the tests, which run
here too: there is nothing about them to count.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.case import ROOT, Run
from benchmarks.faults.killing import kill_repeatedly
from benchmarks.faults.retrying import retry_at_once
from benchmarks.load.crowd import Crowd
from benchmarks.load.databases import KINDS, absence, database, postgresql_server
from benchmarks.load.survey import survey_in
from benchmarks.record import Record
from counterflow.store.field.copying import restore
from counterflow.store.field.engines import read_url
from counterflow.store.field.store import SqlFieldStore
from counterflow.web.visitor.service_process import service_process

TESTS = "tests/journeys/test_field_faults.py"


def measure(run: Run) -> Iterator[Record]:
    for kind in KINDS:
        if reason := absence(kind):
            yield run.skipped(reason)
            continue
        yield _writer_killed(run, kind)
        yield _retried(run, kind)
        yield _service_killed(run, kind)
        yield from _backed_up(run, kind)
    yield _tested(run)


def _writer_killed(run: Run, kind: str) -> Record:
    n = 5 if run.quick else 200
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with database(kind, folder / "field") as url:
            survived = kill_repeatedly(url, folder, n_kills=n)
    return run.record(
        f"{kind}: {n} kills of the writer: answers lost or double, quotas exceeded",
        "",
        len(survived.problems),
        quality={
            "acknowledged": survived.n_acknowledged,
            "sent, not acknowledged, sent again": survived.n_in_doubt,
            "complete": survived.n_complete,
            "limit": 0,
            **({"first": survived.problems[0]} if survived.problems else {}),
        },
    )


def _retried(run: Run, kind: str) -> Record:
    n = 200 if run.quick else 10_000
    with tempfile.TemporaryDirectory() as temporary, database(kind, Path(temporary)) as url:
        store = SqlFieldStore(read_url(url))
        try:
            outcomes = retry_at_once(store, n_retries=n)
        finally:
            store.close()
    return run.record(
        f"{kind}: {n:,} retries of one key: rows", "", outcomes.pop("rows"), quality=dict(outcomes)
    )


def _service_killed(run: Run, kind: str) -> Record:
    n, moments = 1 if run.quick else 20, random.Random(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        crowd = Crowd(survey_in(folder / "survey"), folder)
        with database(kind, folder / "field") as url:
            for _ in range(n):
                with service_process(folder / "survey", "--database", url) as service:
                    given = {"n": 50, "pause": 0.05, "seconds": 5.0, "warm_up": 0.0}
                    with crowd.start(service.address, **given) as respondents:
                        time.sleep(moments.uniform(1.0, 4.0))
                        os.kill(service.pid, signal.SIGKILL)
                        respondents.communicate()
            found = crowd.check(url)
    wrong = ("acknowledged and not there", "there twice", "counters that are wrong")
    return run.record(
        f"{kind}: {n} kills of the service: answers lost or double, counters wrong",
        "",
        sum(found[key] for key in wrong),
        quality={"acknowledged": found["acknowledged"], "limit": 0},
    )


def _backed_up(run: Run, kind: str) -> Iterator[Record]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        backup, copy = folder / "backup.sqlite", f"sqlite:///{folder / 'copy' / 'field.sqlite'}"
        crowd = Crowd(survey_in(folder / "survey"), folder)
        with (
            database(kind, folder / "field") as url,
            service_process(folder / "survey", "--database", url) as service,
            crowd.start(service.address, n=100, pause=0.3, seconds=15.0) as respondents,
        ):
            time.sleep(7.0)
            before = crowd.told()
            seconds = _counterflow("backup", folder / "survey", "--to", backup, "--database", url)
            respondents.communicate()
            after = crowd.told()
        restore(backup, read_url(copy))
        found = crowd.check(copy, told=before)
    wrong = ("acknowledged and not there", "there twice", "counters that are wrong")
    yield run.record(
        f"{kind}: backup under load, restored: answers lost or double, counters wrong",
        "",
        sum(found[key] for key in wrong),
        quality={
            "acknowledged before": found["acknowledged"],
            "acknowledged meanwhile and after": len(after) - len(before),
            "limit": 0,
        },
    )
    yield run.record(f"{kind}: backup under load, the command", "s", seconds)


def _counterflow(*arguments: object) -> float:
    command = [sys.executable, "-m", "counterflow", *map(str, arguments)]
    began_s = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began_s


def _tested(run: Run) -> Record:
    """Return how many tests of faults fail; full disks and jumping clocks are among them."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS]
    found = {**os.environ, "COUNTERFLOW_TEST_POSTGRESQL": postgresql_server()}
    done = subprocess.run(command, cwd=ROOT, env=found, check=False, capture_output=True, text=True)
    counted = {
        word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|skipped)", done.stdout)
    }
    failed = counted.pop("failed", 0) if counted else 1
    figure = "tests that fail: disk full, clock jump, file deleted, backups"
    return run.record(figure, "", failed, quality={**counted, "limit": 0})
