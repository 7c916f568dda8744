"""`counterflow clean`: interviews into weighted answers, with a trail of who was left out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.bootstrap import write_answers
from counterflow.cli.arguments import HERE, AsJson, Database, ProgrammePath
from counterflow.cli.field_session import field_session
from counterflow.cli.outcome import print_json
from counterflow.cli.tables import print_line, print_table
from counterflow.formats.json_file import write_json
from counterflow.programme.clean import clean_answers
from counterflow.survey.weighting.rake_respondents import RakingOptions

STATUSES = ("open", "complete", "screened_out", "over_quota", "withdrawn")
"""All of them: those that do not count are counted."""


def clean(
    programme: ProgrammePath = HERE,
    keep_flagged: Annotated[
        bool, typer.Option("--keep-flagged", help="Let flagged interviews count too.")
    ] = False,
    most_weight: Annotated[
        float, typer.Option(help="Largest weight, relative to the mean.", min=1.01)
    ] = RakingOptions.most,
    unweighted: Annotated[
        bool,
        typer.Option(
            "--unweighted",
            help="Weight nobody to the margins, as while too few have answered for it.",
        ),
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Turn interviews into weighted answers, and say who was left out and why."""
    with field_session(programme, database, as_json=as_json) as field:
        found = clean_answers(
            field.programme,
            field.store.design,
            field.store.interviews(statuses=STATUSES),
            keep_flagged=keep_flagged,
            weighting=RakingOptions(most=most_weight),
            is_weighted=not unweighted,
            software=field.software,
        )
        write_answers(found.data, field.folder / "answers.parquet")
        _write_audit(found.audit, field.folder / "audit.json")
        if as_json:
            print_json(found.audit)
        else:
            _print(found.audit)
            print_line(f"{field.folder / 'answers.parquet'}, {field.folder / 'audit.json'}")


def _write_audit(audit: Mapping[str, Any], path: Path) -> None:
    """Write the trail, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.writing")
    try:
        write_json(unfinished, audit)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _print(audit: Mapping[str, Any]) -> None:
    by_status = audit["interviews_by_status"]
    print_line(", ".join(f"{n:,} {status.replace('_', ' ')}" for status, n in by_status.items()))
    _print_rules(audit)
    _print_random(audit["random_answers"])
    _print_results(audit["results"])
    if audit["weighting"]["status"] != "not_weighted":
        _print_weighting(audit["weighting"])


def _print_rules(audit: Mapping[str, Any]) -> None:
    flagged, left_out = audit["flags"]["by_flag"], audit["rules"]
    print_table(
        f"{audit['n_kept']:,} of {audit['n_complete']:,} complete interviews count",
        ("rule", "flagged", "left out"),
        [
            (rule, f"{flagged.get(rule, 0):,}", f"{len(left_out.get(rule, ())):,}")
            for rule in sorted({*flagged, *left_out})
        ],
    )


def _print_random(test: Mapping[str, Any]) -> None:
    if test["status"] == "not_done":
        print_line(f"Random answers were not looked for: {test['reason']}.")
        return
    print_line(
        f"Random answers: {test['share_random']:.1%} of respondents by estimate. The test lets "
        f"{test['level']:.0%} of them through, and flags {test['honest_flagged']:.0%} of honest "
        "ones; only those who are likelier random than not are left out."
    )


def _print_results(results: Mapping[str, Any]) -> None:
    def cell(value: int | float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    def row(name: str, key: str, form: str) -> tuple[str, ...]:
        return (name, *(cell(results[who][key], form) for who in ("all", "kept", "kept_weighted")))

    print_table(
        "With and without",
        ("", "all complete", "those that count", "weighted"),
        [
            row("respondents", "n_respondents", ","),
            row("none chosen", "share_outside", ".1%"),
            row("purchase chance (0 to 10)", "mean_purchase_chance", ".2f"),
            *_level_rows(results),
        ],
    )


def _level_rows(results: Mapping[str, Any]) -> list[tuple[str, ...]]:
    three = [results[who]["chosen_by_level"] for who in ("all", "kept", "kept_weighted")]
    return [
        (f"{attribute}: {level}", *(f"{x[attribute].get(level, 0.0):.1%}" for x in three))
        for attribute, levels in three[0].items()
        for level in levels
    ]


def _print_weighting(weighting: Mapping[str, Any]) -> None:
    print_table(
        f"Weights ({weighting['status']})",
        ("answer", "population", "unweighted", "weighted"),
        [
            (
                f"{cell['question']}: {cell['answer']}",
                f"{cell['target']:.1%}",
                f"{cell['before']:.1%}",
                f"{cell['after']:.1%}",
            )
            for cell in weighting["margins"]
        ],
    )
    print_line(
        f"weights from {weighting['least_weight']:.2f} to {weighting['most_weight']:.2f}, design "
        f"effect {weighting['design_effect']:.2f}, as precise as "
        f"{weighting['effective_sample']:,.0f} unweighted respondents"
    )
