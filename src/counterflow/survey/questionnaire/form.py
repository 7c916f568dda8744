"""Read what a page's form hands in: all that is wrong at once, each beside its question."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.interview import Contact
from counterflow.domain.mismatch import one_of
from counterflow.domain.programme import Programme
from counterflow.domain.questionnaire import Question
from counterflow.survey.questionnaire.page_to_show import partner_field
from counterflow.survey.questionnaire.pages import Page, questionnaire_of
from counterflow.survey.questionnaire.shown_task import NONE

Form = Mapping[str, Sequence[str]]
"""What a browser hands in: the values of each field, by name."""

Reason = Literal[
    "missing", "unknown", "too_many", "no_number", "too_small", "too_large", "too_long",
    "no_text", "no_phone", "no_email", "no_consent", "no_contact",
]  # fmt: skip
"""Why an answer cannot be taken, as pages put it into the words of their language.

`no_consent`: contacts were given, or passing them on was agreed to, without the consent to be
reached. `no_contact`: to be reached was agreed to, without a phone number or an e-mail address.
"""

MOST_LETTERS = 2000
"""Length of an answer in words of one's own."""

MOST_CHANCE = 10
"""The purchase chance is asked from 0, none, to 10, practically certain (Juster 1966)."""

_MOST_CONTACT_LETTERS = 200


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
    partners: tuple[str, ...] = field(default_factory=tuple)


def read_form(programme: Programme, page: Page, form: Form) -> PageForm:
    """Return what was handed in on a page; fields that the page does not have are left out.

    Raises
    ------
    FormError
        With every problem, by field.
    """
    reading = _Reading(form)
    match page.kind:
        case "introduction":
            reading.tick("consent", "the consent to take part")
            found = PageForm(answers={})
        case "screening" | "background":
            found = _in_words(reading, page.questions)
        case "task":
            asked = questionnaire_of(programme)
            places = [str(place + 1) for place in range(asked.n_alternatives)]
            choices = [*places, *([NONE] if asked.outside_option else [])]
            found = PageForm(answers=reading.answers(choice=reading.one_of("choice", choices)))
        case "chance":
            chance = reading.one_of("chance", [str(x) for x in range(MOST_CHANCE + 1)])
            found = PageForm(answers=reading.answers(chance=chance and int(chance)))
        case "test_drive":
            found = _test_drive(reading, programme)
        case "end":
            raise ValueError(f"expected a page with a form, found {page.id!r}")
    if reading.problems:
        raise FormError(reading.problems)
    return found


def read_key(key: str) -> str:
    """Return an idempotency key; FormError where it is none."""
    if not _KEY.fullmatch(key):
        expected = "the key of the form: 8 to 128 letters, digits, - or _"
        raise FormError([FormProblem(expected, "another", key="key", reason="unknown")])
    return key


def read_panel_id(panel_id: str | None) -> str | None:
    """Return what a panel calls a respondent; None where it says nothing, FormError if unusable."""
    if not panel_id:
        return None
    if len(panel_id) > _MOST_CONTACT_LETTERS or not _is_text(panel_id):
        expected = f"an id of at most {_MOST_CONTACT_LETTERS} letters"
        raise FormError([FormProblem(expected, "another", key="id", reason="too_long")])
    return panel_id


