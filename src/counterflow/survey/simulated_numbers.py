"""Numbers that simulated respondents give of themselves, on paper as on the pages."""

from __future__ import annotations

import math

import numpy as np

from counterflow.domain.programme import Programme
from counterflow.domain.random_streams import random_stream
from counterflow.survey.lognormal import lognormal


def simulated_number(programme: Programme, question: str, person: int) -> int | float | None:
    """Return what simulated respondent `person` answers; None if they leave the question open.

    A whole number, lognormal over people and moved into the bounds of the question; a bound itself
    where no whole number lies within. A pure function of the programme and the person.

    Raises
    ------
    ValueError
        If [survey.simulated.numbers] does not name the question.
    """
    survey = programme.survey
    spread = survey.simulated.numbers.get(question) if survey.simulated is not None else None
    if spread is None or survey.questionnaire is None:
        raise ValueError(f"expected {question} in [survey.simulated.numbers], found nothing")
    stream = random_stream(programme.seeds.simulation, f"simulation: {question}", person)
    z, u = stream.standard_normal(), stream.random()
    if u < spread.unanswered:
        return None
    asked = survey.questionnaire.questions[question]
    said = round(float(lognormal(spread, np.array([z]))[0]))
    if asked.least is not None and said < asked.least:
        return math.ceil(asked.least) if _has_whole(asked.least, asked.most) else asked.least
    if asked.most is not None and said > asked.most:
        return math.floor(asked.most) if _has_whole(asked.least, asked.most) else asked.most
    return said


def _has_whole(least: float | None, most: float | None) -> bool:
    return least is None or most is None or math.ceil(least) <= math.floor(most)
