"""Questions about numbers that other sections name: each must be asked, and ask for a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from counterflow.domain.distance_units import KM_IN
from counterflow.domain.mismatch import Key, Mismatch, not_among, one_of, quoted


def number_references(sections: Mapping[str, Any]) -> Iterator[Mismatch]:
    """Yield questions that are not there, or do not ask what their user needs.

    `sections` holds what is valid by itself, as in `references`.
    """
    yield from _distance(sections)
    yield from _simulated(sections)


def _distance(sections: Mapping[str, Any]) -> Iterator[Mismatch]:
    market, survey = sections.get("market"), sections.get("survey")
    distance = market.distance if market is not None else None
    if distance is None or distance.question is None or survey is None:
        return
    key: Key = ("market", "distance", "question")
    if survey.questionnaire is None:
        expected = (
            "[survey.questionnaire], which asks it; mean_km_per_year and relative_sd "
            "where no survey asks"
        )
        yield Mismatch(key, expected, "none")
        return
    wrong = list(_not_a_number(key, distance.question, survey))
    yield from wrong or _unfit_unit(key, distance.question, survey)
    simulated = survey.simulated
    if not wrong and simulated is not None and distance.question not in (simulated.numbers or ()):
        expected = f"what simulated people answer to {distance.question}: mean, sd, unanswered"
        yield Mismatch(("survey", "simulated", "numbers", distance.question), expected, "nothing")


def _not_a_number(key: Key, name: str, survey: Any) -> Iterator[Mismatch]:
    questions = _questions(survey)
    if name not in questions:
        numbers = [n for n, q in questions.items() if q is None or q.kind == "number"]
        yield not_among(key, name, numbers)
    elif questions[name] is not None and questions[name].kind != "number":
        expected = f'a question of kind "number"; {name} asks for something else'
        yield Mismatch(key, expected, f"kind {quoted(questions[name].kind)}")


def _unfit_unit(key: Key, name: str, survey: Any) -> Iterator[Mismatch]:
    question = _questions(survey)[name]
    if question is not None and question.unit not in KM_IN:
        found = "no unit" if question.unit is None else quoted(question.unit)
        yield Mismatch(key, f"a question whose unit is {one_of(tuple(KM_IN))}", found)


def _simulated(sections: Mapping[str, Any]) -> Iterator[Mismatch]:
    survey = sections.get("survey")
    numbers = survey.simulated.numbers if survey is not None and survey.simulated else None
    for name, spread in (numbers or {}).items():
        key: Key = ("survey", "simulated", "numbers", name)
        wrong = list(_not_a_number(key, name, survey))
        yield from wrong
        question = _questions(survey).get(name)
        if not wrong and question is not None and spread is not None:
            yield from _unlike_people(key, question, spread)


def _unlike_people(key: Key, question: Any, spread: Any) -> Iterator[Mismatch]:
    """Yield answers that the page would not take."""
    low = -float("inf") if question.least is None else question.least
    high = float("inf") if question.most is None else question.most
    if spread.mean is not None and not low <= spread.mean <= high:
        yield Mismatch((*key, "mean"), f"a number from {low:g} to {high:g}", f"{spread.mean:g}")
    if spread.unanswered and question.required:
        expected = "0, as the page cannot be left without an answer"
        yield Mismatch((*key, "unanswered"), expected, f"{spread.unanswered:g}")


def _questions(survey: Any) -> Mapping[str, Any]:
    """Return all questions in words, by name; those that are broken are None."""
    asked = survey.questionnaire
    if asked is None:
        return {}
    return {**(asked.screening or {}), **(asked.background or {})}
