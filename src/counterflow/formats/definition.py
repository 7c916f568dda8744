"""definition.json: the line of offers, for whoever builds, sells or checks it."""

from __future__ import annotations

from pathlib import Path

from counterflow.domain.definition import SCHEMA, Definition
from counterflow.formats.json_file import read_json, write_json

MAIN = "definition.json"


def write_definition(definition: Definition, folder: Path) -> None:
    """Write definition.json; equal definitions give equal bytes."""
    write_definition_file(definition, folder / MAIN)


def read_definition(folder: Path) -> Definition:
    """Return the definition that `write_definition` wrote; InputError if it did not."""
    return read_definition_file(folder / MAIN)


def write_definition_file(definition: Definition, path: Path) -> None:
    """Write the definition under any name; equal definitions give equal bytes."""
    write_json(path, definition.as_dict())


def read_definition_file(path: Path) -> Definition:
    """Return the definition in a file; InputError if it is none, or was changed."""
    return read_json(path, SCHEMA, Definition.from_dict, again="counterflow define --from-scratch")
