"""Read programme.toml: the whole definition, or everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import Mismatch, quoted
from counterflow.domain.programme import Programme, mismatches_between
from counterflow.domain.references import known
from counterflow.formats.pictures import is_picture
from counterflow.formats.programme_schema import programme_schema
from counterflow.formats.salvage import salvaged_sections
from counterflow.formats.toml_document import TomlDocument, impossible_numbers, read_toml
from counterflow.formats.validation_findings import findings

__all__ = ["load_programme", "programme_schema"]


def load_programme(path: Path) -> Programme:
    """Return the programme that the file defines.

    Raises
    ------
    InputError
        With every problem of the file, by line: keys that are missing, unknown or hold what they
        may not; names that lead nowhere; sections that contradict one another; pictures that are
        not there, or are none. Text that is no TOML hides the rest and is reported alone.

    Examples
    --------
    >>> load_programme(Path("/nowhere/programme.toml"))
    Traceback (most recent call last):
    counterflow.domain.errors.InputError: /nowhere/programme.toml: expected a file in TOML, found no
    such file.
    """
    document = read_toml(path)
    if not document.values:
        raise InputError([Problem("a programme", "an empty file", str(path), 1)])
    impossible = list(impossible_numbers(document.values))
    for number in impossible:
        _forget(document.values, number)
    try:
        programme = Programme.model_validate(document.values)
        sections, wrong = dict(programme), []
    except ValidationError as error:
        sections = salvaged_sections(document.values)
        wrong = [*findings(error, document.values), *mismatches_between(sections)]
    wrong += _unusable_pictures(sections["attributes"], path.parent)
    if impossible or wrong:
        raise InputError(_problems(impossible, wrong, document))
    return programme


def _forget(values: Any, number: Mismatch) -> None:
    """Put None for a number that has been reported, as it would break the sums of later checks."""
    *way, last = number.key
    for part in way:
        values = values[part]
    values[last] = None


def _unusable_pictures(attributes: Mapping[str, Any] | None, folder: Path) -> Iterator[Mismatch]:
    for name, attribute in known(attributes):
        for i, level in enumerate(attribute.levels):
            if level.picture is None:
                continue
            key = ("attributes", name, "levels", i, "picture")
            if not _is_beside(level.picture, folder):
                expected = "a file in the folder of the programme, or in one below it"
                yield Mismatch(key, expected, f"{quoted(level.picture)}, which is none")
            elif not is_picture(folder / level.picture):
                expected = "a picture, SVG or PNG, whose name says which"
                yield Mismatch(key, expected, f"{quoted(level.picture)}, which is none")


def _is_beside(picture: str, folder: Path) -> bool:
    """Return whether the picture is a file that stays within the folder, wherever links lead."""
    if PurePosixPath(picture).is_absolute():
        return False
    try:
        path = (folder / picture).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # no such file; links in a circle; no such name
        return False
    return path.is_file() and path.is_relative_to(folder.resolve())


def _problems(
    impossible: Sequence[Mismatch], wrong: Sequence[Mismatch], document: TomlDocument
) -> list[Problem]:
    """Return each problem once, in the order of the file."""
    told = {number.key for number in impossible}
    further = [mismatch for mismatch in wrong if mismatch.key not in told]
    problems = [document.problem(mismatch) for mismatch in dict.fromkeys((*impossible, *further))]
    return sorted(problems, key=lambda problem: problem.line or 0)
