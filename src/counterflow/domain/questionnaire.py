"""The questionnaire: what respondents are asked besides the choice tasks, how many, and of whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from counterflow.domain.mismatch import Mismatch, not_among, quoted
from counterflow.domain.section import Many, Name, Section, Text

Language = Annotated[
    str,
    Field(
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$",
        json_schema_extra={"x-expected": 'a language tag such as "en", "ko" or "zh"'},
    ),
]


RESERVED_FIELDS = ("key", "csrf", "seconds")
"""Fields of every form, and so no names for questions."""

_SLACK = 5e-3
"""Shares printed with two digits may sum to 0.99 or 1.01."""


class Answer(Section):
    """One answer that a question offers."""

    name: Name
    """What tables call it."""
    label: Text
    """What people read."""
    screens_out: bool = False
    """Whether who answers so is thanked and not asked further (screening questions)."""


class Question(Section):
    """A question that is asked in words, before or after the choice tasks."""

    label: Text
    """What people read."""
    kind: Literal["single", "multiple", "number", "text"] = "single"
    """One of the answers; any number of them; a number; a short text of one's own."""
    answers: Many[Answer] = ()
    """What may be answered (single and multiple)."""
    unit: Text | None = None
    """Unit of a number."""
    least: float | None = None
    """The smallest number that is accepted."""
    most: float | None = None
    """The largest number that is accepted."""
    required: bool = True
    """Whether the page cannot be left without an answer."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield keys that do not fit the kind of question."""
        offers = self.kind in ("single", "multiple")
        if offers and len(self.answers) < 2:
            yield Mismatch(("answers",), "two answers or more", f"{len(self.answers)}")
        if not offers and self.answers:
            expected = f"no answers to a question of kind {quoted(self.kind)}"
            yield Mismatch(("answers",), expected, f"{len(self.answers)}")
        names = [answer.name for answer in self.answers]
        for i, name in enumerate(names):
            if name in names[:i]:
                expected = "answers with distinct names"
                yield Mismatch(("answers", i, "name"), expected, f"{quoted(name)} twice")
        for key in ("unit", "least", "most"):
            if self.kind != "number" and getattr(self, key) is not None:
                expected = 'no such key but for a question of kind "number"'
                yield Mismatch((key,), expected, f"kind {quoted(self.kind)}")
        if self.least is not None and self.most is not None and self.least > self.most:
            yield Mismatch(("least",), f"at most {self.most:g}", f"{self.least:g}")

    @property
    def answer_names(self) -> tuple[str, ...]:
        """Return the names of the answers."""
        return tuple(answer.name for answer in self.answers)


class PanelLinks(Section):
    """Where respondents of a panel return to; `{id}` stands for what the panel calls them."""

    complete: Text
    """After the last page."""
    screened_out: Text
    """After an answer that ends the interview."""
    over_quota: Text
    """After finding that enough people like them have answered."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield links that are no addresses of the web."""
        for key in ("complete", "screened_out", "over_quota"):
            link = getattr(self, key)
            if not link.startswith(("https://", "http://")):
                yield Mismatch((key,), "an address that begins with https://", quoted(link))


class Consent(Section):
    """What respondents agree to, each by itself and none ticked beforehand."""

    version: Text
    """Names the wording; a changed wording is a new version, and is asked again."""
    controller: Text
    """Who answers for the data, with an address to write to."""
    partners: Many[Text] = ()
    """To whom contacts may be passed, by a consent of its own; nobody if absent."""


