"""`counterflow run`: everything, skipping what is unchanged."""

from __future__ import annotations

from counterflow.cli.on_chain import on_chain
from counterflow.cli.outcome import print_json
from counterflow.cli.tables import between, print_line
from counterflow.programme.chain import Chain
from counterflow.programme.define import define
from counterflow.programme.forecast import forecast
from counterflow.programme.run import run as run_programme


@on_chain
def run(chain: Chain, as_json: bool) -> None:
    """Run the whole chain, from answers to the report; what is unchanged is kept."""
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
