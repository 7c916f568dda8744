"""The fields of a form, read one by one: what was answered, and what is wrong with each."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import one_of
from counterflow.domain.questionnaire import Question

Form = Mapping[str, Sequence[str]]
"""What a browser hands in: the values of each field, by name."""

Reason = Literal[
    "missing", "unknown", "too_many", "no_number", "too_small", "too_large", "too_long",
    "no_text", "no_phone", "no_email", "no_consent", "no_contact", "changed",
]  # fmt: skip
"""Why an answer cannot be taken, as pages put it into the words of their language.

`no_consent`: contacts were given, or passing them on was agreed to, without the consent to be
reached. `no_contact`: to be reached was agreed to, without a phone number or an e-mail address.
`changed`: what was agreed to has another wording since the page was opened.
"""

_MOST_DIGITS = 40


@dataclass(frozen=True)
class FormProblem(Problem):
    """A problem with one field of a form: `key` is the field, `limit` the bound it passed.

    What was handed in is never repeated: it may be anything, and anybody's.
    """

    reason: Reason = "missing"
    limit: float | None = None


class FormError(InputError):
    """A form cannot be taken; `problems` has every problem, `by_field` the same by field."""

    def __init__(self, problems: Sequence[FormProblem]) -> None:
        super().__init__(problems)
        self.by_field: dict[str, FormProblem] = {}
        for problem in problems:
            self.by_field.setdefault(problem.key, problem)


def given(**answers: Any) -> dict[str, Any]:
    """Return the answers that are there."""
    return {name: answer for name, answer in answers.items() if answer is not None}


class FormFields:
    """Reads fields one by one, and remembers what was wrong with each."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.problems: list[FormProblem] = []

    def wrong(
        self, name: str, reason: Reason, expected: str, found: str, limit: float | None = None
    ) -> None:
        """Remember what is wrong with a field; the first thing that is, is enough to tell."""
        if all(problem.key != name for problem in self.problems):
            self.problems.append(
                FormProblem(expected=expected, found=found, key=name, reason=reason, limit=limit)
            )

    def values(self, name: str) -> list[str]:
        """Return what stands in a field, without blanks around it; nothing where it is empty."""
        return [text for value in self._form.get(name, ()) if (text := value.strip())]

    def tick(self, name: str, what: str) -> None:
        """Note a box that had to be ticked and is not."""
        if not self.is_ticked(name):
            self.wrong(name, "missing", what, "none")

    def is_ticked(self, name: str) -> bool:
        """Return whether a box is ticked."""
        return "yes" in self.values(name)

    def one_of(self, name: str, names: Sequence[str], *, required: bool = True) -> str | None:
        """Return the answer that was picked."""
        found = self.some_of(name, names, required=required)
        if len(found) > 1:
            self.wrong(name, "too_many", "one answer", f"{len(found)}")
        return found[0] if len(found) == 1 else None

    def some_of(self, name: str, names: Sequence[str], *, required: bool) -> list[str]:
        """Return the answers that were picked, in the order in which they are offered."""
        values = self.values(name)
        if required and not values:
            self.wrong(name, "missing", "an answer", "none")
        if any(value not in names for value in values):
            self.wrong(name, "unknown", one_of(names), "another")
        return [offered for offered in names if offered in values]

    def number(self, name: str, question: Question) -> float | None:
        """Return a number within the bounds of its question, as people write it."""
        text = self.plain_text(name, most=_MOST_DIGITS, required=question.required)
        if text is None:
            return None
        number = _number(text)
        if number is None:
            self.wrong(name, "no_number", "a number", "something else")
        elif question.least is not None and number < question.least:
            least = question.least
            self.wrong(name, "too_small", f"at least {least:g}", f"{number:g}", limit=least)
        elif question.most is not None and number > question.most:
            most = question.most
            self.wrong(name, "too_large", f"at most {most:g}", f"{number:g}", limit=most)
        else:
            return number
        return None

    def text(self, name: str, *, most: int, required: bool) -> str | None:
        """Return words of one's own."""
        values = self.values(name)
        if not values:
            if required:
                self.wrong(name, "missing", "an answer", "none")
        elif len(values) > 1:
            self.wrong(name, "too_many", "one answer", f"{len(values)}")
        elif len(values[0]) > most:
            found = f"{len(values[0])} letters"
            self.wrong(name, "too_long", f"at most {most} letters", found, limit=float(most))
        elif not is_text(values[0]):
            self.wrong(name, "no_text", "text that can be read", "characters that cannot be")
        else:
            return values[0]
        return None

    def plain_text(self, name: str, *, most: int, required: bool) -> str | None:
        """Return text with the full-width digits and letters of Asian keyboards as plain ones."""
        text = self.text(name, most=most, required=required)
        return None if text is None else unicodedata.normalize("NFKC", text)


_NUMBER = re.compile(r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")


def _number(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text.replace(",", ""))
    return number if math.isfinite(number) else None


def is_text(text: str) -> bool:
    """Return whether no character is one for machines: these break tables, and databases."""
    return not any(unicodedata.category(x) in ("Cc", "Cs") and x not in "\n\r\t" for x in text)
