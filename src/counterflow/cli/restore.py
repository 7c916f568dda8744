"""`counterflow restore`: interviews from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterflow.bootstrap import programme_file, restore_field
from counterflow.cli.arguments import HERE, AsJson, Database, ProgrammePath
from counterflow.cli.outcome import outcome, print_json
from counterflow.cli.tables import print_line


def restore(
    programme: ProgrammePath = HERE,
    backup: Annotated[
        Path, typer.Option("--from", metavar="FILE", help="What `counterflow backup` wrote.")
    ] = ...,  # type: ignore[assignment]  # typer's way to say that it must be given
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Put the backup in the place of interviews that are there."),
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Put the interviews of a backup where `counterflow serve` finds them; stop it first."""
    with outcome(as_json=as_json):
        folder = programme_file(programme).parent
        n_interviews = restore_field(folder, backup, database, replace=replace)
        if as_json:
            print_json({"restored": str(backup), "interviews": n_interviews})
        else:
            print_line(f"{n_interviews:,} interviews restored from {backup}")
