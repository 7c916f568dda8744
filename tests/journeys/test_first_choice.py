"""A line for buyers who take the best: one answer in Python, in the terminal and in the report."""

import json
import re
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from counterflow.bootstrap import open_workspace
from counterflow.cli.app import app
from counterflow.definition.define import define_line
from counterflow.programme.chain import Chain, Silent
from counterflow.programme.define import define
from counterflow.programme.estimate import estimate_part_worths
from counterflow.solvers.growing_highs import GrowingHighs


def ask(command: str, *arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [command, *map(str, arguments)])


def asked(folder: Path, keys: str) -> Path:
    """Make a new programme with further keys in `[search]`, few respondents and few sweeps."""
    assert ask("new", folder).exit_code == 0
    file = folder / "programme.toml"
    text = file.read_text().replace("[search]\n", f"[search]\n{keys}\n")
    few_of_each = {"n_respondents": 60, "n_burn_in": 100, "n_sweeps": 100, "n_draws": 40}
    for key, few in {**few_of_each, "n_buyers": 200}.items():
        text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {few}", text)
    file.write_text(text)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return asked(tmp_path_factory.mktemp("first") / "cars", 'choice_rule = "first_choice"')


def test_python_and_the_terminal_define_the_same_line(folder):
    told = json.loads(ask("define", folder, "--json").stdout)
    assert told["search"]["choice_rule"] == "first_choice"
    assert told["search"]["bound"] >= told["search"]["value"]
    kept = json.loads((folder / "out" / "define" / "definition.json").read_text())
    assert kept == told
    chain = Chain(open_workspace(folder, progress=Silent()))
    assert define(chain).value().as_dict() == told
    by_hand = define_line(
        chain.workspace.programme,
        estimate_part_worths(chain).value().part_worths,
        made_from=told["made_from"],
        open_programme=GrowingHighs,
    )
    assert by_hand.as_dict() == told


def test_the_terminal_and_the_report_say_how_buyers_choose(folder):
    assert "buyers take the best" in ask("define", folder).stdout
    assert ask("report", folder).exit_code == 0
    page = (folder / "out" / "report" / "report.html").read_text(encoding="utf-8")
    assert "Each takes the best" in page


def test_a_front_of_lines_is_refused_in_words(folder):
    refused = ask("define", folder, "--pareto", "profit", "share")
    assert refused.exit_code != 0
    assert "choice_rule" in refused.output
