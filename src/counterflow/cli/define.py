"""`counterflow define`: what to build and at what price; and how definitions differ."""

from __future__ import annotations

from typing import Annotated, cast, get_args

import typer

from counterflow.cli import define_compared
from counterflow.cli.on_chain import on_chain
from counterflow.cli.outcome import print_json
from counterflow.cli.tables import (
    amount,
    between,
    figure,
    print_line,
    print_notes,
    print_table,
)
from counterflow.definition.front import LineFront
from counterflow.domain.definition import Definition, Offer
from counterflow.domain.settings import Quantity
from counterflow.programme.answers import notes_on_answers
from counterflow.programme.chain import Chain
from counterflow.programme.compare import compare_definitions
from counterflow.programme.define import define as define_product
from counterflow.programme.definition_archive import KeptDefinition
from counterflow.programme.front import front_of_lines

_QUANTITIES: tuple[str, ...] = get_args(Quantity)


@on_chain
def define(
    chain: Chain,
    as_json: bool,
    *,
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
    pareto: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--pareto",
            metavar="FIRST SECOND",
            help="Show the lines than which none is better in both of two quantities: "
            f"{', '.join(_QUANTITIES)}.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Choose the line of offers and its prices."""
    if sum(map(bool, (compare, versions, pareto))) > 1:
        raise typer.BadParameter("--compare, --versions and --pareto are questions; ask one.")
    if compare:
        define_compared.show(compare_definitions(chain, *compare), as_json=as_json)
    elif pareto:
        _show_front(front_of_lines(chain, _two_quantities(pareto)), as_json=as_json)
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
        print_notes(notes_on_answers(chain.workspace))
        print_line(f"version {definition.version}")


def _print(definition: Definition) -> None:
    print_table(
        f"The line ({definition.method})",
        ("offer", "levels and contract", f"price, {definition.currency}"),
        [(offer.name, _terms(offer), amount(offer.price)) for offer in definition.offers],
        n_texts=2,
    )
    print_line(
        f"profit {between(definition.profit)} {definition.currency}; chosen for "
        f"{definition.objective}: {_how_sure(definition)}"
    )
    if definition.choice_rule == "first_choice":
        print_line("buyers take the best (choice_rule first_choice): searched and valued by that")
    if (sampled := definition.sample_gap) is not None:
        print_line(
            f"on {sampled.n_samples} samples of other buyers it is worth {amount(sampled.value)}, "
            f"no line more than {amount(sampled.bound)}; with 95 % confidence the best line is "
            f"worth at most {amount(sampled.at_most)} more than this one"
        )
    print_notes(definition.notes)


def _how_sure(definition: Definition) -> str:
    if definition.status == "optimal":
        return "optimal, it is proved that no line brings more"
    return f"local optimum, no line brings over {definition.gap:.2%} more"


def _terms(offer: Offer) -> str:
    return str(offer.configuration) + (f"; {offer.contract}" if offer.contract else "")


def _two_quantities(asked: tuple[str, str]) -> tuple[Quantity, Quantity]:
    if not set(asked) <= set(_QUANTITIES) or asked[0] == asked[1]:
        expected = f"expected two different ones of {', '.join(_QUANTITIES)}"
        raise typer.BadParameter(f"{expected}; got {' '.join(asked)}", param_hint="--pareto")
    return cast("tuple[Quantity, Quantity]", asked)


def _show_front(front: LineFront, *, as_json: bool) -> None:
    if as_json:
        print_json(front.as_dict())
        return
    first, second = front.quantities
    print_table(
        f"No line is better in both {first} and {second} (expected, money in {front.currency})",
        ("offers and prices", first, second, "gap"),
        [
            (
                ", ".join(f"{name} {amount(price)}" for name, price in line.offers.items()),
                _quantity(first, line.first),
                _quantity(second, line.second),
                f"{line.gap:.2%}",
            )
            for line in front.lines
            if line.gap is not None
        ],
    )
    print_line(
        "gap: how much better any line could be under the weights of both that it is best in"
    )
    if between_them := sum(line.gap is None for line in front.lines):
        print_line(f"{between_them} more lines lie in between: --json lists them")
    print_notes(front.notes)


def _quantity(quantity: Quantity, value: float) -> str:
    return f"{value:.2%}" if quantity == "share" else figure(value)


def _show_versions(kept: tuple[KeptDefinition, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"versions": [_in_short(each) for each in kept]})
    elif kept:
        print_table(
            "Definitions that are kept",
            ("version", "kept at", "offers and prices", "expected profit"),
            [
                (
                    each.definition.version[:12],
                    each.kept_at[:16].replace("T", " "),
                    ", ".join(f"{o.name} {amount(o.price)}" for o in each.definition.offers),
                    f"{between(each.definition.profit)} {each.definition.currency}",
                )
                for each in kept
            ],
            n_texts=3,
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
