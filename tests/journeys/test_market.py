"""Simulating a market: one answer in Python and in the terminal, with the forecast's figures."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from counterflow.bootstrap import open_workspace
from counterflow.cli.app import app
from counterflow.formats.scenario_toml import load_scenario
from counterflow.programme.chain import Chain, Silent
from counterflow.programme.forecast import forecast
from counterflow.programme.market_answer import WORTH, Feature
from counterflow.programme.simulate_market import MarketQuestions, simulate_market
from strategies.cargo_bike import CARGO_BIKE

SCENARIO = """\
[offers.light]
levels = { motor = "hub", load = 80, battery = "bought" }
price = 2200
awareness = 0.5

[rivals.rival]
price = 3500

[known.shares]
rival = 0.2
"""


@pytest.fixture(scope="module")
def bike(tmp_path_factory) -> Path:
    """Return the folder of a small programme, estimated and defined."""
    folder = tmp_path_factory.mktemp("bike")
    quick = 'model = "mnl"\nuse_weights = true\nn_draws = 60\n'
    text = re.sub(r'model = "hb".*?n_draws = 100\n', quick, CARGO_BIKE, flags=re.DOTALL)
    (folder / "programme.toml").write_text(text, encoding="utf-8")
    (folder / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    forecast(chain_of(folder))
    return folder


def chain_of(folder: Path) -> Chain:
    return Chain(open_workspace(folder, progress=Silent()))


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_shares_of_the_line_are_those_of_the_forecast(bike):
    told = json.loads(run("forecast", bike, "--json"))
    shown = json.loads(run("market", bike, "--json"))
    overall = {
        figure["name"]: figure
        for figure in shown["figures"]
        if (figure["table"], figure["at"]) == ("share", "all regions")
    }
    assert set(overall) == set(told["shares"])
    for name, share in told["shares"].items():
        assert {key: overall[name][key] for key in share} == pytest.approx(share, abs=1e-10)
    vehicles = {f["name"]: f["mean"] for f in shown["figures"] if f["table"] == "vehicles"}
    wanted = {name: offer["total"]["mean"] for name, offer in told["offers"].items()}
    assert vehicles == pytest.approx(wanted, rel=1e-10)


def test_a_scenario_has_one_answer_in_python_in_the_terminal_and_as_csv(bike):
    file = bike / "scenario.toml"
    chain = chain_of(bike)
    line = forecast(chain).value().offers
    questions = MarketQuestions(
        price_curves=("light", "rival"),
        worth=(Feature(offer="light", attribute="motor", versus="none"),),
        rival_unit_costs={"rival": 2400.0},
        n_price_draws=7,
    )
    answer = simulate_market(
        chain, questions, lambda known: load_scenario(file, chain.workspace.programme, line=known)
    )
    asked = ["--price-curve", "light", "--price-curve", "rival", "--worth", "light:motor=none"]
    asked += ["--rival-cost", "rival=2400", "--draws", "7"]
    shown = json.loads(run("market", bike, "--scenario", file, *asked, "--json"))
    assert shown == json.loads(json.dumps(answer.as_dict()))
    assert answer.scenario.line == (*line, "light")
    assert shown["calibration"]["status"] == "converged"
    rows = list(
        csv.DictReader(io.StringIO(run("market", bike, "--scenario", file, *asked, "--csv")))
    )
    assert [row["table"] for row in rows] == [figure["table"] for figure in shown["figures"]]
    assert [float(row["mean"]) for row in rows] == [figure["mean"] for figure in shown["figures"]]


def test_every_figure_lies_within_its_interval_and_tables_show_it(bike):
    shown = json.loads(run("market", bike, "--json"))
    for figure in shown["figures"]:
        assert figure["q05"] <= figure["q50"] <= figure["q95"], figure
    text = run("market", bike, "--price-curve", "rival")
    for words in ("Share by logit", "without it", "Share of rival by its price", "Elasticity"):
        assert words in text


@pytest.mark.parametrize("rule", ["first_choice", "randomised_first_choice", "purchase_likelihood"])
def test_every_rule_can_be_asked_for(bike, tmp_path, rule):
    file = tmp_path / "scenario.toml"
    file.write_text(f'rule = "{rule}"\n', encoding="utf-8")
    shown = json.loads(run("market", bike, "--scenario", file, "--json"))
    tables = {figure["table"] for figure in shown["figures"]}
    assert shown["rule"] == rule
    assert ("likelihood" in tables) == (rule == "purchase_likelihood")
    assert ("diversion" in tables) == (rule != "purchase_likelihood")
    assert rule.split("_")[0] in run("market", bike, "--scenario", file)


def test_wrong_scenarios_and_questions_are_told_all_at_once(bike, tmp_path):
    file = tmp_path / "scenario.toml"
    file.write_text('rule = "best"\n[offers.gone]\nprice = -1\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["market", str(bike), "--scenario", str(file), "--json"])
    assert done.exit_code == 3
    assert [problem["line"] for problem in json.loads(done.stdout)["problems"]] == [1, 3]
    asked = ["--price-curve", "nobody", "--worth", "nobody:motor=big", "--worth", "x"]
    done = CliRunner().invoke(app, ["market", str(bike), *asked[:-2], "--json"])
    assert done.exit_code == 3
    assert len(json.loads(done.stdout)["problems"]) == 3
    done = CliRunner().invoke(app, ["market", str(bike), *asked, "--json"])
    assert "OFFER:ATTRIBUTE=LEVEL" in done.stdout


def test_a_scenario_that_is_no_file_is_a_clear_error_and_nothing_is_estimated(bike, tmp_path):
    (tmp_path / "programme.toml").write_bytes((bike / "programme.toml").read_bytes())
    spoilt = tmp_path / "spoilt.toml"
    spoilt.write_bytes(b"\x00\xff")
    for file in (tmp_path, tmp_path / "none.toml", spoilt):
        done = CliRunner().invoke(app, ["market", str(tmp_path), "--scenario", str(file), "--json"])
        assert done.exit_code == 3, done.output
        assert json.loads(done.stdout)["problems"][0]["where"] == str(file)
    assert not (tmp_path / "out").exists()


def test_a_line_of_a_scenario_alone_needs_no_definition(tmp_path, bike):
    text = (bike / "programme.toml").read_text(encoding="utf-8")
    (tmp_path / "programme.toml").write_text(text, encoding="utf-8")
    file = tmp_path / "scenario.toml"
    file.write_text("keep_line = false\n" + SCENARIO, encoding="utf-8")
    shown = json.loads(run("market", tmp_path, "--scenario", file, "--json"))
    assert [offer["name"] for offer in shown["offers"]] == ["light"]
    assert set(shown["made_from"]) == {"estimate"}
    assert not (tmp_path / "out" / "define").exists()


def test_an_outside_share_that_follows_in_some_region_is_noted(tmp_path, bike):
    text = (bike / "programme.toml").read_text(encoding="utf-8")
    local = text.split("[market.competitors.rival]\n")[1].split("\n\n")[0]
    local = f'[market.competitors.local]\nregions = ["north"]\n{local}\n\n'
    text = text.replace("[market.competitors.rival]\n", local + "[market.competitors.rival]\n")
    (tmp_path / "programme.toml").write_text(text, encoding="utf-8")
    file = tmp_path / "scenario.toml"
    file.write_text(f"keep_line = false\n{SCENARIO}outside = 0.7\n", encoding="utf-8")
    notes = json.loads(run("market", tmp_path, "--scenario", file, "--json"))["notes"]
    (note,) = [note for note in notes if "known 0.7" in note]
    assert note.startswith("south: 0.8 take nothing")


def test_what_a_feature_is_worth_is_told_three_ways_and_who_answers(bike):
    file = bike / "scenario.toml"
    asked = ["--scenario", file, "--worth", "light:motor=none", "--draws", "5"]
    shown = json.loads(run("market", bike, *asked, "--rival-cost", "rival=2400", "--json"))
    # Some do not know of this offer, and prices are set for people who know them all.
    assert shown["worth_in_equilibrium"] == {"light:motor=none": None}
    assert any("value in equilibrium is not told" in note for note in shown["notes"])
    text = file.read_text(encoding="utf-8").replace("awareness = 0.5\n", "")
    known = bike / "known.toml"
    known.write_text(text, encoding="utf-8")
    asked[1] = known
    shown = json.loads(run("market", bike, *asked, "--rival-cost", "rival=2400", "--json"))
    figures = {f["table"]: f for f in shown["figures"] if f["other"] == "motor: hub against none"}
    assert tuple(figures) == WORTH
    told = shown["worth_in_equilibrium"]["light:motor=none"]
    assert told["n_draws"] == 5
    assert told["moved"][-2:] == ["light", "rival"]
    assert not any("are held" in note for note in shown["notes"])
    held = json.loads(run("market", bike, *asked, "--json"))
    assert "rival" not in held["worth_in_equilibrium"]["light:motor=none"]["moved"]
    assert "prices of rivals whose unit_cost is not known are held: rival" in held["notes"]
    assert "What a feature is worth, EUR" in run("market", bike, *asked)


def test_a_cost_of_a_rival_that_is_not_there_is_wrong_input(bike):
    for cost in ("nobody=3", "rival=cheap"):
        done = CliRunner().invoke(app, ["market", str(bike), "--rival-cost", cost, "--json"])
        assert done.exit_code == 3
        assert cost.partition("=")[0] in json.loads(done.stdout)["message"]
