"""Prices of a line: one answer in Python and in the terminal, and errors that say what to do."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from counterflow.bootstrap import open_workspace
from counterflow.cli.app import app
from counterflow.cli.outcome import ExitCode
from counterflow.programme.chain import Chain, Silent
from counterflow.programme.price import price as set_prices
from strategies.workspaces import EXAMPLES

DRAWS = 10


def price(*arguments: object) -> Result:
    """Run the command in this process, on a terminal of 160 columns."""
    command = ["price", *map(str, arguments)]
    return CliRunner(env={"COLUMNS": "160"}).invoke(app, command)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("prices") / "cars"
    shutil.copytree(EXAMPLES / "california-cars", folder, ignore=shutil.ignore_patterns("out"))
    return folder


def test_python_and_the_terminal_give_one_answer(folder):
    told = price(folder, "--json", "--draws", DRAWS)
    assert told.exit_code == 0, told.output
    chain = Chain(open_workspace(folder, progress=Silent()))
    found = set_prices(chain, n_draws=DRAWS)
    assert json.loads(told.stdout) == found.as_dict()
    shown = price(folder, "--draws", DRAWS).stdout
    assert "Prices of the line" in shown
    assert "Elasticity" in shown
    assert f"best prices: {found.found.status}" in shown


def test_rivals_whose_cost_is_given_answer(folder):
    chain = Chain(open_workspace(folder, progress=Silent()))
    rivals = chain.workspace.programme.market.competitors
    name, rival = next(iter(rivals.items()))
    cost = f"{name}={0.8 * rival.price}"
    told = price(folder, "--rival-cost", cost, "--json", "--draws", DRAWS)
    assert name in json.loads(told.stdout)["equilibrium"]["by_draw"]


def test_a_cost_that_is_none_and_a_rival_that_is_none_are_wrong_input(folder):
    told = price(folder, "--rival-cost", "gasoline", "--json")
    assert told.exit_code == ExitCode.WRONG_INPUT
    assert "NAME=COST" in json.loads(told.stdout)["message"]
    told = price(folder, "--rival-cost", "nobody=3", "--json")
    assert told.exit_code == ExitCode.WRONG_INPUT
    assert '"nobody"' in json.loads(told.stdout)["message"]
