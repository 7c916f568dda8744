"""Respondents who answer a store as fast as it takes answers, and note what was acknowledged."""

from __future__ import annotations

import json
import os
import random
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.interview import Admission, NewInterview, PageAnswer, Submission
from counterflow.programme.field_store import (
    FieldStore,
    FieldStoreError,
    Fieldwork,
    StoreBusyError,
)
from counterflow.store.field.engines import read_url
from counterflow.store.field.store import SqlFieldStore

N_PAGES = 14
REGIONS = ("north", "south", "east")
HOLD_S = 3600.0


def fieldwork(*, most: int) -> Fieldwork:
    """Return fieldwork with 12 versions and quotas that fill up while it runs."""
    codes = np.zeros((12, 8, 3, 1), dtype=np.int16)
    codes[:, :, 1, 0] = 1
    design = ChoiceDesign(
        levels={"frame": ("steel", "carbon")},
        codes=codes,
        alternatives=("1", "2", "3"),
        has_outside=True,
    )
    quotas = {"all": most, **{f"region={region}": most // 2 for region in REGIONS}}
    return Fieldwork(programme_version="faults", design=design, quotas=quotas)


@dataclass(frozen=True)
class Journal:
    """What was sent and acknowledged, a line each, in a file that outlives the process."""

    path: Path

    def note(self, what: str, submission: Submission) -> None:
        """Note that a page was `sent` or `stored`; the line is whole or not there."""
        line = [
            what,
            submission.interview_id,
            submission.answer.page,
            submission.key,
            submission.answer.answers["token"],
            submission.answer.received_at.isoformat(),
        ]
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(descriptor, json.dumps(line).encode() + b"\n")
        finally:
            os.close(descriptor)

    def read(self, what: str) -> list[list[Any]]:
        """Return the lines about what was `sent` or `stored`; one that was cut off is left out."""
        if not self.path.exists():
            return []
        whole = self.path.read_bytes().rpartition(b"\n")[0].splitlines()
        return [line[1:] for line in map(json.loads, whole) if line[0] == what]


def answer_until_killed(url: str, journal: Path, ready: Path, *, n: int, most: int) -> None:
    """Let `n` respondents answer, one interview after the other, for ever."""
    store = SqlFieldStore(read_url(url))
    store.open_fieldwork(fieldwork(most=most))
    threads = [
        threading.Thread(target=keep_answering, args=(store, Journal(journal)), daemon=True)
        for _ in range(n)
    ]
    for thread in threads:
        thread.start()
    ready.touch()
    for thread in threads:
        thread.join()


def keep_answering(
    store: FieldStore, journal: Journal, *, until: threading.Event | None = None
) -> None:
    """Answer interviews, each to its end or until told."""
    design_hash = fieldwork(most=0).design.content_hash
    while until is None or not until.is_set():
        answer_one(store, journal, design_hash, until=until)


def answer_one(
    store: FieldStore, journal: Journal, design_hash: str, *, until: threading.Event | None = None
) -> None:
    """Answer all pages of one interview; hand a page in twice now and then."""
    new = NewInterview(
        id=secrets.token_urlsafe(16),
        programme_version="faults",
        design_hash=design_hash,
        language="en",
        seed=secrets.randbits(63),
        started_at=store.now,
    )
    begin_key = secrets.token_urlsafe(16)
    patiently(lambda: store.begin(new, key=begin_key, body_hash="begin").result())
    region = random.choice(REGIONS)
    for k in range(N_PAGES):
        if until is not None and until.is_set():
            return
        submission = page_of(store, new.id, k, region)
        journal.note("sent", submission)
        receipt = patiently(lambda one=submission: store.submit(one).result())
        if receipt.outcome not in ("stored", "repeated"):
            return
        journal.note("stored", submission)
        if random.random() < 0.1:
            again = patiently(lambda one=submission: store.submit(one).result())
            assert again.outcome == "repeated", again
        if receipt.status != "open":
            return


def page_of(store: FieldStore, interview_id: str, k: int, region: str) -> Submission:
    """Return page k of an interview, with an answer that no other page has."""
    answer = PageAnswer(
        page=f"page-{k}",
        answers={"token": secrets.token_hex(8)},
        shown={
            "alternatives": [{"place": place, "levels": {"frame": "steel"}} for place in (1, 2)]
        },
        seconds=random.uniform(1, 30),
        received_at=store.now,
    )
    return Submission(
        key=secrets.token_urlsafe(16),
        body_hash=answer.answers["token"],
        interview_id=interview_id,
        answer=answer,
        admission=Admission(cells=(f"region={region}",), hold_s=HOLD_S) if k == 1 else None,
        ends_as="complete" if k == N_PAGES - 1 else None,
    )


def patiently(hand_in: Any) -> Any:
    """Return the receipt, coming again as often as the store is too busy."""
    while True:
        try:
            return hand_in()
        except StoreBusyError as busy:
            time.sleep(busy.retry_after_s * random.uniform(0.5, 1.0))
        except FieldStoreError as error:
            raise RuntimeError(f"expected a receipt, found {error}") from error
