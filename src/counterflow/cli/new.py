"""`counterflow new`: a folder with a programme file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli.arguments import AsJson
from counterflow.cli.outcome import outcome, print_json
from counterflow.cli.tables import print_line
from counterflow.formats.new_programme import write_new_programme


def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make, named as the programme.")],
    as_json: AsJson = False,
) -> None:
    """Make a folder with a small programme that runs, to change into your own."""
    with outcome(as_json=as_json):
        path = write_new_programme(folder)
        if as_json:
            print_json({"status": "done", "programme": str(path)})
        else:
            print_line(f"made {path}")
            print_line(f"next: counterflow run {folder}")
