"""`counterflow check`: whether the programme file is right, and its answers."""

from __future__ import annotations

from typing import Any

from counterflow.cli.arguments import HERE, AsJson, ProgrammePath
from counterflow.cli.outcome import print_json
from counterflow.cli.session import session
from counterflow.cli.tables import print_line
from counterflow.programme.check import check as check_programme


def check(programme: ProgrammePath = HERE, as_json: AsJson = False) -> None:
    """Check a programme file and its answers; every problem is listed with its line."""
    with session(programme, as_json=as_json, from_scratch=False) as chain:
        found = check_programme(chain)
        if as_json:
            print_json(found)
        else:
            _print(found)


def _print(found: dict[str, Any]) -> None:
    print_line(f"{found['programme']}: no problems")
    print_line(f"version {found['version']}")
    print_line(
        f"{found['n_configurations']:,} buildable configurations, "
        f"{found['n_candidates']:,} with their prices"
    )
    print_line(f"answers: {found['answers']}")
    print_line("coefficients: " + ", ".join(found["coefficients"]))
    for language, missing in found["texts_missing"].items():
        if missing:
            print_line(f"texts/{language}.toml lacks {len(missing)}: {', '.join(missing)}")
