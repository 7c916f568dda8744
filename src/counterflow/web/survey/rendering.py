"""The pages of an interview as HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_uppercase
from urllib.parse import urlencode

from markupsafe import Markup

from counterflow.survey.questionnaire.cards import Card, ContractToShow, LevelToShow, NetPrice
from counterflow.survey.questionnaire.form import FormProblem
from counterflow.survey.questionnaire.page_to_show import PageToShow
from counterflow.web.interface_texts import InterfaceTexts, TextFiles
from counterflow.web.page_templates import LanguageLink, page_templates
from counterflow.web.survey.static_files import StaticFiles

_SECONDS_PER_PAGE = 20.0

_TEMPLATE_BY_KIND = {"screening": "questions", "background": "questions"}

STATIC = StaticFiles(__package__)
TEXTS = TextFiles(__package__)

_TEMPLATES = page_templates(__package__)


def _row(level: LevelToShow, card: Card, language: str) -> Markup:
    return _level(level, card.net_prices if level.is_price else (), language)


@lru_cache(maxsize=4096)
def _level(level: LevelToShow, net_prices: tuple[NetPrice, ...], language: str) -> Markup:
    """Return an attribute of a card; there are few levels, and they are shown again and again."""
    template = _TEMPLATES.get_template("level.html")
    text = template.render(level=level, net_prices=net_prices, t=TEXTS.of(language))
    return Markup(text)


@lru_cache(maxsize=512)
def _terms(terms: ContractToShow, currency: str, language: str) -> Markup:
    """Return the terms of a contract as a card shows them."""
    template = _TEMPLATES.get_template("terms.html")
    text = template.render(terms=terms, currency=currency, t=TEXTS.of(language))
    return Markup(text)


_TEMPLATES.globals.update(static=STATIC.address, letters=ascii_uppercase, row=_row, terms=_terms)


@dataclass(frozen=True)
class Rendered:
    """A page: its title, what stands in its middle, and in which language."""

    title: str
    heading: str
    content: str
    language: str
    languages: tuple[LanguageLink, ...] = ()

    @property
    def document_title(self) -> str:
        """Return what stands in the browser's bar."""
        return f"{self.heading} · {self.title}"

    def document(self) -> str:
        """Return the whole page."""
        return _TEMPLATES.get_template("layout.html").render(
            t=TEXTS.of(self.language),
            language=self.language,
            languages=self.languages,
            title=self.title,
            heading=self.heading,
            content=Markup(self.content),
        )


def render_introduction(
    page: PageToShow,
    *,
    csrf: str,
    n_tasks: int,
    panel_id: str | None = None,
    problems: Mapping[str, FormProblem] | None = None,
) -> Rendered:
    """Return the page on which people agree to take part, in any language of the survey."""
    t = TEXTS.of(page.language)
    content = _TEMPLATES.get_template("pages/introduction.html").render(
        page=page,
        t=t,
        csrf=csrf,
        n_tasks=n_tasks,
        minutes=math.ceil(page.n_pages * _SECONDS_PER_PAGE / 60.0),
        panel_id=panel_id,
        problems=problems or {},
    )
    links = tuple(
        LanguageLink(tag, TEXTS.of(tag)("language.name"), _introduction(tag, panel_id))
        for tag in page.languages
    )
    return Rendered(page.title, page.title, content, page.language, links)


def render_page(
    page: PageToShow,
    *,
    csrf: str,
    address: str,
    problems: Mapping[str, FormProblem] | None = None,
    entered: Mapping[str, Sequence[str]] | None = None,
) -> Rendered:
    """Return a page of an interview, or its end.

    `address` is where the interview is gone on with; `entered` is shown again where `problems`
    are to be put right.
    """
    t = TEXTS.of(page.language)
    heading = _heading(page, t)
    looks_back = page.given is not None and not problems and not page.is_end
    template = "answered" if looks_back else _TEMPLATE_BY_KIND.get(page.page.kind, page.page.kind)
    here = f"/i/{page.interview_id}"
    content = _TEMPLATES.get_template(f"pages/{template}.html").render(
        page=page,
        t=t,
        heading=heading,
        csrf=csrf,
        address=address,
        action=f"{here}/{page.page.id}",
        action_next=f"{here}/{page.next_page}" if page.next_page else here,
        is_last=page.number == page.n_pages,
        labels=_labels(page, t),
        problems=problems or {},
        entered=entered or {},
        **_of_task(page),
    )
    return Rendered(page.title, heading, content, page.language)


def render_problem(
    kind: str, *, title: str, language: str, address: str | None, link: str
) -> Rendered:
    """Return a page that says what was wrong with a request, and where to go from here."""
    t = TEXTS.of(language)
    heading = t(f"problem.{kind}")
    content = _TEMPLATES.get_template("pages/problem.html").render(
        kind=kind, t=t, heading=heading, address=address, link=link
    )
    return Rendered(title, heading, content, language)


def _introduction(language: str, panel_id: str | None) -> str:
    return "/?" + urlencode({"lang": language, **({"id": panel_id} if panel_id else {})})


def _heading(page: PageToShow, t: InterfaceTexts) -> str:
    if page.page.kind == "introduction":
        return page.title
    return t(f"end.{page.page.id}") if page.is_end else t(f"{page.page.kind}.title")


def _labels(page: PageToShow, t: InterfaceTexts) -> dict[str, str]:
    if page.test_drive is not None:
        return {name: t(f"test_drive.{name}") for name in ("region", "name", "phone", "email")}
    return {question.name: question.label for question in page.questions}


def _of_task(page: PageToShow) -> dict[str, object]:
    if page.task is None:
        return {}
    cards = page.task.cards
    return {
        "n_rows": max(len(card.levels) for card in cards),
        "has_terms": any(card.contract is not None for card in cards),
    }
