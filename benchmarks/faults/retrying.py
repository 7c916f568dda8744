"""Hand the same page in over and over at once."""

from __future__ import annotations

import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from benchmarks.faults.respondents import fieldwork, page_of, patiently
from counterflow.domain.interview import NewInterview
from counterflow.programme.field_store import FieldStore


def retry_at_once(store: FieldStore, *, n_retries: int, n_threads: int = 16) -> dict[str, int]:
    """Return how often each outcome came, and how often the answer is there."""
    work = fieldwork(most=10**6)
    store.open_fieldwork(work)
    new = NewInterview(
        id=secrets.token_urlsafe(16),
        programme_version="faults",
        design_hash=work.design.content_hash,
        language="en",
        seed=1,
        started_at=store.now,
    )
    store.begin(new, key=secrets.token_urlsafe(16), body_hash="begin").result()
    submission = page_of(store, new.id, 0, "north")

    def hand_in(_: int) -> str:
        return patiently(lambda: store.submit(submission).result()).outcome

    with ThreadPoolExecutor(n_threads) as pool:
        outcomes = Counter(pool.map(hand_in, range(n_retries)))
    return {**outcomes, "rows": len(store.interview(new.id).answers)}