class QualityLimits(Section):
    """From where on an interview is flagged; flagged interviews are kept and told apart."""

    least_seconds_per_task: Annotated[float, Field(gt=0)] = 2.0
    """Median seconds over choice tasks below which a respondent counts as a speeder."""
    most_same_place_share: Annotated[float, Field(gt=0, le=1)] = 0.95
    """Share of tasks answered at the same place on the screen from which on it is straight-lining;
    judged from four tasks on."""
    random_responder_level: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Share of respondents who answer at random that the likelihood test lets through."""


class Questionnaire(Section):
    """What the pages of the survey ask, in the order in which they come."""

    languages: Annotated[Many[Language], Field(min_length=1)] = ("en",)
    """Languages of the pages; the first is that of the programme file, and where none fits."""
    consent: Consent
    """What respondents agree to."""
    n_tasks: Annotated[int, Field(ge=1, le=30)] = 8
    """Choice tasks of each respondent. Beyond 8, people on phones give up."""
    n_alternatives: Annotated[int, Field(ge=2, le=8)] = 3
    """Products shown side by side in a task, the outside option not counted."""
    outside_option: bool = True
    """Whether a respondent may choose none."""
    adaptive: bool = False
    """Whether each next task is chosen for the respondent from the answers so far."""
    screening: dict[Name, Question] = {}
    """Questions that come first, by name; an answer may end the interview."""
    purchase_chance: bool = True
    """Whether people are asked how likely they are to buy what they chose, from 0 to 10."""
    test_drive: bool = True
    """Whether people may ask for a test drive, with region and a way to reach them."""
    background: dict[Name, Question] = {}
    """Questions about the respondent that come last, by name."""
    quotas: dict[Name, dict[Name, Annotated[int, Field(ge=0)]]] = {}
    """Most complete interviews by screening question (kind "single") and answer."""
    margins: dict[Name, dict[Name, Annotated[float, Field(gt=0)]]] = {}
    """Shares in the population by question and answer, to which respondents are weighted."""
    most_respondents: Annotated[int, Field(ge=1)] | None = None
    """Most complete interviews altogether."""
    panel: PanelLinks | None = None
    """Where respondents of a panel return to."""
    quality: QualityLimits = QualityLimits()
    """From where on an interview is flagged."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield names that do not fit one another."""
        for i, language in enumerate(self.languages):
            if language in self.languages[:i]:
                expected = "each language once"
                yield Mismatch(("languages", i), expected, f"{quoted(language)} twice")
        for name, question in self.screening.items():
            if question.kind == "text":
                expected = '"single", "multiple" or "number" for a screening question'
                yield Mismatch(("screening", name, "kind"), expected, quoted(question.kind))
        for name in self.background:
            if name in self.screening:
                expected = "questions with distinct names"
                yield Mismatch(("background", name), expected, "a screening question of that name")
        for name, question in self.background.items():
            for i, answer in enumerate(question.answers):
                if answer.screens_out:
                    expected = "answers that end the interview in screening questions only"
                    place = ("background", name, "answers", i, "screens_out")
                    yield Mismatch(place, expected, "true")
        for part in ("screening", "background"):
            for name in getattr(self, part):
                if name in RESERVED_FIELDS:
                    expected = f"a name other than {', '.join(map(quoted, RESERVED_FIELDS))}"
                    yield Mismatch((part, name), expected, "one that forms use themselves")
        yield from self._unknown_cells("quotas", self.screening)
        yield from self._unknown_cells("margins", self.questions)
        yield from self._unfit_quotas()
        yield from self._unfit_margins()

    def _unknown_cells(self, key: str, questions: dict[str, Question]) -> Iterator[Mismatch]:
        single = {name: q for name, q in questions.items() if q.kind == "single"}
        for name, cells in getattr(self, key).items():
            if name not in single:
                yield not_among((key, name), name, tuple(single))
                continue
            for answer in cells:
                if answer not in single[name].answer_names:
                    yield not_among((key, name, answer), answer, single[name].answer_names)

    def _unfit_quotas(self) -> Iterator[Mismatch]:
        """Yield quotas that somebody could pass by without an answer."""
        for name in self.quotas:
            question = self.screening.get(name)
            if question is not None and not question.required:
                expected = "true, as quotas need an answer of everybody"
                yield Mismatch(("screening", name, "required"), expected, "false")

    def _unfit_margins(self) -> Iterator[Mismatch]:
        """Yield shares that cannot be met: they do not sum to 1, or nobody with them is asked."""
        for name, shares in self.margins.items():
            total = sum(shares.values())
            if abs(total - 1.0) > _SLACK:
                yield Mismatch(("margins", name), "shares that sum to 1", f"a sum of {total:g}")
            question = self.questions.get(name)
            for answer in question.answers if question is not None else ():
                if answer.name in shares and answer.screens_out:
                    expected = "answers that do not end the interview"
                    key = ("margins", name, answer.name)
                    yield Mismatch(key, expected, f"{quoted(answer.name)}, which ends it")

    @property
    def questions(self) -> dict[str, Question]:
        """Return all questions in words, by name."""
        return {**self.screening, **self.background}
