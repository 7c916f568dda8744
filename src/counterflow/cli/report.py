"""`counterflow report`: one page to forward."""

from __future__ import annotations

from counterflow.cli.arguments import (
    HERE,
    AsJson,
    Database,
    FromField,
    FromScratch,
    ProgrammePath,
)
from counterflow.cli.outcome import print_json
from counterflow.cli.session import session
from counterflow.cli.tables import print_line
from counterflow.programme.report import report as write_report
from counterflow.programme.run import record_run


def report(
    programme: ProgrammePath = HERE,
    from_field: FromField = False,
    database: Database = None,
    as_json: AsJson = False,
    from_scratch: FromScratch = False,
) -> None:
    """Write the report, one page that needs no network."""
    with session(
        programme,
        as_json=as_json,
        from_scratch=from_scratch,
        from_field=from_field,
        database=database,
    ) as chain:
        write_report(chain)
        record = record_run(chain)
        if as_json:
            print_json(record)
        else:
            print_line(f"report: {record['report']}")
