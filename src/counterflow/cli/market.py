"""`counterflow market`: who would take what, from whom, and at which prices."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from counterflow.cli.on_chain import on_chain
from counterflow.cli.outcome import print_json
from counterflow.cli.rival_costs import PriceDraws, RivalCosts, costs_of
from counterflow.cli.tables import (
    NUMBER,
    RATIO,
    SHARE,
    amount,
    between,
    print_line,
    print_notes,
    print_table,
)
from counterflow.domain.definition import Interval
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import quoted
from counterflow.domain.scenario import ScenarioFile
from counterflow.formats.scenario_toml import load_scenario
from counterflow.programme.chain import Chain
from counterflow.programme.market_answer import WORTH, Feature, Figure, MarketAnswer
from counterflow.programme.simulate_market import MarketQuestions, simulate_market
from counterflow.report.numbers import Measure


@on_chain
def market(
    chain: Chain,
    as_json: bool,
    *,
    scenario: Annotated[
        Path | None,
        typer.Option(
            "--scenario",
            metavar="FILE",
            help="A TOML file of what to change: offers, prices, rivals, availability, known "
            "shares. Without it, the line that was defined.",
            show_default=False,
        ),
    ] = None,
    price_curve: Annotated[
        list[str] | None,
        typer.Option(
            "--price-curve",
            metavar="NAME",
            help="Show the share of this offer or rival over its price. May be given again.",
            show_default=False,
        ),
    ] = None,
    worth: Annotated[
        list[str] | None,
        typer.Option(
            "--worth",
            metavar="OFFER:ATTRIBUTE=LEVEL",
            help="Show what the offer's level is worth against this one: to people, at an "
            "unchanged share, and with prices set anew. May be given again.",
            show_default=False,
        ),
    ] = None,
    rival_cost: RivalCosts = None,
    draws: PriceDraws = 100,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print every figure as CSV on standard output.")
    ] = False,
) -> None:
    """Simulate who takes what, from whom, and at which prices."""
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv are two forms; ask for one.")
    questions = MarketQuestions(
        price_curves=tuple(price_curve or ()),
        worth=_features(worth or ()),
        rival_unit_costs=costs_of(rival_cost or ()),
        n_price_draws=draws,
    )
    answer = _answer(chain, scenario, questions)
    if as_json:
        print_json(answer.as_dict())
    elif as_csv:
        _print_csv(answer)
    else:
        _print(answer)


def _answer(chain: Chain, scenario: Path | None, questions: MarketQuestions) -> MarketAnswer:
    if scenario is None:
        return simulate_market(chain, questions)
    file = scenario

    def read(line: tuple[str, ...] | None) -> ScenarioFile:
        return load_scenario(file, chain.workspace.programme, line=line)

    return simulate_market(chain, questions, read)


def _features(texts: Sequence[str]) -> tuple[Feature, ...]:
    parts = [(text, *text.partition(":")[::2]) for text in texts]
    if wrong := [text for text, offer, step in parts if not (offer and "=" in step)]:
        expected = "OFFER:ATTRIBUTE=LEVEL, e.g. family:range=300"
        raise InputError([Problem(expected, quoted(text), where="--worth") for text in wrong])
    return tuple(
        Feature(offer=offer, attribute=step.partition("=")[0], versus=step.partition("=")[2])
        for _, offer, step in parts
    )


def _print_csv(answer: MarketAnswer) -> None:
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["table", "name", "other", "at", "mean", "q05", "q50", "q95"])
    for figure in answer.figures():
        value = figure.value
        numbers = ["", "", "", ""] if value is None else list(value.as_dict().values())
        rows.writerow([figure.table, figure.name, figure.other, figure.at, *numbers])


def _print(answer: MarketAnswer) -> None:
    figures = list(answer.figures())
    _print_shares(answer, figures)
    _print_matrix(
        "Where buyers of an offer would go without it, and what it adds",
        figures,
        ("diversion", "cannibalised", "incremental share"),
        SHARE,
        order=answer.shares.names,
    )
    for curve in answer.curves:
        _print_curve(curve.name, figures, answer.currency)
    is_smooth = answer.shares.rule != "first_choice"
    _print_matrix(
        "Elasticity: by how many % the share of the row changes with the price of the column",
        figures,
        ("elasticity" if is_smooth else "arc elasticity",),
        RATIO,
        order=answer.shares.names,
    )
    _print_worth(answer)
    calibrated = answer.calibrated
    if calibrated.targets or calibrated.scale != 1.0:
        known = ", ".join(f"{name} {share:g}" for name, share in calibrated.targets.items())
        print_line(
            f"calibrated: {calibrated.status}; scale {calibrated.scale:.3g}; known {known or '-'}"
        )
    print_notes(answer.notes)


def _print_shares(answer: MarketAnswer, figures: Sequence[Figure]) -> None:
    regions = (*answer.shares.regions, "all regions")
    value = {(f.table, f.name, f.at): f.value for f in figures}
    is_share = answer.shares.rule != "purchase_likelihood"
    table = "share" if is_share else "likelihood"
    print_table(
        f"{table.capitalize()} by {answer.shares.rule.replace('_', ' ')}, mean and 90 % interval",
        ("", *regions, *(["vehicles, all periods"] if is_share else [])),
        [
            (
                name,
                *(_cell(value.get((table, name, region)), SHARE) for region in regions),
                *([_cell(value.get(("vehicles", name, "all regions")))] if is_share else []),
            )
            for name in answer.shares.names
        ],
    )


def _print_matrix(
    title: str,
    figures: Sequence[Figure],
    tables: Sequence[str],
    measure: Measure,
    *,
    order: Sequence[str],
) -> None:
    """Print figures of one name against another, or against nothing, by row and column."""
    value = {(f.name, f.other or f.table): f.value for f in figures if f.table in tables}
    if not value:
        return
    names = dict.fromkeys(name for name, _ in value)
    told = dict.fromkeys(other for _, other in value)
    others = [*(other for other in order if other in told), *(x for x in told if x not in order)]
    print_table(
        title,
        ("", *others),
        [(name, *(_cell(value.get((name, other)), measure) for other in others)) for name in names],
    )


def _print_curve(name: str, figures: Sequence[Figure], currency: str) -> None:
    value = {(f.table, f.at): f.value for f in figures if f.name == name}
    prices = {at: None for table, at in value if table == "share at price"}
    print_table(
        f"Share of {name} by its price",
        (f"price, {currency}", "share", "share of the line"),
        [
            (
                amount(float(at)),
                _cell(value[("share at price", at)], SHARE),
                _cell(value[("share of the line at price", at)], SHARE),
            )
            for at in prices
        ],
    )


def _print_worth(answer: MarketAnswer) -> None:
    print_table(
        f"What people would pay, {answer.currency}: the median person",
        ("attribute", "level", "against", "willingness to pay"),
        [(w.attribute, w.level, w.versus, between(w.amount)) for w in answer.willingness_to_pay],
        n_texts=3,
    )
    if answer.worth:
        value = {(f.table, f.name, f.other): f.value for f in answer.figures()}
        asked = [(worth.feature.offer, worth.step) for worth in answer.worth]
        print_table(
            f"What a feature is worth, {answer.currency}",
            (
                "offer",
                "for",
                "willingness to pay",
                "at an unchanged share",
                "price set anew",
                "profit then",
            ),
            [(*which, *(_cell(value.get((table, *which))) for table in WORTH)) for which in asked],
            n_texts=2,
        )


def _cell(value: Interval | None, measure: Measure = NUMBER) -> str:
    return "" if value is None else between(value, measure)
