"""`counterflow forget`: delete what leads from an interview to a person."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from counterflow.bootstrap import open_field_store, programme_file
from counterflow.cli.arguments import AsJson, Database
from counterflow.cli.outcome import outcome, print_json
from counterflow.cli.tables import print_line
from counterflow.domain.errors import InputError, Problem
from counterflow.formats.programme_toml import load_programme
from counterflow.programme.field.forget_person import forget_person
from counterflow.programme.field_store import UnknownInterviewError


def forget(
    programme: Annotated[
        Path,
        typer.Argument(metavar="PROGRAMME", help="A programme.toml, or the folder that holds one."),
    ],
    interview_id: Annotated[
        str,
        typer.Argument(
            metavar="INTERVIEW_ID", help="The last part of the address of the interview."
        ),
    ],
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Delete a respondent's contact, panel id and device; the anonymous answers stay."""
    with outcome(as_json=as_json):
        file = programme_file(programme)
        load_programme(file)
        with closing(open_field_store(file.parent, database)) as store:
            try:
                forget_person(store, interview_id)
            except UnknownInterviewError as error:
                problem = Problem("the id of an interview", "one that none has", "INTERVIEW_ID")
                raise InputError([problem]) from error
        if as_json:
            print_json({"forgotten": interview_id})
        else:
            print_line(f"{interview_id}: forgotten; the anonymous answers stay")
