"""A respondent who does not exist, and fills in each page as stated preferences would have it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from counterflow.domain.coding import UtilityCoding
from counterflow.domain.programme import Programme
from counterflow.domain.questionnaire import Question
from counterflow.domain.random_streams import random_stream
from counterflow.survey.questionnaire.cards import Card, TaskToShow
from counterflow.survey.questionnaire.form import MOST_CHANCE
from counterflow.survey.questionnaire.page_to_show import PageToShow, QuestionToShow
from counterflow.survey.questionnaire.pages import questionnaire_of
from counterflow.survey.questionnaire.shown_task import NONE
from counterflow.survey.simulated_numbers import simulated_number


@dataclass(frozen=True, eq=False, kw_only=True)
class SimulatedRespondent:
    """Fills in pages; a pure function of the coefficients, the seed and the respondent's number.

    Parameters
    ----------
    coefficients
        Of each label of the coding, in its order, e.g. a row of `simulate_coefficients`.
    number, seed
        Whose random numbers these are.

    Notes
    -----
    In a task the alternative with the highest U_j = x_j' beta + e_j is taken, with e standard
    Gumbel: the logit (Train, Discrete Choice Methods with Simulation, 2nd ed., 2009, section 3.1).
    Screening is answered so that the interview goes on, numbers as [survey.simulated.numbers] says,
    and as `simulate_answers` has them of this number. Other questions are answered at random;
    nobody asks for a test drive, as there is nobody to reach.
    """

    programme: Programme
    coefficients: Float[np.ndarray, " K"]
    number: int
    seed: int

    def __post_init__(self) -> None:
        if len(self.coefficients) != len(self._coding.labels):
            raise ValueError(
                f"expected a coefficient for each of {', '.join(self._coding.labels)}; "
                f"found {len(self.coefficients)} of them"
            )

    def form(self, page: PageToShow) -> dict[str, list[str]]:
        """Return what the respondent hands in on a page; equal pages are answered equally."""
        random = random_stream(self.seed, f"simulated respondent: {page.page.id}", self.number)
        match page.page.kind:
            case "introduction" | "consent":
                return {"consent": ["yes"]}
            case "screening" | "background":
                return dict(self._in_words(page.questions, random))
            case "task":
                assert page.task is not None, "the page of a task shows one"
                return {"choice": [self._choice(page.task, random)]}
            case "chance":
                return {"chance": [str(random.integers(MOST_CHANCE + 1))]}
            case "test_drive":
                return {"interest": ["no"]}
            case "end":
                raise ValueError("expected a page to fill in, found the end of the interview")

    @cached_property
    def _coding(self) -> UtilityCoding:
        has_outside = questionnaire_of(self.programme).outside_option
        return UtilityCoding.of(self.programme.attributes, has_outside=has_outside)

    def _choice(self, task: TaskToShow, random: np.random.Generator) -> str:
        """Return the choice that is handed in; in the order of places, wherever they are shown."""
        cards = sorted(task.cards, key=lambda card: card.place)
        utility = self._utilities(cards, has_outside=task.has_outside)
        best = int(np.argmax(utility + random.gumbel(size=len(utility))))
        return NONE if best == len(cards) else str(cards[best].place)

    def _utilities(self, cards: Sequence[Card], *, has_outside: bool) -> Float[np.ndarray, " J"]:
        design = np.concatenate([self._design_row(card) for card in cards])
        utility: Float[np.ndarray, " J"] = design @ self.coefficients
        return np.append(utility, self.coefficients[-1]) if has_outside else utility

    def _design_row(self, card: Card) -> Float[np.ndarray, "1 K"]:
        """Return the coded product; what a card does not show adds no utility."""
        shown = {level.attribute: level.level for level in card.levels}
        attributes = self.programme.attributes
        filled = {name: shown.get(name, a.base_level) for name, a in attributes.items()}
        row = self._coding.rows([filled])
        for name in attributes.keys() - shown.keys():
            row[:, self._coding.columns_of(name)] = 0.0
        return row

    def _in_words(
        self, questions: Sequence[QuestionToShow], random: np.random.Generator
    ) -> Iterator[tuple[str, list[str]]]:
        asked = questionnaire_of(self.programme).questions
        simulated = self.programme.survey.simulated
        stated = simulated.numbers if simulated is not None else {}
        for question in questions:
            if question.name in stated:
                said = simulated_number(self.programme, question.name, self.number)
                yield question.name, [] if said is None else [str(said)]
            else:
                yield question.name, _answer(asked[question.name], random)


def _answer(question: Question, random: np.random.Generator) -> list[str]:
    """Return an answer that lets the interview go on, each as likely; nothing in own words."""
    going_on = [answer.name for answer in question.answers if not answer.screens_out]
    if question.kind == "single":
        return [going_on[random.integers(len(going_on))]]
    if question.kind == "multiple":
        picked = [name for name in going_on if random.integers(2)]
        return picked or going_on[:1]
    if question.kind == "number":
        return [_number(question, random)]
    return ["simulated"] if question.required else []


def _number(question: Question, random: np.random.Generator) -> str:
    """Return a whole number within the bounds; the middle of them where there is none."""
    low = question.least if question.least is not None else 0.0
    high = question.most if question.most is not None else max(low, 0.0) + 100.0
    low = min(low, high)
    if math.ceil(low) > math.floor(high):
        return f"{(low + high) / 2.0:.9f}"
    return str(random.integers(math.ceil(low), math.floor(high), endpoint=True))
