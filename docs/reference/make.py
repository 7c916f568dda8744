"""Write the page of the programme file from its JSON Schema: `python docs/reference/make.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterflow.formats.programme_toml import programme_schema
from counterflow.formats.schema_words import allowed_in_words

PAGE = Path(__file__).with_name("programme-file.md")

INTRODUCTION = """\
# The programme file

One file, `programme.toml`, holds everything that a run is made from: what can be built and sold,
what it costs, who buys, who answered, and how to estimate, search and plan. This page lists every
key. It is written by `docs/reference/make.py` from the schema that `counterflow schema` prints;
change the descriptions where the keys are defined, in `src/counterflow/domain/`, and run it again.

- The file is [TOML](https://toml.io). In headings, NAME stands for a name of your own: a letter,
  then letters, digits and underscores; or for a level or a coefficient, by its label.
- A key that is not listed is an error, so a slip of the pen is not read as a default.
- Shares go from 0 to 1, never percent. Money is in `programme.currency`, everywhere.
- Levels are called by name. A number is a level called by its shortest form: `{ range = 500 }` and
  `{ range = "500" }` say the same. As a key, a number with a point stands in quotes: `"0.5" = 3`.
- A condition (`when`, `requires`, `excludes`, `keep`) is a table of levels by attribute. All must
  hold, and of a list any one does: `{ trim = ["plus", "max"], range = 500 }`. An empty condition
  always holds.
- What must agree between keys (a level that a rule names exists, prices lie in the range asked
  about, a term has a contract) is checked when the file is read, and reported with line and key,
  all at once.

`counterflow check` says whether a file is right; `counterflow schema` prints the schema for an
editor.
"""

Schema = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A table of the file: its heading, as TOML has it, and the keys that may stand under it."""

    heading: str
    schema: Schema

    @property
    def anchor(self) -> str:
        """Return where links to the heading lead, as Markdown renderers make it."""
        kept = (x for x in self.heading.lower() if x.isalnum() or x in " -_")
        return "".join(kept).replace(" ", "-")

    def lines(self, tables: Mapping[str, Table], definitions: Schema) -> Iterator[str]:
        """Yield the table as Markdown: what it is, then a row a key."""
        yield from (f"## {self.heading}", "", _in_one_line(self.schema["description"]), "")
        yield "| key | what may stand there | if absent | meaning |"
        yield "|---|---|---|---|"
        for key, entry in self.schema["properties"].items():
            is_required = key in self.schema.get("required", ())
            described = definitions[_name(entry)] if _name(entry) else entry
            cells = (
                f"`{key}`",
                _words(entry, tables, definitions),
                "required" if is_required else _default(entry),
                entry.get("description") or _table_of(described)["description"],
            )
            yield "| " + " | ".join(_in_one_line(cell).replace("|", "\\|") for cell in cells) + " |"
        yield ""


def page() -> str:
    """Return the page."""
    schema = programme_schema()
    definitions = schema["$defs"]
    tables: dict[str, Table] = {}
    _find_tables("", schema, tables, definitions)
    whole = Table("The sections", schema)
    lines = [line for t in (whole, *tables.values()) for line in t.lines(tables, definitions)]
    return "\n".join([INTRODUCTION, *lines])


def _find_tables(path: str, table: Schema, found: dict[str, Table], definitions: Schema) -> None:
    """Add the tables below `path` in the order of the file; each definition is listed once."""
    for key, entry in table["properties"].items():
        for place, name in _references(f"{path}.{key}".removeprefix("."), entry):
            inner = _table_of(definitions[name])
            if name in found or not inner:
                continue
            heading = f"`[[{place[:-2]}]]`" if place.endswith("[]") else f"`[{place}]`"
            if "const" in inner["properties"].get("model", {}):
                heading += f" with `model = {json.dumps(inner['properties']['model']['const'])}`"
            found[name] = Table(heading, inner)
            _find_tables(place.removesuffix("[]"), inner, found, definitions)


def _references(place: str, schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield each definition that the schema refers to, and where in the file it stands."""
    if _name(schema):
        yield place, _name(schema)
    for kind in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _references(place, kind)
    if "items" in schema:
        yield from _references(f"{place}[]", schema["items"])
    if entry := _entry(schema):
        yield from _references(f"{place}.NAME", entry)


def _words(schema: Schema, tables: Mapping[str, Table], definitions: Schema) -> str:
    """Return what the schema allows, with a link to where a table is listed."""
    if name := _name(schema):
        words = definitions[name].get("x-expected", "a table")
        return f"[{words}](#{tables[name].anchor})" if name in tables else words
    kinds = (*schema.get("anyOf", ()), *schema.get("oneOf", ()))
    if "x-expected" not in schema and kinds:
        some = [_words(kind, tables, definitions) for kind in kinds if kind.get("type") != "null"]
        return ", or ".join(some)
    if "items" in schema:
        each = {"x-expected": _words(schema["items"], tables, definitions)}
        return allowed_in_words({**schema, "items": each})
    if entry := _entry(schema):
        return f"a table by name, each {_words(entry, tables, definitions)}"
    return allowed_in_words(schema)


def _name(schema: Schema) -> str:
    return str(schema.get("$ref", "")).removeprefix("#/$defs/")


def _entry(schema: Schema) -> Schema:
    """Return what stands under the free names of a table; empty if it has none."""
    if "x-expected" in schema:
        return {}
    further = schema.get("additionalProperties")
    free = [*schema.get("patternProperties", {}).values(), *([further] if further else [])]
    return free[0] if free else {}


def _table_of(schema: Schema) -> Schema:
    """Return the table among what the schema allows; empty if there is none."""
    kinds = (schema, *schema.get("anyOf", ()))
    return next((kind for kind in kinds if "properties" in kind), {})


def _default(schema: Schema) -> str:
    value = schema.get("default")
    if value in (None, [], {}):
        return ""
    # A table of defaults is told key by key where the table is listed.
    return "the table, empty" if isinstance(value, dict) else f"`{json.dumps(value)}`"


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
