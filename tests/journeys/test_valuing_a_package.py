"""The premium SUV's technology: one answer in Python and in the terminal, and what it must say."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from counterflow.bootstrap import open_workspace
from counterflow.cli.app import app
from counterflow.programme.chain import Chain, Silent
from counterflow.programme.package_worth import worth_of_package
from strategies.workspaces import EXAMPLES

STAKE = ("--stake-share", "0.1", "--stake-price", "11500000000")


def package(*arguments: object) -> Result:
    """Run the command in this process, on a terminal of 100 columns."""
    command = ["package", *map(str, arguments)]
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, command)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The example with fewer people, draws and prices: what is tried here is the chain."""
    folder = tmp_path_factory.mktemp("package") / "suv"
    shutil.copytree(EXAMPLES / "premium-suv", folder, ignore=shutil.ignore_patterns("out"))
    _change(
        folder,
        ("n_respondents = 600", "n_respondents = 120"),
        ("n_burn_in = 1000", "n_burn_in = 200"),
        ("n_sweeps = 6000", "n_sweeps = 400"),
        ("n_draws = 200", "n_draws = 40"),
        ("step = 10000", "step = 30000"),
        ("n_restarts = 20", "n_restarts = 5"),
        ("n_buyers = 2000", "n_buyers = 400"),
    )
    return folder


@pytest.fixture(scope="module")
def told(folder) -> dict:
    done = package("technology", folder, *STAKE, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_python_and_the_terminal_give_one_answer(folder, told):
    chain = Chain(open_workspace(folder, progress=Silent()))
    found = worth_of_package(chain, "technology", stake_share=0.1, stake_price=11.5e9)
    assert found.as_dict() == told


def test_the_package_is_worth_more_to_buyers_than_its_fee(told):
    # Simulated people were given 3.4 / 0.000018, about 190,000.
    assert told["buyers"]["worth_of_median_person"]["q50"] == pytest.approx(190_000, rel=0.15)
    assert told["buyers"]["price_difference_at_equal_share"]["q05"] > 140_000
    assert 0.5 < told["buyers"]["share_above_fee"]["mean"] < 0.9


def test_the_line_is_defined_with_it_and_without_it(told):
    assert all(offer["levels"]["technology"] == "own" for offer in told["line_without"])
    assert any(offer["levels"]["technology"] == "partner" for offer in told["line_with"])
    assert told["profit"]["difference"]["mean"] > 0.0


def test_both_sides_gain_between_the_lowest_and_the_highest_fee(told):
    fees = told["fees"]
    assert fees["lowest"]["q95"] < fees["even"]["q50"] < fees["highest"]["q05"]
    assert fees["highest"] == told["highest_fee"]
    assert told["break_even_vehicles"]["q95"] < told["vehicles_with_package"]["q50"]


def test_the_stake_returns_a_tenth_of_the_partners_gain(told):
    stake = told["stake"]
    assert stake["income"]["mean"] == pytest.approx(0.1 * told["partner_gain"]["mean"])
    assert stake["highest_fee"]["q50"] > told["highest_fee"]["q50"]


def test_the_tables_fit_and_name_every_figure(folder):
    shown = package("technology", folder, *STAKE).stdout
    assert max(len(line) for line in shown.splitlines() if "│" in line) <= 100
    for name in ("worth to the median person", "break-even volume", "income of a stake of 10%"):
        assert name in shown
    assert "both gain at today's fee with probability" in shown
    assert "note: respondents are simulated" in shown


def test_a_fee_that_no_line_can_bear_says_so_and_still_says_which_could_be(folder, tmp_path):
    dear = tmp_path / "suv"
    shutil.copytree(folder, dear)
    _change(dear, ("fee_per_vehicle = 140_000", "fee_per_vehicle = 290_000"))
    found = json.loads(package("technology", dear, "--json").stdout)
    assert any("does without the package" in note for note in found["notes"])
    assert all(offer["levels"]["technology"] == "partner" for offer in found["line_with"])
    assert found["profit"]["difference"]["mean"] < 0.0
    assert found["highest_fee"]["q50"] < 290_000


def test_without_the_partners_cost_its_gain_is_left_open(folder, tmp_path):
    silent = tmp_path / "suv"
    shutil.copytree(folder, silent)
    _change(silent, ("partner_unit_cost = 98_000\n", ""))
    done = package("technology", silent)
    assert done.exit_code == 0, done.output
    assert "what the partner gains is not known" in done.stdout
    assert package("technology", silent, *STAKE).exit_code == 3


def test_all_that_is_wrong_with_the_question_is_said_at_once(folder):
    done = package("technologie", folder, "--stake-share", 1.5, "--stake-price", -1, "--json")
    assert done.exit_code == 3
    problems = json.loads(done.stdout)["problems"]
    assert [(problem["key"], problem["found"]) for problem in problems] == [
        ("package", '"technologie"'),
        ("stake_share", "1.5"),
        ("stake_price", "-1"),
    ]
    assert '"technology" of [costs.packages]' in problems[0]["expected"]
    alone = package("technology", folder, "--stake-price", 5)
    assert alone.exit_code == 3
    assert "the share that this price buys" in alone.stderr
    assert package().exit_code == 2


def _change(folder: Path, *replacements: tuple[str, str]) -> None:
    file = folder / "programme.toml"
    text = file.read_text()
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    file.write_text(text)
