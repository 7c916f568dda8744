"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ProgrammePath = Annotated[
    Path,
    typer.Argument(
        metavar="PROGRAMME",
        help="A programme.toml, or the folder that holds one.",
        show_default="this folder",
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON on standard output.")
]
FromScratch = Annotated[
    bool, typer.Option("--from-scratch", help="Make every step again, also what is unchanged.")
]
FromField = Annotated[
    bool,
    typer.Option(
        "--from-field",
        help="Take the answers of the questionnaire, cleaned, in place of those that the programme "
        "names.",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="Where interviews are kept, if not in out/field beside the programme.",
        show_default=False,
    ),
]

HERE = Path()
