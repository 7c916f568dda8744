"""`counterflow export`: interviews as CSV, Parquet or SPSS; contacts in a file of their own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli.arguments import HERE, AsJson, Database, ProgrammePath
from counterflow.cli.field_session import field_session
from counterflow.cli.outcome import print_json
from counterflow.cli.tables import print_line
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import one_of, quoted
from counterflow.domain.programme import Programme
from counterflow.formats.field_export import export_contacts, export_interviews

CONTACT = "contact"
"""The purpose to reach people oneself; any other purpose names a partner."""

EXPORTED = ("open", "complete", "screened_out", "over_quota")
"""Whoever took the consent back is in no export."""


class Rows(StrEnum):
    """What a row stands for."""

    RESPONDENTS = "respondents"
    ALTERNATIVES = "alternatives"


def export(
    to: Annotated[Path, typer.Option(help="A .csv, .parquet or .sav file.")],
    programme: ProgrammePath = HERE,
    rows: Annotated[
        Rows, typer.Option(help="One row a respondent, or one an alternative of each task.")
    ] = Rows.RESPONDENTS,
    all_statuses: Annotated[
        bool, typer.Option("--all", help="Also open, screened out and over quota interviews.")
    ] = False,
    contacts: Annotated[
        str | None,
        typer.Option(
            metavar="PURPOSE",
            help='Instead of answers: who agreed to be reached ("contact"), or to have their '
            "contacts passed to the partner of this name.",
        ),
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Write interviews, or contacts, to a file."""
    with field_session(programme, database, as_json=as_json) as field:
        if contacts is None:
            statuses = EXPORTED if all_statuses else ("complete",)
            interviews = field.store.interviews(statuses=statuses)
            n = export_interviews(field.programme, interviews, to, rows_are=rows.value)
        elif all_statuses or rows is not Rows.RESPONDENTS:
            raise InputError([_not_with_contacts()])
        else:
            partner = _partner(field.programme, contacts)
            n = export_contacts(field.store.contacts(partner=partner), to, with_ids=partner is None)
        if as_json:
            print_json({"n_rows": n, "written_to": str(to)})
        else:
            print_line(f"{n:,} rows: {to}")


def _partner(programme: Programme, purpose: str) -> str | None:
    """Return the partner whom contacts are for; None where they are for ourselves."""
    asked = programme.survey.questionnaire
    partners = asked.consent.partners if asked is not None else ()
    if purpose not in (CONTACT, *partners):
        problem = Problem(one_of([CONTACT, *partners]), quoted(purpose), key="--contacts")
        raise InputError([problem])
    return None if purpose == CONTACT else purpose


def _not_with_contacts() -> Problem:
    return Problem(
        expected="--contacts by itself",
        found="--contacts with --rows or --all",
        advice="Contacts and answers never stand in one file.",
    )
