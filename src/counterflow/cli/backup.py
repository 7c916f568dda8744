"""`counterflow backup`: a whole copy of the interviews, while the survey goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterflow.bootstrap import back_up_field, programme_file
from counterflow.cli.arguments import HERE, AsJson, Database, ProgrammePath
from counterflow.cli.outcome import outcome, print_json
from counterflow.cli.tables import print_line


def backup(
    programme: ProgrammePath = HERE,
    to: Annotated[
        Path, typer.Option("--to", metavar="FILE", help="The file to write; replaced when whole.")
    ] = ...,  # type: ignore[assignment]  # typer's way to say that it must be given
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Copy all interviews into one file, also while `counterflow serve` takes answers."""
    with outcome(as_json=as_json):
        n_interviews = back_up_field(programme_file(programme).parent, to, database)
        if as_json:
            print_json({"backup": str(to), "interviews": n_interviews})
        else:
            print_line(f"{to}: {n_interviews:,} interviews")
