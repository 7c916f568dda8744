"""170,000 complete respondents in one SQLite database: the researcher's page, exports, cleaning."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks.case import ROOT, Run
from benchmarks.load.filling import fill, model_interviews
from benchmarks.load.survey import PASSWORD, survey_in
from benchmarks.process import run_measured
from benchmarks.record import Record
from counterflow.bootstrap import open_field
from counterflow.web.visitor.service_process import service_process

PEOPLE, QUICK_PEOPLE = 170_000, 2_000
MOST_PAGE_S = 1.0
ENDINGS = ("csv", "parquet", "sav")


def measure(run: Run) -> Iterator[Record]:
    n = QUICK_PEOPLE if run.quick else PEOPLE
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "survey"
        survey_in(folder)
        yield from _filled(run, folder, n)
        yield from _shown(run, folder, n)
        yield from _taken_out(run, folder, n)


def _filled(run: Run, folder: Path, n: int) -> Iterator[Record]:
    field = open_field(folder)
    try:
        models = model_interviews(field)
        began_s = time.perf_counter()
        fill(field, models, n - len(models))
        seconds = time.perf_counter() - began_s
    finally:
        field.close()
    n_submissions = (n - len(models)) * (len(field.pages) + 1)
    quality = {"submissions a second": round(n_submissions / seconds)}
    yield run.record(f"{n:,} complete: filled through the store", "s", seconds, quality=quality)
    size = (folder / "out" / "field" / "field.sqlite").stat().st_size
    quality = {"bytes a respondent": round(size / n)}
    yield run.record(f"{n:,} complete: file", "MiB", size / 2**20, quality=quality)


def _shown(run: Run, folder: Path, n: int) -> Iterator[Record]:
    with service_process(folder, "--admin-password-file", str(folder / "password")) as service:
        where = urlsplit(service.address)
        connection = HTTPConnection(where.hostname or "", where.port)
        cookie = _signed_in(connection)
        times_s = []
        for _ in range(5):
            began_s = time.perf_counter()
            page = _get(connection, cookie)
            times_s.append(time.perf_counter() - began_s)
            if f"{n:,}" not in page:
                raise RuntimeError(f"expected a page that counts {n:,} interviews")
        connection.close()
    limits = {} if run.quick else {"limit": MOST_PAGE_S}
    quality = {"first s": round(times_s[0], 3), "slowest s": round(max(times_s), 3)}
    yield run.record(f"{n:,} complete: field page", "s", min(times_s), quality=quality | limits)


def _signed_in(connection: HTTPConnection) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', _get(connection, ""))
    assert found is not None, "who has not signed in is asked to"
    body = urlencode({"csrf": found[1], "password": PASSWORD})
    form = {"content-type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/field/sign-in", body, form)
    reply = connection.getresponse()
    reply.read()
    return (reply.getheader("set-cookie") or "").partition(";")[0]


def _get(connection: HTTPConnection, cookie: str) -> str:
    connection.request("GET", "/field", headers={"cookie": cookie} if cookie else {})
    return connection.getresponse().read().decode()


def _taken_out(run: Run, folder: Path, n: int) -> Iterator[Record]:
    for ending in ENDINGS:
        to = folder / f"answers.{ending}"
        command = ("export", folder, "--to", to)
        yield from _command(run, f"{n:,} complete: export to .{ending}", *command)
        to.unlink()
    yield from _command(run, f"{n:,} complete: clean", "clean", folder)


def _command(run: Run, figure: str, *arguments: object) -> Iterator[Record]:
    ran = run_measured([sys.executable, "-m", "counterflow", *map(str, arguments)], cwd=ROOT)
    yield run.record(figure, "s", ran.seconds)
    yield run.record(f"{figure}, peak memory", "MiB", ran.peak_mib)
