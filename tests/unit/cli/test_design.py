"""`counterflow design` writes tasks that a field can use, and says what they can tell."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from counterflow.cli.app import app
from counterflow.formats.choice_design import read_choice_design
from strategies.workspaces import EXAMPLES


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(
        EXAMPLES / "national-car", tmp_path / "car", ignore=shutil.ignore_patterns("out")
    )
    return tmp_path / "car"


def _run(*arguments: object):
    return CliRunner().invoke(app, ["design", *map(str, arguments)])


def test_the_design_is_written_and_told_in_words_and_as_json(folder, tmp_path):
    asked = (folder, "--n-versions", 2, "--seconds", 0.5)
    told = _run(*asked, "--out", tmp_path / "tasks.csv")
    assert told.exit_code == 0, told.output
    assert "2 versions of 8 tasks with 3 products and none" in told.stdout
    assert "price" in told.stdout
    as_json = _run(*asked, "--json")
    found = json.loads(as_json.stdout)
    written = read_choice_design(folder / "out" / "design" / "design.parquet")
    assert found["content_hash"] == written.content_hash
    assert found["diagnostics"]["n_dominated"] == 0
    assert (tmp_path / "tasks.csv").read_text().startswith('"version","task"')
    assert (folder / "out" / "design" / "design.csv").is_file()


def test_what_is_wrong_with_the_wish_is_said(folder, tmp_path):
    text = (folder / "programme.toml").read_text(encoding="utf-8")
    (folder / "programme.toml").write_text(
        text + '\n[survey.design.priors]\n"trim[max]" = 1.0\n', encoding="utf-8"
    )
    told = _run(folder)
    assert told.exit_code == 3
    assert "trim[max]" in told.stderr


def test_it_says_how_many_to_ask_for_a_precision(folder):
    asked = (folder, "--n-versions", 2, "--seconds", 0.5)
    told = _run(*asked, "--standard-error", "trim[plus]=0.2")
    assert told.exit_code == 0, told.output
    assert "respondents for standard errors of trim[plus] 0.2:" in told.stdout
    as_json = _run(*asked, "--standard-error", "trim[plus]=0.2", "--json")
    found = json.loads(as_json.stdout)["sample_size"]
    assert found["status"] == "found"
    assert found["n_respondents"] >= found["by_information"]


@pytest.mark.parametrize("wish", ["trim[plus]", "=0.2", "trim[plus]=small"])
def test_a_precision_that_cannot_be_read_is_said(folder, wish):
    told = _run(folder, "--standard-error", wish)
    assert told.exit_code == 2
    assert "expected a coefficient and a number" in " ".join(told.stderr.split())


@pytest.mark.parametrize("wish", [("--seconds", 0), ("--n-versions", 99_999)])
def test_a_wish_out_of_bounds_is_refused_by_its_name(folder, wish):
    told = _run(folder, *wish)
    assert told.exit_code == 2
    assert wish[0] in told.stderr


def test_a_search_that_had_too_little_time_says_so(folder):
    told = _run(folder, "--n-versions", 1000, "--seconds", 0.1)
    assert "0.1 seconds were too few" in " ".join(told.stdout.split())


def test_swaps_say_where_rules_stand_against_balance(folder):
    place = folder / "programme.toml"
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace('method = "exchange"', 'method = "swap"'), encoding="utf-8")
    told = _run(folder, "--n-versions", 2, "--seconds", 3)
    assert told.exit_code == 0, told.output
    assert "levels are not shown equally often" in " ".join(told.stdout.split())
