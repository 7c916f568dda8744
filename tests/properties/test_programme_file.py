"""Laws of programme.toml: whatever happens to the file, it is read or it is explained."""

from __future__ import annotations

import copy
import datetime
import json
import math
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import dotted
from counterflow.domain.programme import Programme
from counterflow.formats.programme_schema import allowed_at, programme_schema, tables_in
from counterflow.formats.programme_toml import load_programme
from strategies.programmes import programme_documents
from strategies.toml_writer import Key, line_of, plain_number, write_toml

EXAMPLES = [
    *sorted((Path(__file__).parents[2] / "examples").glob("*/programme.toml")),
    # No example needs every key: this one has those that the others do without.
    Path(__file__).parents[1] / "strategies" / "ruled-bike" / "programme.toml",
]
NATIONAL_CAR = next(path for path in EXAMPLES if path.parent.name == "national-car")

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)

# What stands in place of a value: another type, nothing, no number at all, or an absurd one.
CORRUPTIONS = (
    datetime.date(2025, 11, 9),
    math.nan,
    -math.inf,
    10**30,
    {"some": {"table": 1}},
    [[]],
    "",
    True,
    -1e9,
    1e300,
    "no such name",
    0,
)


@every_example
def test_a_key_that_is_renamed_is_explained_where_it_stands(example: Path, tmp_path: Path) -> None:
    def rename(values: dict[str, Any], key: Key) -> list[Key]:
        *way, name = key
        table = _at(values, way)
        entries = [(f"{name}_x" if other == name else other, table[other]) for other in table]
        table.clear()
        table.update(entries)
        return [(*way, f"{name}_x")]

    keys = [key for key in _one_key_for_each_place(example) if isinstance(key[-1], str)]
    _explains_each(example, keys, rename, tmp_path)


@every_example
def test_a_key_that_is_deleted_is_missed_unless_the_schema_lets_it_go(
    example: Path, tmp_path: Path
) -> None:
    def delete(values: dict[str, Any], key: Key) -> list[Key]:
        *way, last = key
        del _at(values, way)[last]
        return [key, tuple(way)] if isinstance(last, int) else [key]

    _explains_each(example, _one_key_for_each_place(example), delete, tmp_path)


@every_example
@pytest.mark.parametrize("turn", [0, 5])
def test_a_value_that_is_corrupted_is_explained_where_it_stands(
    example: Path, turn: int, tmp_path: Path
) -> None:
    keys = _one_key_for_each_place(example)
    instead = {key: CORRUPTIONS[(n + turn) % len(CORRUPTIONS)] for n, key in enumerate(keys)}

    def corrupt(values: dict[str, Any], key: Key) -> list[Key]:
        *way, last = key
        _at(values, way)[last] = instead[key]
        return [key]

    _explains_each(example, keys, corrupt, tmp_path)


