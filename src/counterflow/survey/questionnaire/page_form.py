"""What was handed in on a page, once it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counterflow.domain.interview import Contact


@dataclass(frozen=True, kw_only=True)
class PageForm:
    """What was handed in on a page, read and checked.

    Parameters
    ----------
    answers
        Answer by question as JSON values: a name, a list of names, a number or text. Questions
        that were left open have no entry.
    screens_out
        Whether an answer ends the interview.
    contact, agreed_to_contact, partners
        How to reach the person, and what the person agreed to; kept apart from the answers.
    """

    answers: Mapping[str, Any]
    screens_out: bool = False
    contact: Contact | None = None
    agreed_to_contact: bool = False
    partners: tuple[str, ...] = ()
