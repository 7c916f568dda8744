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

HERE = Path()
