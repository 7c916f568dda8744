"""`counterflow define`: what to build and at what price."""

from __future__ import annotations

from counterflow.cli.on_chain import on_chain
from counterflow.cli.outcome import print_json
from counterflow.cli.tables import amount, between, print_line, print_table
from counterflow.domain.definition import Definition
from counterflow.programme.chain import Chain
from counterflow.programme.define import define as define_product


@on_chain
def define(chain: Chain, as_json: bool) -> None:
    """Choose the line of offers and its prices by expected profit."""
    definition = define_product(chain).value()
    if as_json:
        print_json(definition.as_dict())
    else:
        _print(definition)


def _print(definition: Definition) -> None:
    print_table(
        f"The line ({definition.method})",
        ("offer", "levels", "price", "contract"),
        [
            (offer.name, str(offer.configuration), amount(offer.price), offer.contract or "")
            for offer in definition.offers
        ],
    )
    print_line(
        f"profit {between(definition.profit)} {definition.currency}; search ended "
        f"{definition.status}, at most {definition.gap:.1%} below the best line"
    )
    for note in definition.notes:
        print_line(f"note: {note}")
    print_line(f"version {definition.version}")