@given(data=st.data())
def test_what_is_wrong_in_one_place_hides_nothing_in_another(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    values = _document(NATIONAL_CAR)
    keys = list(_keys(values))
    first, second = (data.draw(st.sampled_from(keys)) for _ in range(2))
    n = min(len(first), len(second))
    assume(first[:n] != second[:n])
    # Which keys [estimation] has depends on the model that it names.
    assume(not (first[0] == second[0] == "estimation"))
    for key in (first, second):
        _at(values, key[:-1])[key[-1]] = datetime.date(2025, 11, 9)
    problems, _ = _problems(values, tmp_path_factory.getbasetemp())
    assert {dotted(first), dotted(second)} <= {problem.key for problem in problems}


@given(
    start=st.integers(0, NATIONAL_CAR.stat().st_size),
    length=st.integers(0, 60),
    instead=st.binary(max_size=3),
)
def test_a_file_with_some_bytes_changed_is_read_or_explained(
    start: int, length: int, instead: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = NATIONAL_CAR.read_bytes()
    path = tmp_path_factory.getbasetemp() / "programme.toml"
    path.write_bytes(content[:start] + instead + content[start + length :])
    _read_or_explained(path)


@given(size=st.integers(0, NATIONAL_CAR.stat().st_size))
def test_a_file_that_was_cut_off_is_explained(
    size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "programme.toml"
    path.write_bytes(NATIONAL_CAR.read_bytes()[:size])
    problems = _read_or_explained(path)
    assert problems or size > 0.99 * NATIONAL_CAR.stat().st_size


@given(document=programme_documents(), seed=st.integers(0, 2**32))
def test_order_comments_and_style_of_numbers_change_neither_programme_nor_version(
    document: dict[str, Any], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    random = Random(seed)

    def restyled(key: Key, value: int | float) -> str:
        styles = [plain_number(key, value)]
        if isinstance(value, int):
            styles += [f"{value:_}", f"{value:+}"]
        if _holds_a_number(allowed_at(key, document)) and float(value) == value:
            styles += [repr(float(value)), f"{value:.17e}"]
        return random.choice(styles)

    path = tmp_path_factory.getbasetemp() / "programme.toml"
    text, _ = write_toml(document, number=restyled, random=random)
    path.write_text(text, encoding="utf-8")
    programme, expected = load_programme(path), Programme.model_validate(document)
    assert programme == expected
    assert programme.version == expected.version


@given(document=programme_documents())
def test_defaults_that_are_spelled_out_do_not_change_the_version(document: dict[str, Any]) -> None:
    expected = Programme.model_validate(document).version
    spelled_out = _with_defaults(document, (), document)
    assert Programme.model_validate(spelled_out).version == expected


@every_example
def test_a_number_or_a_text_that_changes_changes_the_version(example: Path) -> None:
    values = _document(example)
    version = Programme.model_validate(values).version
    unchanged = []
    for key in _keys(values):
        changed = _document(example)
        table, last = _at(changed, key[:-1]), key[-1]
        if isinstance(table[last], dict | list):
            continue
        table[last] = _slightly_different(table[last])
        try:
            if Programme.model_validate(changed).version == version:
                unchanged.append(dotted(key))
        except ValueError:
            continue
    assert not unchanged


@given(document=programme_documents())
def test_the_schema_accepts_what_can_be_read(document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(programme_schema()).validate(document)


def _explains_each(
    example: Path,
    keys: list[Key],
    mutate: Callable[[dict[str, Any], Key], list[Key]],
    folder: Path,
) -> None:
    """Check that a file with one key changed is explained where the schema refuses it.

    `mutate` changes a document and returns the keys at one of which the explanation may stand.
    What the schema allows (a name that people chose, an optional key) may make another valid
    programme, or contradict the rest of the file, which then is explained where it contradicts.
    """
    unexplained = []
    for key in keys:
        values = _document(example)
        places = mutate(values, key)
        problems, lines = _problems(values, folder)
        is_explained = any(_is_about(p, place, lines) for p in problems for place in places)
        if not is_explained and _is_refused(values, key[0]):
            unexplained.append((dotted(key), [str(problem) for problem in problems]))
    assert not unexplained


def _is_about(problem: Problem, place: Key, lines: dict[Key, int]) -> bool:
    """Return whether the problem names the place, or what is within it, and the line of that."""
    name = dotted(place)
    if problem.key == name:
        return problem.line == line_of(place, lines)
    within = [line for key, line in lines.items() if key[: len(place)] == place]
    within.append(line_of(place, lines))
    return problem.key.startswith((f"{name}.", f"{name}[")) and problem.line in within


def _problems(values: dict[str, Any], folder: Path) -> tuple[tuple[Problem, ...], dict[Key, int]]:
    """Return what is wrong with the document, and the lines on which its keys were written."""
    path = folder / "programme.toml"
    text, lines = write_toml(values)
    path.write_text(text, encoding="utf-8")
    problems = _read_or_explained(path)
    assert all(problem.key for problem in problems)
    return problems, lines


def _read_or_explained(path: Path) -> tuple[Problem, ...]:
    """Return what is wrong with the file; any error but an InputError is one of this test."""
    try:
        load_programme(path)
    except InputError as error:
        for problem in error.problems:
            assert problem.where == str(path)
            assert problem.line is not None
            assert problem.expected.strip()
            assert problem.found.strip()
        return error.problems
    return ()


def _is_refused(values: dict[str, Any], section: str | int) -> bool:
    """Return whether the JSON Schema, or what JSON has no numbers for, refuses the document."""
    try:
        raw = json.loads(json.dumps(values, allow_nan=False))
    except (TypeError, ValueError):
        return True
    if any(isinstance(value, int) and abs(value) >= 2**63 for value in _leaves(raw)):
        return True
    if section not in raw:
        return not _validator(None).is_valid(raw)
    return not _validator(str(section)).is_valid(raw[section])


@cache
def _validator(section: str | None) -> jsonschema.Draft202012Validator:
    """Return a validator of one section, which is much quicker than one of the whole."""
    schema = programme_schema()
    if section is None:
        return jsonschema.Draft202012Validator(schema)
    part = {"$defs": schema["$defs"], **schema["properties"][section]}
    return jsonschema.Draft202012Validator(part)


@cache
def _text(example: Path) -> str:
    return example.read_text(encoding="utf-8")


def _document(example: Path) -> dict[str, Any]:
    return copy.deepcopy(_parsed(example))


@cache
def _parsed(example: Path) -> dict[str, Any]:
    return tomllib.loads(_text(example))


def _keys(value: Any, key: Key = ()) -> Iterator[Key]:
    """Yield every key; of lists of plain values, the first and the last entry."""
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = list(enumerate(value))
        if not any(isinstance(entry, dict | list) for entry in value):
            entries = [entries[0], *entries[1:][-1:]] if entries else []
    else:
        return
    for name, entry in entries:
        yield (*key, name)
        yield from _keys(entry, (*key, name))


def _one_key_for_each_place(example: Path) -> list[Key]:
    """Return a key for each place of the format that no earlier example has.

    Of all parts one unit cost: trying every key of every example takes minutes and, when it was
    tried, found nothing more.
    """
    before = EXAMPLES[: EXAMPLES.index(example)]
    known = {place for other in before for place in _places(other)}
    return [key for place, key in _places(example).items() if place not in known]


@cache
def _places(example: Path) -> dict[Key, Key]:
    """Return the last key of the example for each place of the format."""
    return {_place(key, _parsed(example)): key for key in _keys(_parsed(example))}


def _place(key: Key, values: dict[str, Any]) -> Key:
    """Return the key with a star for names that people chose and for positions."""
    place: Key = ()
    for n, part in enumerate(key):
        kinds = tables_in(allowed_at(key[:n], values), _at(values, key[:n]))
        is_ours = any(part in kind.get("properties", {}) for kind in kinds)
        place += (part if is_ours else "*",)
    return place


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _leaves(entry)
    else:
        yield value


def _at(values: Any, key: Key | list[str | int]) -> Any:
    for part in key:
        values = values[part]
    return values


def _holds_a_number(schema: dict[str, Any]) -> bool:
    return any(kind.get("type") == "number" for kind in (schema, *schema.get("anyOf", ())))


def _with_defaults(value: Any, key: Key, document: dict[str, Any]) -> Any:
    """Return the document with every optional key that has a default in the schema given."""
    if isinstance(value, list):
        return [_with_defaults(entry, (*key, i), document) for i, entry in enumerate(value)]
    if not isinstance(value, dict):
        return value
    defaults = {
        name: entry["default"]
        for table in tables_in(allowed_at(key, document), value)
        for name, entry in table.get("properties", {}).items()
        if entry.get("default") is not None
    }
    given = {n: _with_defaults(entry, (*key, n), document) for n, entry in value.items()}
    return {**defaults, **given}


def _slightly_different(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value + 1e-9 if isinstance(value, float) else f"{value}!"