class _Reading:
    """Reads fields one by one, and remembers what was wrong with each."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.problems: list[FormProblem] = []

    def answers(self, **found: Any) -> dict[str, Any]:
        """Return the answers that were given."""
        return {name: value for name, value in found.items() if value is not None}

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
        if not self.is_ticked(name):
            self.wrong(name, "missing", what, "none")

    def is_ticked(self, name: str) -> bool:
        return "yes" in self.values(name)

    def one_of(self, name: str, names: Sequence[str], *, required: bool = True) -> str | None:
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
        values = self.values(name)
        if not values:
            if required:
                self.wrong(name, "missing", "an answer", "none")
        elif len(values) > 1:
            self.wrong(name, "too_many", "one answer", f"{len(values)}")
        elif len(values[0]) > most:
            found = f"{len(values[0])} letters"
            self.wrong(name, "too_long", f"at most {most} letters", found, limit=float(most))
        elif not _is_text(values[0]):
            self.wrong(name, "no_text", "text that can be read", "characters that cannot be")
        else:
            return values[0]
        return None

    def plain_text(self, name: str, *, most: int, required: bool) -> str | None:
        """Return text with the full-width digits and letters of Asian keyboards as plain ones."""
        text = self.text(name, most=most, required=required)
        return None if text is None else unicodedata.normalize("NFKC", text)


def _in_words(reading: _Reading, questions: Mapping[str, Question]) -> PageForm:
    answers: dict[str, Any] = {}
    for name, question in questions.items():
        found: Any
        if question.kind == "single":
            found = reading.one_of(name, question.answer_names, required=question.required)
        elif question.kind == "multiple":
            found = reading.some_of(name, question.answer_names, required=question.required)
        elif question.kind == "number":
            found = reading.number(name, question)
        else:
            found = reading.text(name, most=MOST_LETTERS, required=question.required)
        if found not in (None, []):
            answers[name] = found
    return PageForm(answers=answers, screens_out=_screens_out(questions, answers))


def _screens_out(questions: Mapping[str, Question], answers: Mapping[str, Any]) -> bool:
    return any(
        answer.screens_out and answer.name in _as_list(answers.get(name))
        for name, question in questions.items()
        for answer in question.answers
    )


def _as_list(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else [answer]


def _test_drive(reading: _Reading, programme: Programme) -> PageForm:
    """Return whether and where a test drive is wanted; contacts only of who is to be reached.

    Who wants no test drive is asked for nothing, and nothing that was typed is kept.
    """
    interest = reading.one_of("interest", ["yes", "no"])
    if interest != "yes":
        return PageForm(answers=reading.answers(interest=interest))
    region = reading.one_of("region", list(programme.market.regions))
    contact = _contact(reading, region)
    agreed = reading.is_ticked("consent_contact")
    partners = tuple(
        partner
        for i, partner in enumerate(questionnaire_of(programme).consent.partners)
        if reading.is_ticked(partner_field(i))
    )
    if agreed and (contact is None or not (contact.phone or contact.email)):
        reading.wrong("phone", "no_contact", "a name, and a phone number or an e-mail", "neither")
    if not agreed and (contact is not None or partners):
        expected = "the consent to be reached, or no contact and nobody to pass it to"
        reading.wrong("consent_contact", "no_consent", expected, "no such consent")
    return PageForm(
        answers=reading.answers(interest=interest, region=region),
        contact=contact,
        agreed_to_contact=agreed,
        partners=partners,
    )


def _contact(reading: _Reading, region: str | None) -> Contact | None:
    """Return how to reach the person; None where nothing was filled in, or something is wrong."""
    before = len(reading.problems)
    name = reading.text("name", most=_MOST_CONTACT_LETTERS, required=False)
    phone = reading.plain_text("phone", most=_MOST_CONTACT_LETTERS, required=False)
    email = reading.plain_text("email", most=_MOST_CONTACT_LETTERS, required=False)
    if phone is not None and not _PHONE.fullmatch(phone):
        reading.wrong("phone", "no_phone", "a phone number", "something else")
    if email is not None and not _EMAIL.fullmatch(email):
        reading.wrong("email", "no_email", "an e-mail address", "something else")
    if (phone or email) and name is None and len(reading.problems) == before:
        reading.wrong("name", "missing", "a name to ask for", "none")
    if not name and not phone and not email:
        return None
    return Contact(name=name or "", region=region, phone=phone, email=email)


_MOST_DIGITS = 40
_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")
_NUMBER = re.compile(r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")
# Wide enough for every country; a stricter pattern would refuse numbers that ring.
_PHONE = re.compile(r"\+?[0-9 ()./-]{5,40}")
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")


def _number(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text.replace(",", ""))
    return number if math.isfinite(number) else None


def _is_text(text: str) -> bool:
    """Return whether no character is one for machines: these break tables, and databases."""
    return not any(unicodedata.category(x) in ("Cc", "Cs") and x not in "\n\r\t" for x in text)
