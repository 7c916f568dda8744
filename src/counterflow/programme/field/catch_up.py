"""Catch up: bring interviews to where the questionnaire, changed meanwhile, goes on or ends."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from itertools import islice

from counterflow.domain.content_hash import content_hash
from counterflow.domain.interview import Interview, PageAnswer, Receipt, Submission
from counterflow.programme.field.field import Field
from counterflow.programme.field.pages_of_interview import lacks_place, pages_of_interview
from counterflow.programme.field.submit_page import admission_of, flags_at_end
from counterflow.survey.questionnaire.pages import next_page

_ADMISSION, _COMPLETION = "admission", "completion"
"""What stands in the place of the page that no longer is there to be answered."""

_TOGETHER = 200
"""Fewer than the store takes at once, so that none is refused."""
_PATIENCE_S = 60.0


def catch_up(field: Field, interview_id: str) -> Future[Receipt]:
    """Return the receipt of admitting, or completing, an interview; done when it is durable.

    An interview is complete once all that the questionnaire asks now is answered, whichever page
    came last; it is admitted, within the quotas, once the page that admits is answered. Repeating
    it changes nothing.

    Raises
    ------
    UnknownInterviewError, StoreBusyError, StoreFailedError
        From the store, now or in the future.
    """
    return _catch_up(field, field.store.interview(interview_id))


def complete_answered(field: Field) -> int:
    """Complete the interviews that have nothing left to answer; return how many there were.

    They were under way when the questionnaire became shorter. Those that were begun with it as it
    is now need no look.
    """
    n, answered = 0, _answered(field)
    while some := list(islice(answered, _TOGETHER)):
        stored = [_catch_up(field, interview) for interview in some]
        n += len([one.result(_PATIENCE_S) for one in stored])
    return n


def _answered(field: Field) -> Iterator[Interview]:
    begun_before = field.store.interviews(
        statuses=("open",), not_begun_with=field.questionnaire_version
    )
    for interview in begun_before:
        if next_page(pages_of_interview(field, interview), interview) is None:
            yield interview


def _catch_up(field: Field, interview: Interview) -> Future[Receipt]:
    pages = pages_of_interview(field, interview)
    completes = next_page(pages, interview) is None
    page = _COMPLETION if completes else _ADMISSION
    about = {"interview": interview.id, "page": page}
    return field.store.submit(
        Submission(
            key=content_hash(about)[:32],
            body_hash=content_hash({**about, "body": None}),
            interview_id=interview.id,
            answer=PageAnswer(
                page=page,
                answers={},
                received_at=field.clock(),
                questionnaire_version=field.drawn_from(interview),
            ),
            admission=admission_of(field, interview) if lacks_place(pages, interview) else None,
            ends_as="complete" if completes else None,
            flags=flags_at_end(field, interview) if completes else {},
        )
    )
