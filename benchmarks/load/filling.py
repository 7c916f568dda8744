"""Fill a database with complete interviews as fast as the store takes them.

Every page of everybody goes through `FieldStore.submit`, with a key of its own: durable, counted,
within quotas. What is answered is what a few hundred respondents answered page by page through the
use cases, over and over; the pages themselves are not drawn again.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from urllib.parse import parse_qs

from benchmarks.load.survey import answers_by_page
from counterflow.domain.interview import NewInterview, Receipt, Submission
from counterflow.programme.field.begin_interview import begin_interview
from counterflow.programme.field.field import Field
from counterflow.programme.field.open_page import open_page
from counterflow.programme.field.submit_page import submit_page

N_MODELS = 300
_TOGETHER = 200
"""Interviews that go forward side by side: fewer than a transaction takes, so none is refused."""


Model = list[Submission]
"""What the store was handed for one interview, page by page."""


def model_interviews(field: Field, n: int = N_MODELS) -> list[Model]:
    """Answer `n` interviews page by page, and return what the store was handed for each."""
    return [_answered(field) for _ in range(n)]


def fill(field: Field, models: Sequence[Model], n: int) -> None:
    """Add `n` complete interviews."""
    for begin in range(0, n, _TOGETHER):
        some = [models[i % len(models)] for i in range(begin, min(begin + _TOGETHER, n))]
        for handed_in in _side_by_side(field, some):
            for one in handed_in:
                one.result(60)


def _answered(field: Field) -> Model:
    answers = answers_by_page(field.programme)
    submissions: Model = []
    noting = replace(field, store=_Noting(field.store, submissions))
    receipt = begin_interview(noting, key=field.new_key(), language="en", consented=True)
    interview_id = receipt.result(60).interview_id
    while not (page := open_page(noting, interview_id)).is_end:
        form = parse_qs(random.choice(answers[page.page.id]))
        seconds = random.lognormvariate(2.0, 0.5)
        submit_page(
            noting, interview_id, page.page.id, key=page.key, form=form, seconds=seconds
        ).result(60)
    return submissions


class _Noting:
    """A store that notes what it is handed."""

    def __init__(self, store: object, noted: Model) -> None:
        self._store, self._noted = store, noted

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def submit(self, submission: Submission) -> Future[Receipt]:
        self._noted.append(submission)
        return self._store.submit(submission)  # type: ignore[attr-defined]


def _side_by_side(field: Field, models: Sequence[Model]) -> Iterator[list[Future[Receipt]]]:
    ids = [field.new_id() for _ in models]
    yield [
        field.store.begin(_new(field, interview_id), key=secrets.token_hex(16), body_hash="begin")
        for interview_id in ids
    ]
    for page in range(max(map(len, models))):
        yield [
            field.store.submit(
                replace(model[page], key=secrets.token_hex(16), interview_id=interview_id)
            )
            for model, interview_id in zip(models, ids, strict=True)
            if page < len(model)
        ]


def _new(field: Field, interview_id: str) -> NewInterview:
    return NewInterview(
        id=interview_id,
        programme_version=field.programme_version,
        design_hash=field.design_hash,
        questionnaire_version=field.questionnaire_version,
        language="en",
        seed=1,
        started_at=field.store.now,
    )
