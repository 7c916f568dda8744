"""`counterflow run`: everything, skipping what is unchanged."""

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
from counterflow.cli.tables import between, print_line
from counterflow.programme.define import define
from counterflow.programme.forecast import forecast
from counterflow.programme.run import run as run_programme


def run(
    programme: ProgrammePath = HERE,
    from_field: FromField = False,
    database: Database = None,
    as_json: AsJson = False,
    from_scratch: FromScratch = False,
) -> None:
    """Run the whole chain, from answers to the report; what is unchanged is kept."""
    with session(
        programme,
        as_json=as_json,
        from_scratch=from_scratch,
        from_field=from_field,
        database=database,
    ) as chain:
        record = run_programme(chain)
        if as_json:
            print_json(record)
            return
        definition, volumes = define(chain).value(), forecast(chain).value()
        for offer in definition.offers:
            print_line(f"{offer.name}: {offer.price:,.0f} {definition.currency}")
        print_line(f"volume {between(volumes.total())} vehicles")
        print_line(f"profit {between(definition.profit)} {definition.currency}")
        for warning in record["warnings"]:
            print_line(f"warning: {warning}")
        print_line(f"report: {record['report']}")
