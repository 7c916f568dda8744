"""Where the answers come from: a file that somebody collected, or simulated respondents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from counterflow.domain.design_settings import DesignSettings
from counterflow.domain.mismatch import Mismatch, not_among
from counterflow.domain.questionnaire import Questionnaire
from counterflow.domain.section import Many, Name, Section, Text


class AnswerColumn(Section):
    """How an attribute stands in a table: a column, or a 0/1 column for each level but the base."""

    column: Text | None = None
    """The column that holds levels or numbers."""
    multiply_by: float = 1.0
    """Converts the column's unit to the attribute's, once, here."""
    dummies: dict[str, Text] = {}
    """Level -> the column that is 1 where it holds; the base level where none is."""

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, raw: Any) -> Any:
        return {"column": raw} if isinstance(raw, str) else raw

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield two ways to read one attribute, or none."""
        if self.column is None and not self.dummies:
            yield Mismatch((), "either the key `column` or `dummies`", "neither")
        if self.column is not None and self.dummies:
            yield Mismatch((), "either the key `column` or `dummies`", "both")
        if self.multiply_by == 0:
            yield Mismatch(("multiply_by",), "a factor other than 0", "0")
        if self.dummies and self.multiply_by != 1.0:
            expected = "no factor on columns that are 0 or 1"
            yield Mismatch(("multiply_by",), expected, f"{self.multiply_by:g}")

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        return {
            "anyOf": [{"type": "string", "minLength": 1}, handler(core_schema)],
            "x-expected": "the name of a column, or a table with the key column or dummies",
        }

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that are read."""
        return (self.column,) if self.column is not None else tuple(self.dummies.values())


class AnswersFile(Section):
    """A table with one row for each alternative of each choice task (long format)."""

    path: Text
    """CSV, TSV, Parquet, Arrow or Feather; relative to the programme file."""
    source: Text
    """Who asked whom, when; licence."""
    when_absent: Literal["refuse", "skip"] = "refuse"
    """Whether a missing file is an error or ends the run with a clear line."""
    respondent: Text
    """Column of who answered."""
    task: Text | None = None
    """Column of the choice task within a respondent; absent if each answered one task."""
    alternative: Text | None = None
    """Column that names the alternative within a task; absent if only its attributes do."""
    alternatives: Many[Text] = ()
    """Names that the alternative column may hold; any if absent."""
    outside_alternative: Text | None = None
    """The name that stands for choosing none of the products; its attributes may be empty."""
    chosen: Text
    """1 in the row that was chosen, 0 in the others."""
    available: Text | None = None
    """0 in rows that the respondent could not choose."""
    weights: Text | None = None
    """Sampling weight, the same in all rows of a respondent."""
    attributes: dict[Name, AnswerColumn]
    """Which column holds each attribute, the price included."""
    about_respondent: Many[Text] = ()
    """Columns that describe the respondent: filled, and the same in all rows of a respondent.
    They are kept with the answers; utility does not use them."""
    ignore: Many[Text] = ()
    """Columns that are known and not used."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield columns and names that do not fit one another."""
        if self.alternative is None:
            for key in ("alternatives", "outside_alternative"):
                if getattr(self, key):
                    expected = "the column `alternative`, in which these names stand"
                    yield Mismatch((key,), expected, "no such column")
        elif self.outside_alternative not in (None, *self.alternatives) and self.alternatives:
            name = str(self.outside_alternative)
            yield not_among(("outside_alternative",), name, self.alternatives)
        for name, attribute in self.attributes.items():
            if self.chosen in attribute.columns:
                expected = "a column of the product, known before the choice"
                found = f'"{self.chosen}", which says what was chosen'
                yield Mismatch(("attributes", name), expected, found)


class Spread(Section):
    """How a coefficient varies between simulated people: mean and standard deviation."""

    mean: float
    """Mean over people."""
    sd: Annotated[float, Field(ge=0)]
    """Standard deviation over people."""


class SimulatedNumber(Spread):
    """What simulated people answer to a question about a number, lognormal over them.

    Answers are whole numbers, within the bounds of the question.
    """

    mean: Annotated[float, Field(gt=0)]
    """Mean over people, in the unit of the question."""
    sd: Annotated[float, Field(ge=0)]
    """Standard deviation over people."""
    unanswered: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of people who leave the question open."""


class SimulatedAnswers(Section):
    """Respondents who answer from stated preferences: the figures are invented and say so."""

    source: Text
    """Where the preference figures come from."""
    n_respondents: Annotated[int, Field(ge=2, le=10_000_000)]
    """How many answer."""
    n_tasks: Annotated[int, Field(ge=1, le=100)]
    """Choices that each makes."""
    n_alternatives: Annotated[int, Field(ge=2, le=20)]
    """Products shown in a task, the outside option not counted."""
    outside_option: bool
    """Whether a respondent may choose none."""
    preferences: Annotated[dict[str, Spread], Field(min_length=1)]
    """Coefficient label -> spread over people. Labels as `counterflow check` prints them, e.g.
    "trim[plus]", "price", "outside". A coefficient with a sign in [estimation] is lognormal."""
    numbers: dict[Name, SimulatedNumber] = {}
    """Questions about numbers -> what people answer, e.g. how far they drive."""


class Survey(Section):
    """What was asked of whom."""

    title: Text
    """The question, as respondents read it."""
    answers: AnswersFile | None = None
    """A table that somebody collected."""
    simulated: SimulatedAnswers | None = None
    """Respondents who do not exist, and say so in every output."""
    design: DesignSettings = DesignSettings()
    """How the choice tasks are put together."""
    questionnaire: Questionnaire | None = None
    """The pages that `counterflow serve` shows; answers then come from the field."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield two sources of answers, or none. Simulated ones may go before a questionnaire."""
        if self.answers is not None and self.simulated is not None:
            yield Mismatch((), "either [survey.answers] or [survey.simulated]", "both")
        if self.answers is None and self.simulated is None and self.questionnaire is None:
            expected = "[survey.answers], [survey.simulated] or [survey.questionnaire]"
            yield Mismatch((), expected, "none of them")
        yield from self._two_outside_options()

    def _two_outside_options(self) -> Iterator[Mismatch]:
        """Yield an outside option that only one of two sources of answers has."""
        if self.questionnaire is None:
            return
        asked, key = self.questionnaire.outside_option, ("questionnaire", "outside_option")
        if self.simulated is not None and self.simulated.outside_option != asked:
            expected = f"{str(not asked).lower()}, as in [survey.simulated]"
            yield Mismatch(key, expected, str(asked).lower())
        if self.answers is not None and (self.answers.outside_alternative is not None) != asked:
            there = "an" if not asked else "no"
            expected = (
                f"{str(not asked).lower()}, as [survey.answers] has {there} outside_alternative"
            )
            yield Mismatch(key, expected, str(asked).lower())
