"""What somebody answered to a question, where the question was asked as it is asked now."""

from __future__ import annotations

from typing import Any

from counterflow.domain.questionnaire import Question

_TYPES: dict[str, type | tuple[type, ...]] = {
    "single": str,
    "multiple": list,
    "number": (int, float),
    "text": str,
}


def answer_given(question: Question, answer: Any) -> Any:
    """Return the answer; None where there is none, or where the question was of another kind then.

    An answer that is no longer offered is still what somebody said, and comes back as it is.

    Examples
    --------
    >>> age = Question(label="Your age", kind="number")
    >>> answer_given(age, 47.0), answer_given(age, "from_45")
    (47.0, None)
    """
    return answer if isinstance(answer, _TYPES[question.kind]) else None
