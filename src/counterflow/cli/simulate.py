"""`counterflow simulate`: respondents who answer from stated preferences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterflow.bootstrap import write_answers
from counterflow.cli.arguments import HERE, AsJson, FromScratch, ProgrammePath
from counterflow.cli.outcome import print_json
from counterflow.cli.session import session
from counterflow.cli.tables import print_line
from counterflow.programme.answers import simulate as simulate_respondents


def simulate(
    programme: ProgrammePath = HERE,
    out: Annotated[
        Path | None,
        typer.Option(help="Also write the answers to this .csv or .parquet file."),
    ] = None,
    as_json: AsJson = False,
    from_scratch: FromScratch = False,
) -> None:
    """Simulate respondents who answer from the programme's stated preferences."""
    with session(programme, as_json=as_json, from_scratch=from_scratch) as chain:
        step = simulate_respondents(chain)
        answers = step.value()
        if out is not None:
            write_answers(answers, out)
        record = {
            "simulated": True,
            "n_respondents": answers.n_respondents,
            "n_tasks": answers.n_tasks,
            "n_rows": answers.n_rows,
            "content_hash": answers.content_hash,
            "written_to": str(out or chain.workspace.results.place(step.name)),
        }
        if as_json:
            print_json(record)
        else:
            print_line(
                f"{answers.n_respondents:,} simulated respondents, {answers.n_tasks:,} choice "
                f"tasks: {record['written_to']}"
            )
