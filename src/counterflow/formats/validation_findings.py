"""From pydantic's errors to what was expected and found, key by key, in our own words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from counterflow.domain.mismatch import (
    Key,
    Mismatch,
    MismatchError,
    did_you_mean,
    nearest,
    one_of,
    quoted,
)
from counterflow.domain.programme import Programme
from counterflow.domain.section import Section
from counterflow.formats.programme_schema import allowed_at, tables_in
from counterflow.formats.schema_words import advice_for, allowed_in_words, value_in_words


def findings(
    error: ValidationError, values: dict[str, Any], *, of: type[Section] = Programme
) -> list[Mismatch]:
    """Return what is wrong with `values`, the document that pydantic refused: one thing a key.

    `of` is what the document is, a programme or another file of sections.

    pydantic reports each arm of a union and each way to read a value. A key is wrong once, and
    where an arm of a union got further than the others, only what it met there is told. A key
    that is there under a mistyped name is not reported as missing as well.
    """
    placed = [(_key_of(detail, values), detail) for detail in error.errors(include_url=False)]
    above = {key[:n] for key, _ in placed for n in range(len(key))}
    mistyped = {
        (*key[:-1], nearest(str(key[-1]), _free_names(key[:-1], values, of)))
        for key, detail in placed
        if detail["type"] == "extra_forbidden"
    }
    found: dict[Mismatch, None] = {}
    told: set[Key] = set()
    for key, detail in placed:
        if detail["type"] == "value_error":
            found.update(dict.fromkeys(_mismatches_of_section(key, detail)))
        elif not (key in above or key in told or (detail["type"] == "missing" and key in mistyped)):
            told.add(key)
            found[_mismatch(key, detail, values, of)] = None
    return list(found)


def _key_of(detail: ErrorDetails, values: Any) -> Key:
    """Return the place in the document: pydantic's, less the names of union arms and validators."""
    key: Key = ()
    here = values
    for part in detail["loc"]:
        is_there = part in here if isinstance(here, dict) else _is_entry(part, here)
        if is_there:
            key, here = (*key, part), here[part]
    if detail["type"] in ("missing", "union_tag_not_found", "union_tag_invalid"):
        return (*key, _missing_part(detail))
    return key


def _is_entry(part: str | int, here: Any) -> bool:
    return isinstance(here, list) and isinstance(part, int) and part < len(here)


def _missing_part(detail: ErrorDetails) -> str | int:
    """Return the key that is missing or, in a union of tables, the key that says which is meant."""
    if detail["type"] == "missing":
        return detail["loc"][-1]
    return str(detail["ctx"]["discriminator"]).strip("'")


def _mismatches_of_section(key: Key, detail: ErrorDetails) -> Iterator[Mismatch]:
    cause = detail["ctx"]["error"]
    if not isinstance(cause, MismatchError):
        raise cause  # a check of ours that did not foresee this value
    yield from (mismatch.under(key) for mismatch in cause.mismatches)


def _mismatch(
    key: Key, detail: ErrorDetails, values: dict[str, Any], of: type[Section]
) -> Mismatch:
    if detail["type"] == "extra_forbidden":
        return _unknown(key, values, of)
    if detail["type"] == "union_tag_not_found" and (slip := _slip_for(key, values, of)):
        return _unknown((*key[:-1], slip), values, of)
    if detail["type"] in ("missing", "union_tag_not_found"):
        return _missing(key, values, of)
    if detail["loc"][-1:] == ("[key]",):
        return _misnamed(key, values, of)
    allowed, value = allowed_at(key, values, of=of), _value(key, values)
    return Mismatch(
        key, allowed_in_words(allowed), value_in_words(value), advice_for(value, allowed)
    )


def _unknown(key: Key, values: dict[str, Any], of: type[Section]) -> Mismatch:
    name, free = str(key[-1]), _free_names(key[:-1], values, of)
    expected = f"{one_of(free)} or nothing" if free else "no further key"
    return Mismatch(key, expected, f"the unknown key {quoted(name)}", did_you_mean(name, free))


def _slip_for(key: Key, values: dict[str, Any], of: type[Section]) -> str | None:
    """Return the name that stands where `key` should; for keys that pydantic cannot go past."""
    table = _value(key[:-1], values)
    kinds = tables_in(allowed_at(key[:-1], values, of=of), table)
    known = {name for kind in kinds for name in kind["properties"]}
    return nearest(str(key[-1]), [name for name in table if name not in known])


def _missing(key: Key, values: dict[str, Any], of: type[Section]) -> Mismatch:
    allowed = allowed_at(key, values, of=of)
    meaning = " ".join(allowed.get("description", "").split())
    return Mismatch(key, allowed_in_words(allowed), "nothing: the key is missing", meaning)


def _misnamed(key: Key, values: dict[str, Any], of: type[Section]) -> Mismatch:
    for table in tables_in(allowed_at(key[:-1], values, of=of), _value(key[:-1], values)):
        if "propertyNames" in table:
            expected = allowed_in_words(table["propertyNames"])
            return Mismatch(key, expected, quoted(str(key[-1])))
    return Mismatch(key, "a name", quoted(str(key[-1])))


def _free_names(key: Key, values: dict[str, Any], of: type[Section]) -> list[str]:
    """Return the keys that the table at `key` could still have."""
    table = _value(key, values)
    kinds = tables_in(allowed_at(key, values, of=of), table)
    names = dict.fromkeys(name for kind in kinds for name in kind.get("properties", {}))
    return [name for name in names if name not in table]


def _value(key: Key, values: Any) -> Any:
    for part in key:
        values = values[part]
    return values
