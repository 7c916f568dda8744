"""`counterflow simulate`: respondents who answer from stated preferences, in tables or on pages."""

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
    through_http: Annotated[
        bool,
        typer.Option("--through-http", help="Send them through the pages of the survey instead."),
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where the survey is copied to and answered, with --through-http.",
            show_default="out/simulated beside the programme",
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="A survey that runs already, with --through-http.",
            show_default="one is started",
        ),
    ] = None,
    as_json: AsJson = False,
    from_scratch: FromScratch = False,
) -> None:
    """Simulate respondents who answer from the programme's stated preferences."""
    if through_http:
        _check_usage(out is None, "--out", "write answers by `counterflow clean`")
        _check_usage(into is None or url is None, "--into", "that service keeps the answers")
        _through_http(programme, into, url, as_json=as_json)
        return
    _check_usage(into is None and url is None, "--into or --url", "add --through-http")
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


def _through_http(programme: Path, into: Path | None, url: str | None, *, as_json: bool) -> None:
    # The pages take long to import, and tables of answers do not need them.
    from counterflow.web.visitor.rehearsal import rehearse, rehearse_at

    with session(programme, as_json=as_json, from_scratch=False) as chain:
        if url is None:
            found = rehearse(chain.workspace, programme, into)
        else:
            found = rehearse_at(chain.workspace, programme, url)
        kept = url if found.folder is None else str(found.folder)
        if as_json:
            record = {"simulated": True, "interviews_by_status": dict(found.ends)}
            print_json({**record, "kept_in": kept})
            return
        print_line(
            ", ".join(f"{n:,} {status.replace('_', ' ')}" for status, n in found.ends.items())
            + f": {kept}"
        )
        if found.folder is not None:
            print_line(f"Go on with `counterflow clean {kept}`, `counterflow estimate {kept}`.")


def _check_usage(is_right: bool, option: str, advice: str) -> None:
    if not is_right:
        raise typer.BadParameter(f"does not go with the other options; {advice}", param_hint=option)
