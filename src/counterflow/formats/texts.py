"""Read texts of a programme in other languages: `texts/<language>.toml` beside programme.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import Key, Mismatch, not_among, one_of, quoted
from counterflow.domain.programme import Programme
from counterflow.domain.texts import TextKey, Texts, texts_of
from counterflow.formats.toml_document import read_toml

TEXTS_FOLDER = "texts"


@dataclass(frozen=True, kw_only=True)
class Translations:
    """What respondents read, by language.

    Parameters
    ----------
    texts
        Every text, by language; where a translation is missing, in the words of the programme
        file.
    missing
        Keys of texts that a language lacks, by language; none for the programme file's own.
    """

    texts: Mapping[str, Texts]
    missing: Mapping[str, Sequence[TextKey]]


def load_texts(programme: Programme, folder: Path) -> Translations:
    """Return the texts of the questionnaire's languages; of none without a questionnaire.

    A language without a file falls back on the programme file altogether.

    Raises
    ------
    InputError
        With every problem of every file, by line: names that the programme does not have, what is
        no text, files of languages that the questionnaire does not name.
    """
    questionnaire = programme.survey.questionnaire
    own = texts_of(programme)
    if questionnaire is None:
        return Translations(texts={}, missing={})
    first, *others = questionnaire.languages
    files = {path.stem: path for path in sorted((folder / TEXTS_FOLDER).glob("*.toml"))}
    problems = [_unknown_language(path, others) for x, path in files.items() if x not in others]
    texts: dict[str, Texts] = {first: own}
    missing: dict[str, Sequence[TextKey]] = {first: ()}
    for language in others:
        said: dict[TextKey, str] = {}
        if language in files:
            document = read_toml(files[language])
            said, wrong = _read(document.values, own)
            problems += [document.problem(mismatch) for mismatch in wrong]
        texts[language] = {**own, **said}
        missing[language] = [key for key in own if key not in said]
    if problems:
        raise InputError(problems)
    return Translations(texts=texts, missing=missing)


def _unknown_language(path: Path, languages: Sequence[str]) -> Problem:
    expected = (
        f"texts in {one_of(languages)}"
        if languages
        else "no file of texts, as survey.questionnaire.languages names one language"
    )
    advice = "The first of survey.questionnaire.languages is that of the programme file itself."
    return Problem(expected, quoted(path.stem), where=str(path), advice=advice)


def _read(
    values: Mapping[str, Any], own: Mapping[TextKey, str]
) -> tuple[dict[TextKey, str], list[Mismatch]]:
    """Return the texts by key, and what is wrong with the others."""
    said: dict[TextKey, str] = {}
    wrong: list[Mismatch] = []
    for key, value in _leaves(values, (), own):
        if (unknown := _unknown(key, own)) is not None:
            wrong.append(unknown)
        elif key not in own:
            wrong.append(Mismatch(key, "a table of texts", "something else"))
        elif not isinstance(value, str) or not value.strip():
            found = "an empty one" if isinstance(value, str) else "something else"
            wrong.append(Mismatch(key, "a text", found))
        else:
            said[key] = value.strip()
    return said, wrong


def _leaves(value: Any, key: TextKey, own: Mapping[TextKey, str]) -> Iterator[tuple[TextKey, Any]]:
    """Yield what stands at each key; of a name that is unknown, the name and nothing below it."""
    if not isinstance(value, Mapping) or key in own or (key and _unknown(key, own) is not None):
        yield key, value
        return
    for name, entry in value.items():
        yield from _leaves(entry, (*key, name), own)


def _unknown(key: Key, own: Mapping[TextKey, str]) -> Mismatch | None:
    """Return what is wrong with a name that no text has at this place; None if one does."""
    for n in range(1, len(key) + 1):
        names = list(
            dict.fromkeys(x[n - 1] for x in own if len(x) >= n and x[: n - 1] == key[: n - 1])
        )
        if key[n - 1] not in names:
            return not_among(key[:n], str(key[n - 1]), names)
    return None
