from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from counterflow.survey.questionnaire.form import Reason
from counterflow.web.field import rendering as field_rendering
from counterflow.web.survey import rendering as survey_rendering

WEB = Path(survey_rendering.__file__).parents[1]
PACKAGES = {"survey": survey_rendering.TEXTS, "field": field_rendering.TEXTS}
LANGUAGES = {"en", "ko", "zh"}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_is_there_in_every_language_with_the_same_gaps(package):
    texts = PACKAGES[package]
    assert texts.languages == LANGUAGES
    english = texts.of("en")
    for language in LANGUAGES:
        other = texts.of(language)
        assert other.all_keys == english.all_keys
        for key in english.all_keys:
            assert _gaps(other(key)) == _gaps(english(key)), (language, key)
            assert other(key).strip()


@pytest.mark.parametrize("package", PACKAGES)
def test_pages_ask_for_texts_that_are_there_and_every_text_is_asked_for(package):
    own = (path for ending in ("html", "py") for path in (WEB / package).rglob(f"*.{ending}"))
    sources = [*own, WEB / "interface_texts.py"]
    used = "\n".join(path.read_text("utf-8") for path in sources)
    keys = PACKAGES[package].of("en").all_keys
    for key in re.findall(r'\bt\(["\']([a-z_]+\.[a-z_-]+)["\']', used):
        assert key in keys
    for key in keys:
        section, _, name = key.partition(".")
        built = f'"{section}." ~' in used or f"'{section}.' ~" in used or f'f"{section}.{{' in used
        assert key in used or built or name == "title", key


def test_every_reason_for_refusing_an_answer_has_words():
    assert {f"error.{reason}" for reason in Reason.__args__} <= PACKAGES["survey"].of("en").all_keys


def test_a_language_without_texts_is_spoken_to_in_english():
    texts = PACKAGES["survey"]
    assert texts.of("fr") is texts.of("en")
    assert texts.of("zh-Hans-CN") is texts.of("zh")


def test_numbers_are_written_as_people_write_them():
    t = PACKAGES["survey"].of("en")
    assert t.money(89_900.0, "CNY") == "89,900 CNY"
    assert t.money(0.2, "CNY") == "0.2 CNY"
    assert t.money(399.5, "CNY") == "399.50 CNY"
    assert t.quantity(500.0, "km") == "500 km"
    assert PACKAGES["survey"].of("ko").quantity(1500.25, "km") == "1,500.25km"


def _gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
