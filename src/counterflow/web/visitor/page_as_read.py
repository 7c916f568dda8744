"""A page as a respondent understands it: which product stands on a card, from what is printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from counterflow.domain.attributes import Attribute
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.programme import Programme
from counterflow.domain.texts import Texts
from counterflow.survey.questionnaire.cards import Card, LevelToShow, TaskToShow
from counterflow.survey.questionnaire.page_to_show import PageToShow, questions_to_show
from counterflow.survey.questionnaire.pages import INTRODUCTION, Page, pages_of, questionnaire_of
from counterflow.web.interface_texts import InterfaceTexts
from counterflow.web.survey.rendering import TEXTS
from counterflow.web.visitor.page_in_html import CardInHtml, PageInHtml


@dataclass(frozen=True, eq=False)
class _Reading:
    """What is printed in one language: attributes by their label, levels by their text."""

    attribute_by_label: Mapping[str, str]
    level_by_text: Mapping[str, Mapping[str, str]]


class PageReader:
    """Understands the pages of a programme, in every language in which `texts` says it."""

    def __init__(self, programme: Programme, texts: Mapping[str, Texts]) -> None:
        self._programme, self._texts = programme, texts
        self._pages = {page.id: page for page in pages_of(programme)}
        self._readings = {
            language: _reading(programme, said, TEXTS.of(language))
            for language, said in texts.items()
        }

    def understand(self, found: PageInHtml, language: str) -> PageToShow:
        """Return the page as it was meant; InputError if it is of another programme.

        What only its drawing needs is left out: pictures, terms of contracts, prices after
        subsidies.
        """
        page = self._page(found)
        asked = questionnaire_of(self._programme)
        return PageToShow(
            page=page,
            interview_id=None,
            status="open",
            language=language,
            languages=asked.languages,
            key=found.hidden.get("key", ""),
            number=list(self._pages).index(page.id) + 1,
            n_pages=len(self._pages),
            title=self._texts[language]["survey", "title"],
            questions=tuple(
                question
                for question in questions_to_show(page.questions, self._texts[language])
                if question.name in found.offered
            ),
            task=self._task(page, found, language) if page.task is not None else None,
        )

    def _page(self, found: PageInHtml) -> Page:
        assert found.action is not None, "an end has no form"
        name = found.action.rpartition("/")[2]
        page_id = INTRODUCTION if name == "begin" else name
        if page_id not in self._pages:
            raise _of_another(f"one of the pages {', '.join(self._pages)}", page_id)
        return self._pages[page_id]

    def _task(self, page: Page, found: PageInHtml, language: str) -> TaskToShow:
        assert page.task is not None, "the caller has looked"
        reading = self._readings[language]
        return TaskToShow(
            number=page.task + 1,
            n_tasks=questionnaire_of(self._programme).n_tasks,
            cards=tuple(_card(card, reading) for card in found.cards),
            has_outside=found.has_outside,
            currency=self._texts[language]["programme", "currency"],
        )


def _card(found: CardInHtml, reading: _Reading) -> Card:
    levels = []
    for label, text in found.facts.items():
        attribute = reading.attribute_by_label.get(label)
        level = reading.level_by_text[attribute].get(text) if attribute is not None else None
        if attribute is None or level is None:
            raise _of_another("a level of the programme on a card", f"{label}: {text}")
        levels.append(
            LevelToShow(attribute=attribute, attribute_label=label, level=level, label=text)
        )
    return Card(place=int(found.value), levels=tuple(levels))


def _of_another(expected: str, found: str) -> InputError:
    advice = "Serve the same version of the programme as the respondents are simulated from."
    return InputError([Problem(expected, found, where="page", advice=advice)])


def _reading(programme: Programme, said: Texts, t: InterfaceTexts) -> _Reading:
    return _Reading(
        attribute_by_label={
            said["attributes", name, "label"]: name for name in programme.attributes
        },
        level_by_text={
            name: {
                _printed(name, attribute, level.name, said, t): level.name
                for level in attribute.levels
            }
            for name, attribute in programme.attributes.items()
        },
    )


def _printed(
    name: str, attribute: Attribute, level_name: str, said: Texts, t: InterfaceTexts
) -> str:
    """Return what a card prints of a level."""
    level = attribute.level(level_name)
    if level.value is None:
        return said.get(("attributes", name, "levels", level_name), level.text)
    if attribute.kind == "price":
        return t.money(level.value, said["programme", "currency"])
    return t.quantity(level.value, said.get(("attributes", name, "unit")))
