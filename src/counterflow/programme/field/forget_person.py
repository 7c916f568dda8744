"""Forget a person: contact, panel id and device go; the answers stay and lead to nobody."""

from __future__ import annotations

from counterflow.programme.field_store import FieldStore


def forget_person(store: FieldStore, interview_id: str) -> None:
    """Delete all that leads from an interview to a person; repeating it changes nothing.

    Raises
    ------
    UnknownInterviewError
        If there is no such interview.
    """
    store.interview(interview_id)
    store.forget_person(interview_id)
