"""`counterflow report`: one page to forward."""

from __future__ import annotations

from counterflow.cli.on_chain import on_chain
from counterflow.cli.outcome import print_json
from counterflow.cli.tables import print_line
from counterflow.programme.chain import Chain
from counterflow.programme.report import report as write_report
from counterflow.programme.run import record_run


@on_chain
def report(chain: Chain, as_json: bool) -> None:
    """Write the report, one page that needs no network."""
    write_report(chain)
    record = record_run(chain)
    if as_json:
        print_json(record)
    else:
        print_line(f"report: {record['report']}")
