"""`counterflow schema`: what a programme file may say."""

from __future__ import annotations

from typing import Annotated

import typer

from counterflow.cli.outcome import print_json
from counterflow.formats.programme_toml import programme_schema


def schema(
    as_json: Annotated[bool, typer.Option("--json", help="It is JSON in any case.")] = True,
) -> None:
    """Print the JSON Schema of programme.toml."""
    del as_json
    print_json(programme_schema())
