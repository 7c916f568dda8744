"""Respondents in a process of their own, the cores that they share with the service, and a check.

The check asks the database, not the service: what was acknowledged must be there once, and what
was refused must not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks.case import ROOT
from benchmarks.faults.soundness import unsound
from benchmarks.load.survey import answers_by_page
from counterflow.domain.programme import Programme
from counterflow.store.field import schema
from counterflow.store.field.engines import open_engines, read_url

N_CORES = 2

_AS_IT_SHOULD_BE = ("acknowledged", "refused for good")


def keep_to_cores() -> int:
    """Keep this process, and those that it starts, to two cores; return how many it found."""
    if not hasattr(os, "sched_setaffinity"):
        return os.cpu_count() or 1
    cores = sorted(os.sched_getaffinity(0))[:N_CORES]
    os.sched_setaffinity(0, cores)
    return len(cores)


class Crowd:
    """Respondents of one survey; what the service told them is kept in `folder`."""

    def __init__(self, programme: Programme, folder: Path) -> None:
        self._answers, self._log = folder / "answers.json", folder / "told.txt"
        answers = json.dumps(answers_by_page(programme))
        self._answers.write_text(answers, encoding="utf-8")

    def answer(self, address: str, **options: object) -> dict[str, Any]:
        """Return what a run of `benchmarks.load.respondents` measured; True stands for a flag."""
        with self.start(address, **options) as process:
            told, _ = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"the respondents ended {process.returncode}, see above")
        found: dict[str, Any] = json.loads(told)
        return found

    def start(self, address: str, **options: object) -> subprocess.Popen[str]:
        """Return the process of respondents who have set out."""
        command = [sys.executable, "-m", "benchmarks.load.respondents", address, str(self._answers)]
        for name, value in options.items():
            given = f"--{name.replace('_', '-')}"
            command += [given] if value is True else [given, str(value)]
        command += ["--log", str(self._log)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def told(self) -> list[list[str]]:
        """Return what the service told the respondents so far: what, interview, page and key."""
        whole = self._log.read_text(encoding="utf-8").rpartition("\n")[0]
        return [line.split() for line in whole.splitlines()]

    def check(self, url: str, *, told: list[list[str]] | None = None) -> dict[str, int]:
        """Return how the database stands against what the respondents were told."""
        told = self.told() if told is None else told
        stored = {(interview, page) for what, interview, page, _ in told if what == "stored"}
        keys = {key for what, _, _, key in told if what == "stored"}
        refused = {key for what, _, _, key in told if what == "refused"} - keys
        rows = Counter(_answers(url))
        return {
            "acknowledged": len(stored),
            "acknowledged and not there": len(stored - rows.keys()),
            "there twice": sum(n > 1 for n in rows.values()),
            "refused for good": len(refused),
            "refused and there": len(refused & set(_keys(url))),
            "counters that are wrong": len(unsound(url)),
        }


def n_wrong(found: Mapping[str, int]) -> int:
    """Return how much of what a check found should not be."""
    return sum(n for what, n in found.items() if what not in _AS_IT_SHOULD_BE)


def _answers(url: str) -> Iterable[tuple[str, str]]:
    interview, answer = schema.interview, schema.answer
    rows = _rows(url, select(interview.c.id, answer.c.page).join_from(answer, interview))
    return ((row[0], row[1]) for row in rows)


def _keys(url: str) -> Iterable[str]:
    return (row[0] for row in _rows(url, select(schema.submission_key.c.key)))


def _rows(url: str, statement: Any) -> list[Any]:
    engines = open_engines(read_url(url))
    try:
        with engines.reader.connect() as connection:
            return list(connection.execute(statement))
    finally:
        engines.dispose()


def cpu_s(pid: int) -> float | None:
    """Return the seconds of processor time that a process has used; None where nobody tells."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
