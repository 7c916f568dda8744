"""Texts in other languages: those that are missing fall back, those that lead nowhere are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterflow.domain.errors import InputError
from counterflow.domain.texts import texts_of
from counterflow.formats.texts import Translations, load_texts
from strategies.fieldwork import NATIONAL_CAR
from strategies.workspaces import example

PROGRAMME = example("national-car")


def _load(folder: Path, **files: str) -> Translations:
    (folder / "texts").mkdir(exist_ok=True)
    for language, text in files.items():
        (folder / "texts" / f"{language}.toml").write_text(text, encoding="utf-8")
    return load_texts(PROGRAMME, folder)


def _said(folder: Path, **files: str) -> list[str]:
    with pytest.raises(InputError) as refused:
        _load(folder, **files)
    return [str(problem).removeprefix(f"{folder}/texts/") for problem in refused.value.problems]


def test_the_example_is_whole_in_every_language():
    found = load_texts(PROGRAMME, NATIONAL_CAR)
    assert list(found.texts) == ["en", "ko", "zh"]
    assert not any(found.missing.values())
    own = texts_of(PROGRAMME)
    same = {key for key, text in found.texts["zh"].items() if text == own[key]}
    assert not same, "nothing was left in English"


def test_a_text_that_is_missing_is_that_of_the_programme_file(tmp_path):
    found = _load(tmp_path, ko='[attributes.trim]\nlabel = " 트림 "\nlevels.plus = "플러스"\n')
    assert found.texts["ko"]["attributes", "trim", "label"] == "트림"
    assert found.texts["ko"]["attributes", "trim", "levels", "comfort"] == "Comfort"
    assert ("attributes", "trim", "levels", "comfort") in found.missing["ko"]
    assert len(found.missing["zh"]) == len(texts_of(PROGRAMME))
    assert not found.missing["en"]


def test_levels_that_are_numbers_have_no_text():
    keys = texts_of(PROGRAMME)
    assert ("attributes", "range", "unit") in keys
    assert not [key for key in keys if key[:3] == ("attributes", "range", "levels")]
    assert not [key for key in keys if key[:2] == ("attributes", "price") and key[2] != "label"]


def test_a_name_that_the_programme_does_not_have_is_told_with_its_line(tmp_path):
    assert _said(tmp_path, zh='[survey]\ntitle = "?"\n[attributes.trimm]\nlabel = "x"\n') == [
        'zh.toml:3: attributes.trimm: expected one of "trim", "driving_aid", "range", "colour", '
        '"battery", "price", found "trimm". Did you mean "trim"?'
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('survey = "x"', "ko.toml:1: survey: expected a table of texts, found something else."),
        ("[survey]\ntitle = 3", "ko.toml:2: survey.title: expected a text, found something else."),
        ('[survey]\ntitle = ""', "ko.toml:2: survey.title: expected a text, found an empty one."),
        (
            '[survey]\ntitle = { en = "x" }',
            "ko.toml:2: survey.title: expected a text, found something else.",
        ),
        (
            '[survey]\nheading = "x"',
            'ko.toml:2: survey.heading: expected "title", found "heading".',
        ),
    ],
)
def test_what_is_no_text_is_told(tmp_path, text, said):
    assert _said(tmp_path, ko=text) == [said]


def test_every_problem_of_every_file_is_told_at_once(tmp_path):
    said = _said(tmp_path, ko="x = 1", zh="y = 1", kr="")
    assert [line.split(":")[0] for line in said] == ["kr.toml", "ko.toml", "zh.toml"]


def test_a_language_that_nobody_asked_for_is_told(tmp_path):
    [said] = _said(tmp_path, de="")
    assert 'expected texts in one of "ko", "zh", found "de"' in said


def test_a_programme_without_questionnaire_needs_no_texts(tmp_path):
    assert load_texts(example("premium-suv"), tmp_path).texts == {}
