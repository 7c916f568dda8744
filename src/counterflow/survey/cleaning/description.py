"""What respondents say of themselves, as columns of choice data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from counterflow.domain.columns import Column, Numeric, coded
from counterflow.domain.interview import Interview
from counterflow.domain.questionnaire import Question, Questionnaire
from counterflow.survey.cleaning.answer_given import answer_given

NOT_ANSWERED = "not answered"
"""The level of who did not answer a question that may be left open."""
PURCHASE_CHANCE = "purchase_chance"
"""How likely a purchase is, from 0 to 10."""

_PAGES = ("screening", "background")
_CHANCE = "chance"


class Description:
    """Gathers, respondent by respondent, what is known of them.

    A question with one answer becomes a column of levels; one with several, a column of 0 and 1
    for each answer, "question[answer]"; a number, a column of numbers. Own words are left out: no
    model uses them, and they may name a person. Answers to questions that nobody had to answer
    become the level "not answered"; numbers with a gap are not among `columns`, for a missing
    number is not zero, and `left_out` says so. What some answered is in `partly_known`.
    """

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._columns = dict(_columns(questionnaire))
        self._values: dict[str, list[Any]] = {name: [] for name in self._columns}

    def add(self, interview: Interview) -> None:
        """Add the next respondent."""
        said: dict[str, Any] = {}
        for page in interview.answers:
            if page.page in _PAGES:
                said.update(page.answers)
            elif page.page == _CHANCE:
                said[PURCHASE_CHANCE] = page.answers.get(_CHANCE)
        for name, (read, _) in self._columns.items():
            self._values[name].append(read(said))

    def columns(self) -> dict[str, Column]:
        """Return one value a respondent, by name."""
        made = {name: make(self._values[name]) for name, (_, make) in self._columns.items()}
        return {name: column for name, column in made.items() if column is not None}

    def partly_known(self) -> dict[str, Numeric]:
        """Return numbers that some gave and others did not, NaN there, by name."""
        found = {}
        for name in self.left_out():
            numbers = np.array(self._values[name], dtype=float)
            if np.isfinite(numbers).any():
                found[name] = Numeric(numbers)
        return found

    def left_out(self) -> tuple[str, ...]:
        """Return the names of columns that have gaps."""
        return tuple(name for name in self._columns if name not in self.columns())


_Read = Callable[[Mapping[str, Any]], Any]
_Make = Callable[[list[Any]], Column | None]


def _columns(questionnaire: Questionnaire) -> Iterator[tuple[str, tuple[_Read, _Make]]]:
    for name, question in questionnaire.questions.items():
        yield from _columns_of(name, question)
    if questionnaire.purchase_chance:
        yield PURCHASE_CHANCE, (lambda said: said.get(PURCHASE_CHANCE), _numbers)


def _columns_of(name: str, question: Question) -> Iterator[tuple[str, tuple[_Read, _Make]]]:
    def given(said: Mapping[str, Any]) -> Any:
        return answer_given(question, said.get(name))

    if question.kind == "single":
        yield name, (given, lambda values: _levels(values, question))
    elif question.kind == "number":
        yield name, (given, _numbers)
    elif question.kind == "multiple":
        for answer in question.answer_names:
            yield (
                f"{name}[{answer}]",
                (lambda said, answer=answer: float(answer in (given(said) or ())), _numbers),  # type: ignore[misc]
            )


def _levels(values: list[str | None], question: Question) -> Column:
    has_gap = None in values
    # Answers that were offered when somebody gave them, and are not any more.
    earlier = sorted({value for value in values if value is not None} - {*question.answer_names})
    levels = (*question.answer_names, *earlier, *([NOT_ANSWERED] if has_gap else []))
    position: dict[str | None, int] = {level: code for code, level in enumerate(levels)}
    position[None] = len(levels) - 1
    return coded(np.array([position[value] for value in values], dtype=np.int64), levels)


def _numbers(values: list[float | int | None]) -> Column | None:
    if None in values:
        return None
    return Numeric(np.array(values, dtype=float))
