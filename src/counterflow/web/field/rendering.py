"""The researcher's pages as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from counterflow.domain.texts import Texts
from counterflow.programme.field.report import FieldReport, PageCount
from counterflow.programme.field.results import FieldResults, LevelResult
from counterflow.programme.field_store import QuotaCount
from counterflow.web.interface_texts import InterfaceTexts, TextFiles
from counterflow.web.page_templates import LanguageLink, page_templates
from counterflow.web.survey.rendering import STATIC

TEXTS = TextFiles(__package__)

_TEMPLATES = page_templates(__package__)
_TEMPLATES.globals.update(
    static=STATIC.address, names={"csv": "CSV", "parquet": "Parquet", "sav": "SPSS"}
)


@dataclass(frozen=True)
class FieldDocument:
    """A whole page, and the language that it is in."""

    language: str
    text: str


@dataclass(frozen=True)
class _PageRow:
    label: str
    count: PageCount


@dataclass(frozen=True)
class _QuotaRow:
    label: str
    count: QuotaCount


def render_sign_in(
    *, title: str, language: str, languages: Sequence[str], csrf: str, failed: bool
) -> FieldDocument:
    """Return the form to sign in; `failed` says that the last password was wrong."""
    heading = TEXTS.of(language)("sign_in.title")
    return _document("sign_in.html", title, heading, language, languages, csrf=csrf, failed=failed)


def render_report(
    report: FieldReport,
    *,
    texts: Texts,
    languages: Sequence[str],
    language: str,
    csrf: str,
    endings: Sequence[str],
) -> FieldDocument:
    """Return how the fieldwork stands; `texts` are the programme's, in that language.

    `endings` are those of the files that are offered for download.
    """
    t = TEXTS.of(language)
    return _document(
        "report.html",
        report.title,
        t("field.title"),
        language,
        languages,
        report=report,
        counts=report.counts,
        csrf=csrf,
        endings=endings,
        pages=[_PageRow(_page_label(count.page, t), count) for count in report.pages],
        quotas=list(_quotas(report, texts, t)),
    )


def render_results(
    results: FieldResults, *, title: str, texts: Texts, languages: Sequence[str], language: str
) -> FieldDocument:
    """Return what was chosen, with and without flagged interviews."""
    by_attribute: dict[str, list[tuple[str, LevelResult]]] = {}
    for row in results.levels:
        label = _level_label(row, texts, TEXTS.of(language))
        by_attribute.setdefault(row.attribute, []).append((label, row))
    return _document(
        "results.html",
        title,
        TEXTS.of(language)("results.title"),
        language,
        languages,
        results=results,
        attributes=[
            (texts["attributes", name, "label"], rows) for name, rows in by_attribute.items()
        ],
    )


def _document(
    template: str,
    title: str,
    heading: str,
    language: str,
    languages: Sequence[str],
    **values: Any,
) -> FieldDocument:
    links = [
        LanguageLink(tag, TEXTS.of(tag)("language.name"), f"/field?{urlencode({'lang': tag})}")
        for tag in languages
    ]
    text = _TEMPLATES.get_template(template).render(
        t=TEXTS.of(language),
        title=title,
        heading=heading,
        language=language,
        languages=links,
        **values,
    )
    return FieldDocument(language, text)


def _page_label(page: str, t: InterfaceTexts) -> str:
    kind, _, number = page.partition("-")
    return t("pages.task", n=number) if kind == "task" else t(f"pages.{page}")


def _level_label(row: LevelResult, texts: Texts, t: InterfaceTexts) -> str:
    named = texts.get(("attributes", row.attribute, "levels", row.level))
    if named is not None:
        return named
    try:
        number = t.figure(float(row.level))
    except ValueError:
        return row.level
    # Only money has no unit of its own.
    unit = texts.get(("attributes", row.attribute, "unit"), texts["programme", "currency"])
    return f"{number} {unit}"


def _quotas(report: FieldReport, texts: Texts, t: InterfaceTexts) -> Iterator[_QuotaRow]:
    for count in report.counts.quotas:
        name, _, answer = count.cell.partition("=")
        question = texts.get(("questions", name, "label"))
        if question is None:
            yield _QuotaRow(t("quotas.all") if count.cell == "all" else count.cell, count)
        else:
            label = texts.get(("questions", name, "answers", answer), answer)
            yield _QuotaRow(f"{question} – {label}", count)
