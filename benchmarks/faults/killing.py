"""Kill the writer at random moments under load, and look for what it acknowledged."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.faults.respondents import Journal, answer_until_killed
from benchmarks.faults.soundness import unsound
from counterflow.domain.interview import PageAnswer, Submission
from counterflow.store.field.engines import read_url
from counterflow.store.field.store import SqlFieldStore


@dataclass
class Survived:
    """What was found after each of `n_kills` kills; `problems` is empty where nothing was lost."""

    n_kills: int = 0
    n_acknowledged: int = 0
    n_in_doubt: int = 0
    n_complete: int = 0
    problems: list[str] = field(default_factory=list)


def kill_repeatedly(
    url: str, folder: Path, *, n_kills: int, n_respondents: int = 8, most: int = 60, seed: int = 1
) -> Survived:
    """Kill a process that writes `n_kills` times with SIGKILL; look after each for what it said.

    A page that was sent and not acknowledged is sent again with its key, as a respondent's device
    does: it must be there once, whether it had been stored or not.
    """
    # A server of fresh processes that has loaded the store already, so that lives are short.
    context = get_context("forkserver")
    context.set_forkserver_preload(["counterflow.store.field.store"])
    moments = random.Random(seed)
    survived = Survived()
    for life in range(n_kills):
        journal, ready = folder / f"journal-{life}", folder / f"ready-{life}"
        # Quotas that grow with every life fill up in every life.
        told = {"n": n_respondents, "most": most * (life + 1)}
        process = context.Process(
            target=answer_until_killed, args=(url, journal, ready), kwargs=told, daemon=True
        )
        process.start()
        _wait_for(ready.exists, process)
        if life % 2 == 0:
            # On a slow machine a life may end before anything was acknowledged: not each of them.
            _wait_for(lambda: bool(Journal(journal).read("stored")), process)  # noqa: B023
        time.sleep(moments.uniform(0.0, 0.4))
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        survived.n_kills += 1
        _look(url, Journal(journal), survived)
    return survived


def _wait_for(is_so: Callable[[], bool], process: BaseProcess) -> None:
    deadline = time.monotonic() + 60.0
    while not is_so():
        if time.monotonic() > deadline or not process.is_alive():
            raise RuntimeError("expected a writer that takes answers, found that it did not")
        time.sleep(0.005)


def _look(url: str, journal: Journal, survived: Survived) -> None:
    sent = {key: line for line in journal.read("sent") for key in [line[2]]}
    stored = {key: line for line in journal.read("stored") for key in [line[2]]}
    store = SqlFieldStore(read_url(url))
    try:
        for line in stored.values():
            survived.problems += _missing(store, line)
        for key in sent.keys() - stored.keys():
            survived.problems += _not_there_after_a_retry(store, sent[key])
        survived.n_acknowledged += len(stored)
        survived.n_in_doubt += len(sent.keys() - stored.keys())
        counts = store.counts()
        survived.n_complete = counts.by_status["complete"]
        survived.problems += [
            f"{quota.cell}: {quota.complete} complete, {quota.held} held, {quota.limit} may be"
            for quota in counts.quotas
            if quota.complete + quota.held > quota.limit
        ]
    finally:
        store.close()
    survived.problems += unsound(url)


def _missing(store: SqlFieldStore, line: list[str]) -> list[str]:
    interview_id, page, _, token, _ = line
    found = [a for a in store.interview(interview_id).answers if a.page == page]
    is_there_once = len(found) == 1 and found[0].answers == {"token": token}
    return [] if is_there_once else [f"{interview_id} {page}: acknowledged, found {found}"]


def _not_there_after_a_retry(store: SqlFieldStore, line: list[str]) -> list[str]:
    interview_id, page, key, token, at = line
    answer = PageAnswer(page=page, answers={"token": token}, received_at=datetime.fromisoformat(at))
    receipt = store.submit(
        Submission(key=key, body_hash=token, interview_id=interview_id, answer=answer)
    ).result(30)
    if receipt.outcome not in ("stored", "repeated"):
        return [f"{interview_id} {page}: sent again, found {receipt.outcome}"]
    return _missing(store, line)
