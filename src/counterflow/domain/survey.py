"""Where the answers come from: a file that somebody collected, or simulated respondents."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from counterflow.domain.section import Many, Name, Section, Text


class AnswerColumn(Section):
    """How an attribute stands in a table: a column, or a 0/1 column for each level but the base."""

    column: Text | None = None
    multiply_by: float = 1.0
    """Converts the column's unit to the attribute's, once, here."""
    dummies: dict[str, Text] = {}
    """Level -> the column that is 1 where it holds; the base level where none is."""

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, raw: Any) -> Any:
        return {"column": raw} if isinstance(raw, str) else raw

    @model_validator(mode="after")
    def _is_one_of_two(self) -> AnswerColumn:
        if (self.column is None) == (not self.dummies):
            raise ValueError("give either column or dummies")
        if self.multiply_by == 0 or (self.dummies and self.multiply_by != 1.0):
            raise ValueError("multiply_by is a factor other than 0, for numeric columns")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        return {"anyOf": [{"type": "string"}, handler(core_schema)]}

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
    ignore: Many[Text] = ()
    """Columns that are known and not used."""

    @model_validator(mode="after")
    def _is_coherent(self) -> AnswersFile:
        if (self.alternatives or self.outside_alternative) and self.alternative is None:
            raise ValueError("alternatives and outside_alternative need the column `alternative`")
        if (
            self.alternatives
            and self.outside_alternative
            and self.outside_alternative not in self.alternatives
        ):
            raise ValueError("outside_alternative must be among alternatives")
        return self


class Spread(Section):
    """How a coefficient varies between simulated people: mean and standard deviation."""

    mean: float
    sd: Annotated[float, Field(ge=0)] = 0.0


class SimulatedAnswers(Section):
    """Respondents who answer from stated preferences: the figures are invented and say so."""

    source: Text
    """Where the preference figures come from."""
    n_respondents: Annotated[int, Field(ge=2, le=10_000_000)]
    n_tasks: Annotated[int, Field(ge=1, le=100)]
    n_alternatives: Annotated[int, Field(ge=2, le=20)]
    """Products shown in a task, the outside option not counted."""
    outside_option: bool
    """Whether a respondent may choose none."""
    preferences: Annotated[dict[str, Spread], Field(min_length=1)]
    """Coefficient label -> spread over people. Labels as `counterflow check` prints them, e.g.
    "trim[plus]", "price", "outside". A coefficient with a sign in [estimation] is lognormal."""


class Survey(Section):
    """What was asked of whom."""

    title: Text
    answers: AnswersFile | None = None
    simulated: SimulatedAnswers | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> Survey:
        if (self.answers is None) == (self.simulated is None):
            raise ValueError("give either [survey.answers] or [survey.simulated]")
        return self
