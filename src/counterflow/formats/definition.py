"""definition.json: the line of offers, for whoever builds, sells or checks it."""

from __future__ import annotations

from pathlib import Path

from counterflow.domain.definition import Definition
from counterflow.formats.json_file import read_json, write_json

MAIN = "definition.json"


def write_definition(definition: Definition, folder: Path) -> None:
    """Write definition.json; equal definitions give equal bytes."""
    write_json(folder / MAIN, definition.as_dict())


def read_definition(folder: Path) -> Definition:
    """Return the definition that `write_definition` wrote; InputError if it did not."""
    return read_json(
        folder / MAIN,
        "counterflow/definition/1",
        Definition.from_dict,
        again="counterflow define --from-scratch",
    )
