"""Withdraw: a respondent takes the consent back, and what leads to the person is deleted."""

from __future__ import annotations

from counterflow.domain.content_hash import content_hash
from counterflow.domain.interview import PageAnswer, Receipt, Submission
from counterflow.programme.field.field import Field
from counterflow.survey.questionnaire.form import read_key

_PAGE = "withdrawal"
_PATIENCE_S = 60.0


def withdraw(field: Field, interview_id: str, *, key: str) -> Receipt:
    """Return the receipt once the interview has ended and its person is forgotten.

    An interview that was still open ends as "withdrawn", and counts nowhere. Of one that had ended
    before, contact, panel id and device are deleted all the same; its anonymous answers stay.

    Raises
    ------
    UnknownInterviewError, StoreBusyError, StoreFailedError, KeyReusedError
        From the store; the withdrawal may then be repeated with the same key.
    """
    submission = Submission(
        key=read_key(key),
        body_hash=content_hash({"interview": interview_id, "page": _PAGE}),
        interview_id=interview_id,
        answer=PageAnswer(page=_PAGE, answers={}, received_at=field.clock()),
        ends_as="withdrawn",
    )
    receipt = field.store.submit(submission).result(timeout=_PATIENCE_S)
    field.store.forget_person(interview_id)
    return receipt
