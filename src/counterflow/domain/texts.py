"""What respondents read of a programme: every text by its key, so that it can be said otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from counterflow.domain.attributes import Attribute
from counterflow.domain.programme import Programme
from counterflow.domain.questionnaire import Question

TextKey = tuple[str, ...]
"""Where a text stands in a file of texts, e.g. `("attributes", "trim", "levels", "plus")`."""

Texts = Mapping[TextKey, str]
"""Every text that respondents read, in one language."""


def texts_of(programme: Programme) -> dict[TextKey, str]:
    """Return every text of the programme that respondents read, in the words of its file.

    Keys are `("survey", "title")`, `("programme", "currency")`, `("consent", "controller")`,
    `("consent", "partners", NAME)`; and by name below `attributes`, `contracts`, `regions`,
    `subsidies` and `questions`: "label", "unit", "levels" or "answers". Levels that are numbers
    read alike everywhere, and have no text.
    """
    return dict(_texts(programme))


def _texts(programme: Programme) -> Iterator[tuple[TextKey, str]]:
    yield ("programme", "currency"), programme.programme.currency
    yield ("survey", "title"), programme.survey.title
    for name, attribute in programme.attributes.items():
        yield from _of_attribute(("attributes", name), attribute)
    for name, contract in programme.contracts.items():
        yield ("contracts", name, "label"), contract.label
    for name, region in programme.market.regions.items():
        yield ("regions", name, "label"), region.label
    for name, subsidy in programme.market.subsidies.items():
        yield ("subsidies", name, "label"), subsidy.label
    if (asked := programme.survey.questionnaire) is not None:
        yield ("consent", "controller"), asked.consent.controller
        for partner in asked.consent.partners:
            yield ("consent", "partners", partner), partner
        for name, question in asked.questions.items():
            yield from _of_question(("questions", name), question)


def _of_attribute(key: TextKey, attribute: Attribute) -> Iterator[tuple[TextKey, str]]:
    yield (*key, "label"), attribute.label
    if attribute.unit is not None and attribute.kind != "price":
        yield (*key, "unit"), attribute.unit
    for level in attribute.levels:
        if level.label is not None or not attribute.is_numeric:
            yield (*key, "levels", level.name), level.text


def _of_question(key: TextKey, question: Question) -> Iterator[tuple[TextKey, str]]:
    yield (*key, "label"), question.label
    if question.unit is not None:
        yield (*key, "unit"), question.unit
    for answer in question.answers:
        yield (*key, "answers", answer.name), answer.label
