"""`counterflow define`: what to build and at what price; and how definitions differ."""

from __future__ import annotations

from typing import Annotated

import typer

from counterflow.cli import define_compared
from counterflow.cli.arguments import HERE, AsJson, Database, FromField, FromScratch, ProgrammePath
from counterflow.cli.outcome import print_json
from counterflow.cli.session import session
from counterflow.cli.tables import amount, between, print_line, print_table
from counterflow.domain.definition import Definition
from counterflow.programme.chain import Chain
from counterflow.programme.compare import compare_definitions
from counterflow.programme.define import define as define_product
from counterflow.programme.definition_archive import KeptDefinition


def define(
    programme: ProgrammePath = HERE,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--compare",
            metavar="A B",
            help="Show what changes from definition A to B, and what it does to profit, share and "
            "parts. Each is a definition.json, a folder that holds one, the beginning of a version "
            'that is kept, or "current".',
            show_default=False,
        ),
    ] = None,
    versions: Annotated[
        bool, typer.Option("--versions", help="List the definitions that are kept.")
    ] = False,
    from_field: FromField = False,
    database: Database = None,
    as_json: AsJson = False,
    from_scratch: FromScratch = False,
) -> None:
    """Choose the line of offers and its prices."""
    if compare and versions:
        raise typer.BadParameter("--compare and --versions are two questions; ask one.")
    with session(
        programme,
        as_json=as_json,
        from_scratch=from_scratch,
        from_field=from_field,
        database=database,
    ) as chain:
        if compare:
            define_compared.show(compare_definitions(chain, *compare), as_json=as_json)
        elif versions:
            _show_versions(chain.workspace.definitions.kept(), as_json=as_json)
        else:
            _show(chain, as_json=as_json)


def _show(chain: Chain, *, as_json: bool) -> None:
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
        f"profit {between(definition.profit)} {definition.currency}; chosen for "
        f"{definition.objective}: {definition.status}, at most {definition.gap:.2%} below the best "
        "line"
    )
    if (sampled := definition.sample_gap) is not None:
        print_line(
            f"on {sampled.n_samples} samples of other buyers it is worth {amount(sampled.value)}, "
            f"no line more than {amount(sampled.bound)}; with 95 % confidence the best line is "
            f"worth at most {amount(sampled.at_most)} more than this one"
        )
    for note in definition.notes:
        print_line(f"note: {note}")
    print_line(f"version {definition.version}")


def _show_versions(kept: tuple[KeptDefinition, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"versions": [_in_short(each) for each in kept]})
    elif kept:
        print_table(
            "Definitions that are kept",
            ("version", "kept at", "offers and prices", "profit"),
            [
                (
                    each.definition.version[:12],
                    each.kept_at[:16].replace("T", " "),
                    ", ".join(f"{o.name} {amount(o.price)}" for o in each.definition.offers),
                    amount(each.definition.profit.mean),
                )
                for each in kept
            ],
        )
    else:
        print_line("No definition is kept yet; `counterflow define` makes the first.")


def _in_short(kept: KeptDefinition) -> dict[str, object]:
    definition = kept.definition
    return {
        "version": definition.version,
        "kept_at": kept.kept_at,
        "offers": {offer.name: offer.price for offer in definition.offers},
        "profit": definition.profit.as_dict(),
        "made_from": dict(definition.made_from),
    }
