"""The JSON Schema of programme.toml, and what it allows at a place of a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from counterflow.domain.mismatch import Key
from counterflow.domain.programme import Programme
from counterflow.domain.section import Section

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEFINITION = "#/$defs/"


def programme_schema() -> Schema:
    """Return the JSON Schema of the file, with what each key means, as JSON values.

    The schema knows one key at a time. What must agree between keys (a level that a rule names
    exists, a price is within the range asked about) is checked by `load_programme` alone.

    Examples
    --------
    >>> programme_schema()["properties"]["format"]["type"]
    'integer'
    """
    return _schema_of(Programme, "programme.toml")


def allowed_at(key: Key, values: Any, *, of: type[Section] = Programme) -> Schema:
    """Return what may stand at `key`, with nothing left to look up elsewhere in the schema.

    `values` is the document: where several kinds of table may stand (`[estimation]`), what it
    says decides which is meant. Empty where nothing is known, as below an unknown key. `of` is
    what the document is, a programme or another file of sections.

    Examples
    --------
    >>> allowed_at(("search", "n_offers"), {})["maximum"]
    50
    """
    allowed, value = _whole_schema(of), values
    for part in key:
        allowed = next(_entries(allowed, part, value), {})
        value = _entry(value, part)
    return allowed


def tables_in(schema: Schema, value: Any) -> Iterator[Schema]:
    """Yield the kinds of table that the schema allows, only the one meant if the value says so."""
    schema = _if_there(schema)
    kinds = [kind for kind in _kinds(schema) if kind.get("type") == "object"]
    meant = [kind for kind in kinds if _says_to_be(value, kind, schema)]
    yield from meant or kinds


@cache
def _whole_schema(kind: type[Section]) -> Schema:
    schema = _schema_of(kind, kind.__name__)
    inlined: Schema = _inlined(schema, schema["$defs"])
    return inlined


def _schema_of(kind: type[Section], title: str) -> Schema:
    schema = kind.model_json_schema()
    schema["title"] = title
    return {"$schema": _DIALECT, **_closed(schema)}


def _closed(schema: Any) -> Any:
    """Return the schema with tables of named entries refusing names that no pattern allows."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: _closed(part) for name, part in schema.items()}
    return {"additionalProperties": False, **parts} if "patternProperties" in schema else parts


def _inlined(schema: Any, definitions: Schema) -> Any:
    """Return the schema with each $ref replaced; what stands beside a $ref counts more."""
    if isinstance(schema, list):
        return [_inlined(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    beside = {
        name: _inlined(part, definitions)
        for name, part in schema.items()
        if name not in ("$ref", "$defs")
    }
    if "$ref" not in schema:
        return beside
    return {
        **_inlined(definitions[schema["$ref"].removeprefix(_DEFINITION)], definitions),
        **beside,
    }


def _if_there(schema: Schema) -> Schema:
    """Return what an optional key holds where it is there: a choice of tables stays a choice."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    return kinds[0] if len(kinds) == 1 else schema


def _kinds(schema: Schema) -> list[Schema]:
    kinds: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return kinds


def _says_to_be(value: Any, kind: Schema, schema: Schema) -> bool:
    if "discriminator" not in schema or not isinstance(value, dict):
        return False
    name = schema["discriminator"]["propertyName"]
    return bool(value.get(name) == kind["properties"][name]["const"])


def _entries(schema: Schema, part: str | int, value: Any) -> Iterator[Schema]:
    """Yield what may stand under a name or at a position, of what `schema` allows."""
    schema = _if_there(schema)
    if isinstance(part, int):
        yield from (kind["items"] for kind in _kinds(schema) if "items" in kind)
    elif schema.get("discriminator", {}).get("propertyName") == part:
        yield {"enum": [kind["properties"][part]["const"] for kind in _kinds(schema)]}
    else:
        for table in tables_in(schema, value):
            yield from _named_entries(table, part)


def _named_entries(table: Schema, name: str) -> Iterator[Schema]:
    if name in table.get("properties", {}):
        yield table["properties"][name]
    for pattern, entry in table.get("patternProperties", {}).items():
        if re.search(pattern, name):
            yield entry
    if isinstance(table.get("additionalProperties"), dict):
        yield table["additionalProperties"]


def _entry(value: Any, part: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    is_there = isinstance(value, list) and isinstance(part, int) and part < len(value)
    return value[part] if is_there else None
