"""What a JSON Schema allows and what a TOML value is, in plain words."""

from __future__ import annotations

import datetime
from typing import Any

from counterflow.domain.mismatch import did_you_mean, one_of, quoted
from counterflow.domain.section import is_number

Schema = dict[str, Any]

_WIDTH = 60
_BOUNDS = (
    ("minimum", "of at least"),
    ("exclusiveMinimum", "above"),
    ("maximum", "of at most"),
    ("exclusiveMaximum", "below"),
)


def allowed_in_words(schema: Schema) -> str:
    """Return what the schema allows.

    Examples
    --------
    >>> allowed_in_words({"type": "number", "exclusiveMinimum": 0})
    'a number above 0'
    >>> allowed_in_words({"type": "array", "minItems": 2, "items": {"type": "string"}})
    'a list of at least 2 entries, each text'
    """
    if "x-expected" in schema:
        return str(schema["x-expected"])
    if "const" in schema:
        return _plain(schema["const"])
    if "enum" in schema:
        return one_of(schema["enum"])
    if "discriminator" in schema:
        return f"a table with the key {schema['discriminator']['propertyName']}"
    if kinds := [kind for kind in _kinds(schema) if kind.get("type") != "null"]:
        return ", or ".join(map(allowed_in_words, kinds))
    match schema.get("type"):
        case "boolean":
            return "true or false"
        case "integer" | "number":
            return _number_in_words(schema)
        case "string":
            return "text that is not empty" if schema.get("minLength") else "text"
        case "array":
            return _list_in_words(schema)
    return _table_in_words(schema)


def value_in_words(value: Any) -> str:
    """Return what stands in a file, short enough for one line.

    Examples
    --------
    >>> value_in_words(3.0), value_in_words(""), value_in_words([1, 2]), value_in_words(True)
    ('3.0', 'empty text', 'a list of 2', 'true')
    """
    if isinstance(value, dict):
        return "a table" if value else "an empty table"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, datetime.date | datetime.time):
        return f"the date or time {value}"
    return _plain(value)


def advice_for(value: Any, schema: Schema) -> str:
    """Return what to do about a value that the schema does not allow; empty if that is plain."""
    types = {kind.get("type") for kind in (schema, *_kinds(schema))}
    if isinstance(value, datetime.date | datetime.time) and "string" in types:
        return "Put it in double quotes."
    if isinstance(value, dict) and schema.get("items", {}).get("type") == "object":
        return "Put the table in brackets: [{ ... }]."
    if isinstance(value, dict) and types & {"number", "integer"}:
        return 'A name with a point in it stands in quotes, as in "0.5" = 3.'
    if isinstance(value, list | dict):
        return ""
    if isinstance(value, str) and schema.get("items", {}).get("type") == "string":
        return f"Put it in brackets: [{_plain(value)}]."
    if isinstance(value, str):
        return _advice_for_text(value, schema, types)
    if is_number(value):
        return _advice_for_number(value, schema, types)
    return ""


def _kinds(schema: Schema) -> list[Schema]:
    kinds: list[Schema] = schema.get("anyOf", [])
    return kinds


def _number_in_words(schema: Schema) -> str:
    kind = "a whole number" if schema["type"] == "integer" else "a number"
    bounds = [f"{words} {schema[name]:,.12g}" for name, words in _BOUNDS if name in schema]
    if "minimum" in schema and "maximum" in schema:
        least, most = schema["minimum"], schema["maximum"]
        return f"{least:g}" if least == most else f"{kind} from {least:,.12g} to {most:,.12g}"
    return " ".join([kind, " and ".join(bounds)]) if bounds else kind


def _list_in_words(schema: Schema) -> str:
    least = schema.get("minItems", 0)
    size = {0: "", 1: " of at least 1 entry"}.get(least, f" of at least {least} entries")
    return f"a list{size}, each {allowed_in_words(schema['items'])}"


def _table_in_words(schema: Schema) -> str:
    keys = schema.get("required", ())
    noun = "key" if len(keys) == 1 else "keys"
    return f"a table with the {noun} {', '.join(keys)}" if keys else "a table"


def _plain(value: Any) -> str:
    """Return a plain value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        shown = value if len(value) <= _WIDTH else value[: _WIDTH - 3] + "..."
        return quoted(shown) if shown.strip() else "empty text"
    return str(value)


def _advice_for_text(text: str, schema: Schema, types: set[str | None]) -> str:
    if "enum" in schema:
        return did_you_mean(text, schema["enum"])
    if "boolean" in types:
        return "Write true or false, without quotes."
    if types & {"number", "integer"} and "string" not in types:
        try:
            float(text)
        except ValueError:
            return ""
        return "Remove the quotes."
    return ""


def _advice_for_number(number: int | float, schema: Schema, types: set[str | None]) -> str:
    is_share = any(
        k.get("minimum") == 0 and k.get("maximum") == 1 for k in (schema, *_kinds(schema))
    )
    if is_share and 1 < number <= 100:
        return f"Shares are not in percent: {number:g} % is {number / 100:g}."
    if "integer" in types and float(number).is_integer() and not isinstance(number, int):
        return "Write it without a decimal point."
    if "string" in types and not types & {"number", "integer"}:
        return "Put it in double quotes."
    if "boolean" in types:
        return "Write true or false."
    return ""
